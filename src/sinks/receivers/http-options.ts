// The options that every receiver over HTTP has, written once.
import { duration, maybeSecret, reveal, s } from '#schema/kit.ts';
import type { Secret } from '#schema/secret.ts';

/** RFC 9110 5.1: a token. */
const headerName = s.string().regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,128}$/, 'is not a header name');

export const httpOptions = {
  headers: s
    .record(headerName, maybeSecret())
    .refine((headers) => Object.keys(headers).length <= 32, { error: 'has more than 32 headers' })
    .default({})
    .describe('Headers to send along, for instance `Authorization: !env HOOK_TOKEN`.'),
  timeout: duration({ least: '1s', most: '60s' }).prefault('15s').describe('Bound on one whole exchange.'),
  ca: maybeSecret().optional().describe("PEM of the authorities to trust instead of the system's, usually `!file ca.pem`."),
};

/** Lower-case names and plain texts, at the last moment. A value that no header may hold gives undefined. */
export function revealHeaders(headers: Readonly<Record<string, string | Secret>>): Record<string, string> | undefined {
  const plain: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    const text = reveal(value).trim();
    // RFC 9110 5.5: no control characters; beyond Latin-1 nothing can be sent.
    if (!/^[\t\u0020-\u007e\u0080-\u00ff]*$/.test(text)) return undefined;
    plain[name.toLowerCase()] = text;
  }
  return plain;
}
