// Asks one address over HTTP and judges the answer.
import {
  decodeBody,
  defineProbe,
  type FollowedReply,
  followHttp,
  type HttpHeader,
  type HttpRequest,
  headerText,
  ProbeFailure,
  patientsInUrl,
  reveal,
  Secret,
  tlsOptionsOf,
} from '#prober/door.ts';
import { facts, noteReply, noteTls } from './facts.ts';
import { failedByPattern, judge } from './judge.ts';
import { type HttpProbeOptions, Options } from './options.ts';

export const http = defineProbe({
  kind: 'http',
  summary: 'Asks one address over HTTP/1.1 or HTTP/2, follows redirects, and judges status, headers, body, time and certificate.',
  effect: 'read',
  leastInterval: 5000,
  defaultTimeout: 10_000,
  pausesAfterAuth: true,
  reasons: [
    'dns',
    'refused',
    'unreachable',
    'connect_timeout',
    'tls',
    'certificate',
    'reset',
    'timeout',
    'protocol',
    'rejected',
    'auth',
    'content',
  ],
  facts,
  options: Options,
  host: ({ url }) => hostAndPort(new URL(url)),
  patients: ({ url }) => patientsInUrl(url),
  async run(options, context) {
    const began = performance.now();
    let expiresIn: number | undefined;
    const reply = await followHttp(
      requestOf(options, context.agent),
      {
        version: options.http_version,
        bodyLimit: options.body_limit,
        follow: options.follow_redirects,
        allowDowngrade: options.allow_downgrade,
        tls: tlsOptionsOf(options.tls),
        ...(options.family !== undefined && { family: options.family === 'ipv6' ? 6 : 4 }),
        ...(options.resolver !== undefined && { resolver: options.resolver }),
        onTls: (tls) => {
          expiresIn = tls.earliestExpiry === undefined ? undefined : tls.earliestExpiry - context.startedAt;
          noteTls(tls, context);
        },
      },
      context,
    );
    const elapsed = performance.now() - began;
    noteReply(reply, context);
    const answer = new ReplyAnswer(reply, elapsed);
    const failure = judge(answer, options, expiresIn);
    context.fact('failed_due_to_regex', failedByPattern(answer, options.expect, failure));
    if (failure !== undefined) throw new ProbeFailure(failure.reason, failure.message);
  },
});

/** The body is decoded when something looks at it, which most probes never do. */
class ReplyAnswer {
  readonly status: number;
  readonly url: string;
  readonly elapsed: number;
  readonly #reply: FollowedReply;
  #body: string | undefined;

  constructor(reply: FollowedReply, elapsed: number) {
    this.#reply = reply;
    this.status = reply.status;
    this.url = reply.url.href;
    this.elapsed = elapsed;
  }

  get body(): string {
    this.#body ??= decodeBody(this.#reply.body, this.header('content-type'));
    return this.#body;
  }

  header(name: string): string {
    return headerText(this.#reply.headers[name]);
  }
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? '443' : '80')}`;
}

function requestOf(options: HttpProbeOptions, agent: string): HttpRequest {
  return {
    url: new URL(options.url),
    method: options.method,
    headers: headersOf(options, agent),
    ...(options.body !== undefined && { body: reveal(options.body), secretBody: options.body instanceof Secret }),
  };
}

function headersOf(options: HttpProbeOptions, agent: string): readonly HttpHeader[] {
  const own = Object.entries(options.headers ?? {}).map(
    ([name, value]): HttpHeader => ({ name, value: reveal(value).trim(), secret: value instanceof Secret }),
  );
  const credentials = authorization(options.auth);
  const given = new Set(own.map((header) => header.name.toLowerCase()));
  const defaults: readonly HttpHeader[] = [
    { name: 'user-agent', value: agent },
    { name: 'accept', value: '*/*' },
    { name: 'accept-encoding', value: 'identity' },
    ...(credentials === undefined ? [] : [{ name: 'authorization', value: credentials, secret: true }]),
  ];
  return [...defaults.filter((header) => !given.has(header.name)), ...own];
}

function authorization(auth: HttpProbeOptions['auth']): string | undefined {
  if (auth?.bearer !== undefined) return `Bearer ${auth.bearer.reveal().trim()}`;
  if (auth?.basic === undefined) return undefined;
  const { username, password } = auth.basic;
  return `Basic ${Buffer.from(`${reveal(username)}:${password.reveal()}`).toString('base64')}`;
}
