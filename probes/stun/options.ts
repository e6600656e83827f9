// Which server, and by which transport.
import { address, s, TlsSettings } from '#prober/door.ts';

export const Options = s
  .strictObject({
    address: address().describe('Host and port: 3478, or 5349 by TLS.'),
    transport: s.enum(['udp', 'tcp', 'tls']).default('udp').describe('How the question travels.'),
    fingerprint: s.boolean().default(true).describe('Send a FINGERPRINT; one that comes back is always checked.'),
    tls: TlsSettings.optional().describe('Settings of TLS, with `transport: tls`.'),
  })
  .superRefine((options, check) => {
    if (options.tls !== undefined && options.transport !== 'tls')
      check.addIssue({ code: 'custom', path: ['tls'], message: 'needs transport: tls' });
  });

export type StunOptions = s.output<typeof Options>;
