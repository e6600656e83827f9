// Which server, by which transport, and which answers prove life.
import { address, s, TlsSettings } from '#prober/door.ts';
import { type Transport, transports } from './wire.ts';

/** A SIP URI without a password, headers or anything that could end the line it stands in (RFC 3261 19.1.1). */
const sipUri = () =>
  s
    .string()
    .max(255)
    .regex(
      /^sips?:([\w.!~*'()&=+$,;/%-]+@)?(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:\d{1,5})?(;[\w.!~*'()[\]/:&+$%=-]+)*$/,
      'is not a SIP URI without password; write for instance sip:ping@pbx.example.org',
    );

const codeClass = s.enum(['2xx', '3xx', '4xx', '5xx', '6xx']);

/** Which transports take a key that not all of them do. */
const taking: Readonly<Record<'tls' | 'path' | 'origin', readonly Transport[]>> = {
  tls: ['tls', 'wss'],
  path: ['ws', 'wss'],
  origin: ['ws', 'wss'],
};

export const Options = s
  .strictObject({
    address: address().describe('Host and port: 5060, or 5061 by TLS; 80 or 443 by WebSocket.'),
    transport: s.enum(transports).default('udp').describe('How the request travels; `ws` and `wss` are WebSocket.'),
    tls: TlsSettings.optional().describe('Settings of TLS, with `transport: tls` or `wss`.'),
    path: s
      .string()
      .regex(/^\/[\w.~!$&'()*+,;=:@%/?-]{0,254}$/, 'is not a path; write for instance /ws')
      .optional()
      .describe('Path of the WebSocket, with `transport: ws` or `wss`. Default: `/`.'),
    origin: s
      .string()
      .regex(/^[\x21-\x7e]{1,500}$/, 'is not an origin; write for instance https://phones.example.org')
      .optional()
      .describe('Header `Origin` of the WebSocket, for servers that take browsers of their own pages only.'),
    uri: sipUri().optional().describe('Whom the request is for. Default: `sip:` and the address.'),
    from: sipUri().optional().describe('Who we say we are. Default: `sip:holter@` and our own address.'),
    max_forwards: s
      .int()
      .min(0)
      .max(70)
      .default(0)
      .describe('How many hops may pass the request on. 0 is safest: a proxy answers itself (200 or 483) and nothing is forwarded.'),
    alive: s
      .array(s.union([s.int().min(200).max(699), codeClass]))
      .max(40)
      .default(['3xx', 401, 403, 404, 405, 407, 480, 483, 486, 488, 501, '6xx'])
      .describe('Final codes, or classes of them such as `6xx`, that prove life. 2xx always does.'),
  })
  .superRefine((options, check) => {
    const tell = (path: string, message: string) => check.addIssue({ code: 'custom', path: [path], message });
    const { transport, address: place, uri } = options;
    for (const key of ['tls', 'path', 'origin'] as const)
      if (options[key] !== undefined && !taking[key].includes(transport)) tell(key, `needs transport: ${taking[key].join(' or ')}`);
    if (uri?.startsWith('sips:') === true && !taking.tls.includes(transport)) tell('uri', 'sips: needs transport: tls or wss');
    if (taking.path.includes(transport) && !URL.canParse(`${transport}://${place}`))
      tell('address', 'is not one that a WebSocket can have');
  });

export type SipOptions = s.output<typeof Options>;
