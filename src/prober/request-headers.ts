// Headers of a request as the configuration gives them.
import { maybeSecret, reveal, s } from '#schema/kit.ts';
import { Secret } from '#schema/secret.ts';

/** Headers that a client of HTTP itself is answerable for. */
const ownOfHttp = /^(connection|content-length|expect|keep-alive|proxy-connection|te|trailer|transfer-encoding|upgrade)$/i;

const headerValue = maybeSecret().refine((value) => isHeaderValue(reveal(value).trim()), {
  error: 'is not the value of a header: it holds a line break or another control character, or is longer than 8,192 characters',
});

/** RFC 9110 5.5: nothing that could end the line. Fetch-safe characters only, so that every server reads the same. */
export function isHeaderValue(text: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]{0,8192}$/.test(text);
}

/** Headers that carry credentials by their definition (RFC 9110 11.6.2, RFC 6265 4.2), or by custom. */
const carrying = /^(proxy-)?authorization$|^cookie$|^x-api-key$/i;

/** Up to 50 headers by name, each value plain or secret. `own`: names that the client itself is answerable for. */
export function requestHeaders(own: RegExp = ownOfHttp) {
  const name = s
    .string()
    .regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'is not the name of a header')
    .refine((text) => !own.test(text), { error: 'is set by the probe itself' });
  return s.record(name, headerValue).superRefine((headers, check) => {
    if (Object.keys(headers).length > 50) check.addIssue({ code: 'custom', message: 'at most 50 headers' });
    for (const [header, value] of Object.entries(headers)) {
      // What a journey fills in with a variable is the site's own.
      if (carrying.test(header) && typeof value === 'string' && !value.includes('${'))
        check.addIssue({
          code: 'custom',
          path: [header],
          message: 'carries a secret: write !env NAME or !file path, never the secret itself',
        });
    }
  });
}

/** Whether one of these is secret. */
export function holdsSecret(values: readonly unknown[]): boolean {
  return values.some((value) => value instanceof Secret);
}
