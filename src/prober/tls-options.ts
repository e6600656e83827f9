// How TLS is set up in the configuration, for every kind that speaks it.
import { maybeSecret, s, secret } from '#schema/kit.ts';
import { type TlsOptions, tlsVersions } from './tls.ts';

/** The keys under `tls:`. */
export const TlsSettings = s
  .strictObject({
    servername: s
      .string()
      .min(1)
      .max(253)
      .optional()
      .describe('Name that is sent (SNI) and that the certificate must carry. Default: the host of the address.'),
    ca: maybeSecret().optional().describe('Certificates of own authorities, PEM, usually `!file`.'),
    ca_only: s.boolean().default(false).describe('Trust the authorities of `ca` alone, and not those of the system as well.'),
    cert: maybeSecret().optional().describe('Client certificate, PEM: the leaf first, then its intermediates.'),
    key: secret().optional().describe('Private key of the client certificate, PEM.'),
    passphrase: secret().optional().describe('Passphrase of the private key.'),
    min_version: s
      .enum(tlsVersions)
      .default('TLSv1.2')
      .describe('Oldest version of TLS that is accepted. Below TLSv1.2 the weak ciphers of old devices are allowed too.'),
    insecure: s
      .boolean()
      .default(false)
      .describe('Go on although the certificate is untrusted, expired or of another name. Credentials are then not sent.'),
  })
  .refine((tls) => (tls.cert === undefined) === (tls.key === undefined), { error: '`cert` and `key` belong together' })
  .refine((tls) => !tls.ca_only || tls.ca !== undefined, { error: '`ca_only` needs `ca`' });

/** What the dialer takes, of what the configuration says. Make it once per attempt; contexts are shared by content. */
export function tlsOptionsOf(settings: s.output<typeof TlsSettings> | undefined, alpn?: readonly string[]): TlsOptions {
  if (settings === undefined) return alpn === undefined ? {} : { alpn };
  return {
    ...(settings.servername !== undefined && { servername: settings.servername }),
    ...(settings.ca !== undefined && { ca: settings.ca }),
    ...(settings.cert !== undefined && { cert: settings.cert }),
    ...(settings.key !== undefined && { key: settings.key }),
    ...(settings.passphrase !== undefined && { passphrase: settings.passphrase }),
    ...(alpn !== undefined && { alpn }),
    caMode: settings.ca_only ? 'replace' : 'add',
    minVersion: settings.min_version,
    verify: !settings.insecure,
  };
}
