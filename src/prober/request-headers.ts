// Headers of a request as the configuration gives them, and where a secret among them may go.
import { maybeSecret, s } from '#schema/kit.ts';
import { Secret } from '#schema/secret.ts';

/** RFC 9110 5.5: nothing that could end the line. Fetch-safe characters only, so that every server reads the same. */
const headerValue = maybeSecret().refine((value) => /^[\t\x20-\x7e\x80-\xff]{0,8192}$/.test(textOf(value).trim()), {
  error: 'is not the value of a header: it holds a line break or another control character, or is longer than 8,192 characters',
});

/** Up to 50 headers by name, each value plain or secret. `own`: names that the client itself is answerable for. */
export function requestHeaders(own: RegExp) {
  const name = s
    .string()
    .regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'is not the name of a header')
    .refine((text) => !own.test(text), { error: 'is set by the probe itself' });
  return s.record(name, headerValue).refine((headers) => Object.keys(headers).length <= 50, { error: 'at most 50 headers' });
}

/** Whether one of these is secret. */
export function holdsSecret(values: readonly unknown[]): boolean {
  return values.some((value) => value instanceof Secret);
}

/** Secrets go over TLS with verified certificates, or to loopback. */
export function isSafeForSecrets(url: string, tls: { readonly insecure: boolean } | undefined): boolean {
  if (!URL.canParse(url)) return true;
  const { protocol, hostname } = new URL(url);
  return isLoopback(hostname) || ((protocol === 'https:' || protocol === 'wss:') && tls?.insecure !== true);
}

/** 127.0.0.0/8, ::1, localhost (RFC 6761 6.3). */
function isLoopback(hostname: string): boolean {
  return /^127\.\d+\.\d+\.\d+$/.test(hostname) || hostname === '[::1]' || /(^|\.)localhost$/.test(hostname);
}

function textOf(value: string | Secret): string {
  return typeof value === 'string' ? value : value.reveal();
}
