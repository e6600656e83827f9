// Which provider, and as which client.
import { assertionAlgorithms, httpUrl, isSafeForSecrets, s, secret, TlsSettings, unsafeForSecrets } from '#prober/door.ts';

const text = s.string().min(1).max(500);

const Client = s
  .strictObject({
    id: text.describe('Client id, as the provider knows it.'),
    secret: secret().optional().describe('Secret of the client: sent by HTTP Basic (client_secret_basic).'),
    key: secret().optional().describe('Private key of the client, PEM or JWK: it signs an assertion instead (private_key_jwt).'),
    algorithm: s.enum(assertionAlgorithms).default('ES384').describe('How the assertion is signed; it must fit the key.'),
    key_id: text.optional().describe('`kid` of the key, where the provider knows several.'),
  })
  .refine((client) => (client.secret === undefined) !== (client.key === undefined), { error: 'needs one of `secret` and `key`' })
  .refine((client) => client.secret === undefined || client.secret.reveal() !== '', { error: '`secret` is empty' });

export const Options = s
  .strictObject({
    issuer: httpUrl().describe('Issuer of the provider, exactly as it names itself; the well-known address is made from it.'),
    discovery: s
      .enum(['openid', 'oauth'])
      .default('openid')
      .describe('`openid`: /.well-known/openid-configuration behind the issuer; `oauth`: RFC 8414, before its path.'),
    client: Client.optional().describe('Client whose token is asked for by client credentials; left out: discovery and keys alone.'),
    scope: text.optional().describe('Scopes that are asked for, parted by blanks.'),
    resource: text.optional().describe('Resource that the token is for (RFC 8707).'),
    audience: text.optional().describe('`aud` that the token must have. Default: `resource`, else any.'),
    verify: s.boolean().default(true).describe('The token must be a JWT signed by a published key. False for opaque tokens.'),
    tls: TlsSettings.optional().describe('Settings of TLS for https.'),
  })
  .superRefine((options, check) => {
    for (const key of ['scope', 'resource', 'audience'] as const) {
      if (options[key] !== undefined && options.client === undefined)
        check.addIssue({ code: 'custom', path: [key], message: 'needs `client`' });
    }
    if (options.audience !== undefined && !options.verify)
      check.addIssue({ code: 'custom', path: ['audience'], message: 'is not looked at with verify: false' });
  })
  .refine(({ client, issuer, tls }) => client === undefined || isSafeForSecrets(issuer, tls), {
    path: ['issuer'],
    error: unsafeForSecrets,
  });

export type OidcOptions = s.output<typeof Options>;
