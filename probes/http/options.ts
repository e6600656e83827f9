// What can be asked over HTTP, and what must come back.
import {
  duration,
  HttpExpectations,
  holdsSecret,
  httpUrl,
  isSafeForSecrets,
  maybeSecret,
  nameServers,
  requestHeaders,
  reveal,
  type Secret,
  s,
  secret,
  TlsSettings,
  unsafeForSecrets,
} from '#prober/door.ts';

const Auth = s
  .strictObject({
    basic: s
      .strictObject({
        username: maybeSecret()
          .refine((name) => !reveal(name).includes(':'), { error: 'must not hold a colon (RFC 7617 2)' })
          .describe('Name of the probe account.'),
        password: secret().describe('Its password.'),
      })
      .optional()
      .describe('Basic authentication (RFC 7617).'),
    bearer: secret().optional().describe('Bearer token (RFC 6750).'),
  })
  .refine((auth) => (auth.basic === undefined) !== (auth.bearer === undefined), { error: 'needs either `basic` or `bearer`' });

const Certificate = s.strictObject({
  expires_after: duration({ least: '1h', most: '2y' }).describe(
    'Fails the probe when a certificate that the server sends expires sooner. The fact `certificate_expiry_seconds` warns the owner long before.',
  ),
});

export const Options = s
  .strictObject({
    url: httpUrl().describe('Address that is asked for; without user and password in it.'),
    method: s.enum(['GET', 'HEAD', 'OPTIONS', 'POST']).default('GET').describe('Method. POST needs `idempotent: true`.'),
    idempotent: s.boolean().default(false).describe('You vouch that the POST changes nothing, however often it is repeated.'),
    headers: requestHeaders()
      .optional()
      .describe(
        'Further headers. One whose value is `!env` or `!file`, as that of `Authorization`, `Cookie` and `X-API-Key` must be, never crosses to another origin.',
      ),
    body: maybeSecret().optional().describe('Body of the POST, at most 64 KiB.'),
    auth: Auth.optional().describe('Credentials; over https or to loopback only.'),
    follow_redirects: s.boolean().default(true).describe('Follow up to 10 redirects, each on a fresh connection.'),
    allow_downgrade: s.boolean().default(false).describe('Let a redirect lead from https to http.'),
    http_version: s
      .enum(['http1', 'http2', 'auto'])
      .default('http1')
      .describe('HTTP/1.1, HTTP/2 (https only; fails where the server does not speak it), or whichever the server chooses.'),
    family: s.enum(['ipv4', 'ipv6']).optional().describe('Only addresses of this family. Default: the first that the resolver gives.'),
    resolver: nameServers().optional().describe('Name servers that are asked instead of the system, as addresses with or without port.'),
    body_limit: s
      .int()
      .min(1024)
      .max(16_777_216)
      .default(1_048_576)
      .describe('Most bytes of a body, as sent and as inflated. A larger one fails the probe.'),
    tls: TlsSettings.optional().describe('How TLS is set up.'),
    certificate: Certificate.optional().describe('What must hold of the certificates that the server sends.'),
    expect: HttpExpectations.prefault({}).describe('What must hold of the answer.'),
  })
  .refine((options) => options.method !== 'POST' || options.idempotent, {
    path: ['method'],
    error: 'POST needs `idempotent: true`: a probe must change nothing',
  })
  .refine((options) => options.body === undefined || options.method === 'POST', { path: ['body'], error: 'only POST takes a body' })
  .refine((options) => options.body === undefined || reveal(options.body).length <= 65_536, { path: ['body'], error: 'at most 64 KiB' })
  .refine((options) => options.http_version !== 'http2' || options.url.startsWith('https:'), {
    path: ['http_version'],
    error: '`http2` needs an https:// address',
  })
  .refine((options) => !carriesSecrets(options) || isSafeForSecrets(options.url, options.tls), {
    path: ['url'],
    error: unsafeForSecrets,
  });

export type HttpProbeOptions = s.output<typeof Options>;

interface MaySecret {
  readonly auth?: unknown;
  readonly body?: string | Secret | undefined;
  readonly headers?: Readonly<Record<string, string | Secret>> | undefined;
}

function carriesSecrets({ auth, body, headers }: MaySecret): boolean {
  return auth !== undefined || holdsSecret([body, ...Object.values(headers ?? {})]);
}
