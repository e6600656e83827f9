// Which server, by which transport, and who we are.
import { address, duration, maybeSecret, reveal, type Secret, s, secret, TlsSettings } from '#prober/door.ts';

/** USERNAME is shorter than 509 bytes (RFC 8489 14.3); a password has no bound of its own, and gets the same. */
const mostBytes = 508;
/** OpaqueString takes no control characters (RFC 8265 4.2). */
const unfit = { error: 'is longer than 508 bytes or has control characters' };

function isOpaque(value: string | Secret): boolean {
  const text = reveal(value);
  return !/\p{Cc}/u.test(text) && Buffer.byteLength(text) <= mostBytes;
}

const Account = s.strictObject({
  username: maybeSecret()
    .refine((name) => reveal(name) !== '', { error: 'is empty' })
    .refine(isOpaque, unfit)
    .describe('Name of the probe account.'),
  password: secret().refine(isOpaque, unfit).describe('Its password, which itself is never sent.'),
});

const Rest = s.strictObject({
  secret: secret().describe('The secret that the server shares with those who give out credentials.'),
  id: s
    .string()
    .regex(/^[\x21-\x7e]{1,128}$/, 'must be 1 to 128 printable characters of ASCII without spaces')
    .default('holter')
    .describe('Stands behind the time in the user name; shows in the log of the server.'),
  valid: duration({ least: '1m', most: '7d' })
    .prefault('1h')
    .describe('How long the credentials of one probe would hold: clocks that differ by more are told as wrong credentials.'),
});

export const Options = s
  .strictObject({
    address: address().describe('Host and port: 3478, or 5349 by TLS.'),
    transport: s.enum(['udp', 'tcp', 'tls']).default('udp').describe('How we speak to the server; what it relays is always UDP.'),
    auth: Account.optional().describe('Long-term credentials: an account of the server.'),
    rest: Rest.optional().describe('Credentials that are made for each probe from a shared secret, as the TURN REST API has it.'),
    tls: TlsSettings.optional().describe('Settings of TLS, with `transport: tls`.'),
  })
  .refine(({ auth, rest }) => (auth === undefined) !== (rest === undefined), { error: 'needs one of `auth` and `rest`' })
  .superRefine((options, check) => {
    const tell = (message: string) => check.addIssue({ code: 'custom', path: ['tls'], message });
    if (options.tls !== undefined && options.transport !== 'tls') tell('needs transport: tls');
    if (options.tls?.insecure === true) tell('cannot be insecure here: we log in; ask with the kind stun instead');
  });

export type TurnOptions = s.output<typeof Options>;
