// Which mail server, how it is secured, and whether we log in.
import { address, maybeSecret, s, secret, TlsSettings } from '#prober/door.ts';

export const Options = s
  .strictObject({
    address: address().describe('Host and port: 25 between servers, 587 for submission, 465 with TLS from the start.'),
    security: s
      .enum(['starttls', 'opportunistic', 'tls', 'none'])
      .default('starttls')
      .describe(
        '`starttls`: offered, taken and well, or it is a failure; `opportunistic`: taken where it is offered; `tls`: from the first byte; `none`: in plain.',
      ),
    tls: TlsSettings.optional().describe(
      'Settings of TLS. Between servers certificates are often not verified: say `insecure: true` there.',
    ),
    name: s
      .string()
      .regex(/^[A-Za-z0-9.[\]:-]{1,255}$/, 'must be the name of a host')
      .default('holter.invalid')
      .describe('How we call ourselves in EHLO; some servers look it up.'),
    auth: s
      .strictObject({ username: maybeSecret().describe('Name of the probe account.'), password: secret().describe('Its password.') })
      .refine((auth) => auth.password.reveal() !== '', { error: '`password` is empty' })
      .optional()
      .describe('Log in by AUTH PLAIN or LOGIN, under TLS only. Left out: not at all.'),
  })
  .superRefine((options, check) => {
    const tell = (path: string, message: string) => check.addIssue({ code: 'custom', path: [path], message });
    if (options.security === 'none' && options.tls !== undefined) tell('tls', 'cannot stand beside security: none');
    if (options.auth !== undefined && options.security !== 'starttls' && options.security !== 'tls')
      tell('auth', 'needs security: starttls or tls: a password is never sent in plain');
    if (options.auth !== undefined && options.tls?.insecure === true)
      tell('auth', 'cannot stand beside tls.insecure: the password could go to anybody');
  });

export type SmtpOptions = s.output<typeof Options>;
