// Which WebSocket, how it is asked for, and what is said on it.
import { holdsSecret, isSafeForSecrets, maybeSecret, pattern, requestHeaders, reveal, s, TlsSettings } from '#prober/door.ts';

/** Headers that the upgrade itself is answerable for. */
const ownHeaders =
  /^(connection|content-length|expect|keep-alive|origin|proxy-connection|sec-websocket-.*|te|trailer|transfer-encoding|upgrade)$/i;

const subprotocol = s.string().regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'is not the name of a subprotocol');

export const Options = s
  .strictObject({
    url: s
      .string()
      .refine(isWebSocketUrl, { error: 'is not a ws:// or wss:// address without user, password and fragment in it' })
      .meta({ words: 'a ws:// or wss:// address' })
      .describe('Address of the WebSocket.'),
    headers: requestHeaders(ownHeaders)
      .optional()
      .describe('Further headers of the upgrade: a cookie, or `Authorization`, by `!env` or `!file`.'),
    origin: s
      .string()
      .regex(/^[\x21-\x7e]{1,500}$/, 'is not an origin; write for instance https://visits.example.org')
      .optional()
      .describe('Header `Origin`, for servers that take browsers of their own pages only.'),
    subprotocols: s
      .array(subprotocol)
      .min(1)
      .max(10)
      .refine((names) => new Set(names).size === names.length, { error: 'the same subprotocol twice' })
      .optional()
      .describe('Subprotocols that are offered, the best first. The server must choose one of them, as browsers have it.'),
    send: maybeSecret()
      .refine((text) => Buffer.byteLength(reveal(text)) <= 65_536, { error: 'at most 64 KiB' })
      .optional()
      .describe('Text message that is sent after the ping; one that changes nothing, however often it is sent. Needs `expect`.'),
    expect: pattern()
      .optional()
      .describe('Regular expression that a message of the server must match; up to 20 others may come before it.'),
    message_limit: s
      .int()
      .min(1024)
      .max(1_048_576)
      .default(65_536)
      .describe('Most bytes of a message of the server. A larger one fails the probe.'),
    tls: TlsSettings.optional().describe('Settings of TLS for wss.'),
  })
  .superRefine((options, check) => {
    const tell = (path: string, message: string) => check.addIssue({ code: 'custom', path: [path], message });
    if (options.send !== undefined && options.expect === undefined)
      tell('send', 'needs `expect`: a message whose answer nobody looks at shows nothing');
    if (options.tls !== undefined && !options.url.startsWith('wss:')) tell('tls', 'needs a wss:// address');
    if (holdsSecret([options.send, ...Object.values(options.headers ?? {})]) && !isSafeForSecrets(options.url, options.tls))
      tell('url', 'secrets are sent over wss with verified certificates, or to loopback, only');
  });

export type WebSocketOptions = s.output<typeof Options>;

function isWebSocketUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  const plain = url.username === '' && url.password === '' && !text.includes('#');
  return /^wss?:$/.test(url.protocol) && plain && url.hostname !== '';
}
