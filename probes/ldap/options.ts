// Which directory, how it is secured, whether we bind, and which entry must be found.
import { address, maybeSecret, reveal, s, secret, TlsSettings } from '#prober/door.ts';

/** By name or by number (RFC 4512 1.4). */
const attribute = () => s.string().regex(/^([A-Za-z][A-Za-z0-9-]{0,63}|\d{1,10}(\.\d{1,10}){1,20})$/, 'is not the name of an attribute');
const value = () => s.string().min(1).max(1000);
const dnLimit = 1000;
const passwordLimit = 1000;

const Bind = s
  .strictObject({
    dn: maybeSecret().describe('Distinguished name of the probe account; Active Directory takes `user@domain` too.'),
    password: secret().describe('Its password.'),
  })
  .superRefine(({ dn, password }, check) => {
    const tell = (path: string, message: string) => check.addIssue({ code: 'custom', path: [path], message });
    const { length } = reveal(dn);
    if (length === 0) tell('dn', 'is empty: that would be an anonymous bind; leave `bind` out');
    if (length > dnLimit) tell('dn', `is longer than ${dnLimit} characters`);
    // RFC 4513 5.1.2: some servers say yes to a name without a password, whoever it is.
    const secretLength = password.reveal().length;
    if (secretLength > passwordLimit) tell('password', `is longer than ${passwordLimit} characters`);
    if (secretLength === 0) tell('password', 'is empty: some servers accept that without looking, and it proves nothing');
  });

const Search = s
  .strictObject({
    base: s
      .string()
      .max(1000)
      .describe('Distinguished name of the entry to read, or of the one above it with `scope: one`; an empty one is the root DSE.'),
    scope: s
      .enum(['base', 'one'])
      .default('base')
      .describe('`base`: this entry; `one`: the one entry right below it that `filter` finds. There is no deeper search.'),
    filter: s
      .strictObject({
        attribute: attribute().describe('Attribute that is compared; it should have an index.'),
        equals: value().describe('Value that it must have, as it is written: there are no wildcards.'),
      })
      .optional()
      .describe('One attribute with one value. Required with `scope: one`.'),
    expect: s
      .record(attribute(), value())
      .refine((wanted) => Object.keys(wanted).length <= 20, { error: 'has more than 20 attributes' })
      .optional()
      .describe('Values that attributes of the entry must have, by name; one of several values is enough. Nothing else is read.'),
  })
  .superRefine(({ scope, filter }, check) => {
    if (scope === 'one' && filter === undefined)
      check.addIssue({ code: 'custom', path: ['filter'], message: 'is required with scope: one' });
  });

export const Options = s
  .strictObject({
    address: address().describe('Host and port: 389, or 636 with TLS from the start; 3268 and 3269 of a global catalog.'),
    security: s
      .enum(['starttls', 'ldaps', 'none'])
      .default('starttls')
      .describe('`starttls`: StartTLS before anything else; `ldaps`: TLS from the first byte; `none`: in plain.'),
    tls: TlsSettings.optional().describe('Settings of TLS.'),
    bind: Bind.optional().describe('Simple bind of a probe account, under TLS only. Left out: nobody is named, the access is anonymous.'),
    search: Search.optional().describe(
      'An entry that must be found, usually the account itself. Left out: with `bind` the bind is enough, else the root DSE is read.',
    ),
  })
  .superRefine((options, check) => {
    const tell = (path: string, message: string) => check.addIssue({ code: 'custom', path: [path], message });
    if (options.security === 'none' && options.tls !== undefined) tell('tls', 'cannot stand beside security: none');
    if (options.security === 'none' && options.bind !== undefined)
      tell('bind', 'needs security: starttls or ldaps: a password is never sent in plain');
    if (options.bind !== undefined && options.tls?.insecure === true)
      tell('bind', 'cannot stand beside tls.insecure: the password could go to anybody');
  });

export type LdapOptions = s.output<typeof Options>;
export type SearchOptions = NonNullable<LdapOptions['search']>;
