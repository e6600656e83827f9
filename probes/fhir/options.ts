// Which server, how we prove who we are, and which one synthetic patient is looked at.
import { assertionAlgorithms, httpUrl, isSafeForSecrets, maybeSecret, s, secret, TlsSettings, unsafeForSecrets } from '#prober/door.ts';

const text = s.string().min(1).max(500);
/** A logical id of FHIR (R4 2.24.0.1): whole, since nothing else is read. */
const id = /^[A-Za-z0-9.-]{1,64}$/;

const Smart = s.strictObject({
  client_id: text.describe('Client id, as the server knows it.'),
  key: secret().describe('Private key that signs the assertion: PEM, or a JWK as JSON.'),
  algorithm: s.enum(assertionAlgorithms).default('ES384').describe('How it is signed: `ES384` or `RS384`, which servers must support.'),
  key_id: text.optional().describe('`kid` of the key, where the server knows several.'),
  scope: text.default('system/Patient.rs').describe('Scopes that are asked for; `system/Patient.read` in SMART version 1.'),
  token_url: httpUrl()
    .optional()
    .describe('Token endpoint. Default: what the server names in its SMART configuration, asked for each time.'),
});

const Auth = s
  .strictObject({
    smart: Smart.optional().describe('SMART Backend Services: a token by a signed assertion, lent for its lifetime.'),
    bearer: secret().optional().describe('A token that does not change.'),
    basic: s
      .strictObject({ username: maybeSecret().describe('Name of the user.'), password: secret().describe('Password of the user.') })
      .optional()
      .describe('HTTP Basic.'),
  })
  .refine((auth) => Object.values(auth).filter((way) => way !== undefined).length === 1, {
    error: 'needs one of `smart`, `bearer` and `basic`',
  });

export const Options = s
  .strictObject({
    url: httpUrl().describe('Base address of the server: `https://fhir.example.org/r4`.'),
    auth: Auth.optional().describe('How we prove who we are. Left out: not at all.'),
    read: s
      .string()
      .regex(/^Patient\/[A-Za-z0-9.-]{1,64}$/, 'must be Patient/ and the id of a synthetic patient')
      .optional()
      .describe('A synthetic patient that is read: `Patient/synthetic-001`.'),
    search: s
      .string()
      .regex(id, 'must be the id of a synthetic patient')
      .optional()
      .describe('A synthetic patient that is searched for by its id, which reaches the index.'),
    metadata: s
      .boolean()
      .optional()
      .describe(
        'Read the capability statement instead, which is for all and is sent no credentials: at most every five minutes, since it is large and often stored in front. Default: only where neither `read` nor `search` is given.',
      ),
    test_mark: s
      .boolean()
      .default(true)
      .describe('The patient must be marked as test data: `meta.security` HTEST. False for servers that cannot mark.'),
    tls: TlsSettings.optional().describe('Settings of TLS for https.'),
  })
  .superRefine((options, check) => {
    const given = (['read', 'search', 'metadata'] as const).filter((key) => options[key] !== undefined && options[key] !== false);
    for (const key of given.slice(1))
      check.addIssue({ code: 'custom', path: [key], message: `excludes ${given[0]}: one thing is looked at` });
    if (given.length === 0 && options.metadata === false)
      check.addIssue({ code: 'custom', path: ['metadata'], message: 'leaves nothing to look at: give `read` or `search`' });
  })
  .superRefine(({ url, auth, read, search, tls }, check) => {
    if (auth === undefined) return;
    if (patientOf({ read, search }) === undefined && auth.smart === undefined)
      check.addIssue({
        code: 'custom',
        path: ['auth'],
        message: 'is not sent for the capability statement, which is for all: give `read` or `search`',
      });
    const tell = (...path: string[]) => check.addIssue({ code: 'custom', path, message: unsafeForSecrets });
    if (!isSafeForSecrets(url, tls)) tell('url');
    const endpoint = auth.smart?.token_url;
    if (endpoint !== undefined && !isSafeForSecrets(endpoint, tls)) tell('auth', 'smart', 'token_url');
  });

export type FhirOptions = s.output<typeof Options>;

/** The id of the patient that is looked at, or undefined for the capability statement. */
export function patientOf({ read, search }: Pick<FhirOptions, 'read' | 'search'>): string | undefined {
  return read?.slice('Patient/'.length) ?? search;
}
