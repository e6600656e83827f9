// Where to shake hands, and what the certificates must be.
import { address, s, TlsSettings, tlsVersions } from '#prober/door.ts';

/** SHA-256 in hexadecimal, with or without colons. */
const fingerprint = s
  .string()
  .regex(/^([0-9A-Fa-f]{2}:?){31}[0-9A-Fa-f]{2}$/, 'is not a SHA-256 fingerprint: 64 hexadecimal digits, colons allowed');

export const Options = s
  .strictObject({
    address: address().describe('Host and port that speak TLS from the first byte.'),
    ...TlsSettings.shape,
    insecure: s
      .boolean()
      .default(false)
      .describe('Judge the dates (and `fingerprints`) only, and neither trust nor name: for self-signed certificates of appliances.'),
    max_version: s
      .enum(tlsVersions)
      .default('TLSv1.3')
      .describe('Newest version of TLS that is offered: proves that an older one still works.'),
    alpn: s
      .array(s.string().min(1).max(255))
      .max(10)
      .default([])
      .describe('Application protocols that are offered (`h2`, `http/1.1`, …); the server must take one of them.'),
    fingerprints: s
      .array(fingerprint)
      .max(20)
      .default([])
      .describe('The certificate of the server must be one of these (SHA-256). Empty: any.'),
  })
  .refine((options) => (options.cert === undefined) === (options.key === undefined), { error: '`cert` and `key` belong together' })
  .refine((options) => !options.ca_only || options.ca !== undefined, { error: '`ca_only` needs `ca`' })
  .refine((options) => tlsVersions.indexOf(options.min_version) <= tlsVersions.indexOf(options.max_version), {
    path: ['max_version'],
    error: 'is older than `min_version`',
  });

export type TlsProbeOptions = s.output<typeof Options>;
