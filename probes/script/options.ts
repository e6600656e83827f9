// Which network, what is asked of it, and under which test identities.
import { httpUrl, isSafeForSecrets, maybeSecret, s, secret, TlsSettings, unsafeForSecrets } from '#prober/door.ts';

export const transactions = ['reach', 'get_message', 'status', 'verify'] as const;

/** Printable ASCII without white space: an identifier in a header. */
const identifier = (most: number) =>
  s
    .string()
    .max(most)
    .regex(/^[\x21-\x7e]+$/, 'must be printable ASCII without spaces');

const qualifier = s.enum(['P', 'D', 'C', 'M', 'ZZZ']);

const Basic = s.strictObject({
  username: maybeSecret().describe('Name of the test account.'),
  password: secret().describe('Its password.'),
});

const UsernameToken = s.strictObject({
  username: maybeSecret().describe('Name of the test account, or partner id.'),
  password: secret().describe('Its password as the network wants it: some hand out a digest. It is sent as it is.'),
  password_type: s
    .enum(['PasswordDigest', 'PasswordText'])
    .default('PasswordDigest')
    .describe('What the password is said to be, in its attribute `Type`.'),
});

export const Options = s
  .strictObject({
    url: httpUrl().describe('Address that messages are posted to.'),
    tls: TlsSettings.optional().describe('Settings of TLS, with the client certificate where the network wants one.'),
    transaction: s
      .enum(transactions)
      .default('reach')
      .describe(
        '`reach`: an empty request, which is refused; `get_message`: asks an empty test mailbox for mail; `status`, `verify`: sends one between test identities.',
      ),
    expect_status: s
      .array(s.int().min(100).max(599))
      .min(1)
      .max(20)
      .optional()
      .describe('HTTP statuses by which the network refuses an empty request, as documented. Default: 400, 405 and 415.'),
    consent: s
      .string()
      .min(5)
      .max(200)
      .optional()
      .describe("The network's consent to these messages and their rate: a ticket or contract. Needed by every transaction but `reach`."),
    test_mailbox: s
      .boolean()
      .default(false)
      .describe(
        'You vouch that the mailbox of `from` is a test mailbox that stays empty: on a live one messages would be taken away. Needed by `get_message`.',
      ),
    version: s
      .enum(['2017071', '2023011'])
      .default('2017071')
      .describe('Version of SCRIPT: `2017071` until the end of 2027, `2023011` after.'),
    release: s
      .string()
      .regex(/^\d{7,8}$/, 'must be seven or eight digits, quoted')
      .optional()
      .describe('What stands in the version attributes of a message. Default: `20170715` for 2017071, else the version.'),
    to: identifier(80).optional().describe('Who the message is to, a test identity. Needed by every transaction but `reach`.'),
    to_qualifier: qualifier
      .default('M')
      .describe('What `to` is: `P` pharmacy, `D` prescriber, `C` clinic, `M` mailbox or switch, `ZZZ` agreed.'),
    from: identifier(80).optional().describe('Who we are, a test identity. Needed by every transaction but `reach`.'),
    from_qualifier: qualifier.default('C').describe('What `from` is.'),
    relates_to: identifier(35)
      .optional()
      .describe('Message that the status or verify is about, as agreed for certification. Needed by `status` and `verify`.'),
    username_token: UsernameToken.optional().describe('Account in the header of the message (Security/UsernameToken).'),
    basic: Basic.optional().describe('Account of HTTP Basic.'),
    content_type: s.enum(['application/xml', 'text/xml']).default('application/xml').describe('Media type of what is posted.'),
    expect: s
      .array(s.string().regex(/^\d{3}(:\d{2,5})?$/, 'must be an error code, perhaps with its description code: "900:4010"'))
      .max(20)
      .default([])
      .describe('Errors that are well, where an error is the agreed answer: `"900"`, or with its description code `"900:4010"`.'),
  })
  .superRefine((options, check) => {
    for (const [path, message] of options.transaction === 'reach' ? troubleOfReach(options) : troubleOfMessage(options))
      check.addIssue({ code: 'custom', path: [path], message });
    const secrets = options.basic !== undefined || options.username_token !== undefined;
    if (secrets && !isSafeForSecrets(options.url, options.tls))
      check.addIssue({ code: 'custom', path: ['url'], message: unsafeForSecrets });
  });

type Trouble = readonly [path: string, message: string];

/** What only makes sense with some transactions. */
interface Related {
  readonly transaction: (typeof transactions)[number];
  readonly test_mailbox: boolean;
  readonly expect: readonly string[];
  readonly expect_status?: readonly number[] | undefined;
  readonly release?: string | undefined;
  readonly consent?: string | undefined;
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly relates_to?: string | undefined;
  readonly username_token?: unknown;
}

function troubleOfReach(options: Related): readonly Trouble[] {
  const given = { ...options, expect: options.expect[0], test_mailbox: options.test_mailbox || undefined };
  const keys = (['to', 'from', 'relates_to', 'username_token', 'release', 'expect', 'test_mailbox'] as const).filter(
    (key) => given[key] !== undefined,
  );
  return keys.map((key) => [key, 'has no place in the empty request of transaction: reach']);
}

function troubleOfMessage(options: Related): readonly Trouble[] {
  const { transaction, relates_to: relatesTo, test_mailbox: vouchedFor } = options;
  const missing = (['consent', 'to', 'from'] as const).filter((key) => options[key] === undefined);
  const troubles: Trouble[] = missing.map((key) => [key, `is needed with transaction: ${transaction}`]);
  if (options.expect_status !== undefined) troubles.push(['expect_status', 'belongs to transaction: reach']);
  if (transaction !== 'get_message') {
    if (vouchedFor) troubles.push(['test_mailbox', 'belongs to transaction: get_message']);
    if (relatesTo === undefined) troubles.push(['relates_to', `is needed with transaction: ${transaction}`]);
    return troubles;
  }
  if (relatesTo !== undefined) troubles.push(['relates_to', 'belongs to transaction: status and verify']);
  if (!vouchedFor)
    troubles.push(['transaction', 'takes messages out of a mailbox: say test_mailbox: true where it is a test mailbox that stays empty']);
  return troubles;
}

export type ScriptOptions = s.output<typeof Options>;
