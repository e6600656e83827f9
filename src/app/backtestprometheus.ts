// What a person says of their Prometheus, as what is asked with: address, credentials, authorities.
import { readFileSync } from 'node:fs';
import { type Access, connectPrometheus, isLoopback, type Prometheus } from '#backtest/prometheus/client.ts';
import { HolterError } from '#model/error.ts';
import type { Timers } from '#model/time.ts';

export { readPrometheus } from '#backtest/prometheus/source.ts';

export interface PrometheusFlags {
  readonly prometheus: string;
  /** Each `env:NAME` or `file:PATH`: a secret has no place on a command line. */
  readonly bearerToken?: string;
  /** Of `user:password`. */
  readonly basicAuth?: string;
  /** `Name: value`; the value may be `env:NAME` or `file:PATH`. */
  readonly header?: readonly string[];
  /** PEM file. */
  readonly ca?: string;
}

/** Throws HolterError `history` where the address or a credential is none. */
export function openPrometheus(flags: PrometheusFlags, timers: Timers, environment: NodeJS.ProcessEnv): Prometheus {
  return connectPrometheus(accessOf(flags, environment), timers);
}

export function accessOf(flags: PrometheusFlags, environment: NodeJS.ProcessEnv): Access {
  const url = addressOf(flags.prometheus);
  const headers = { ...headersOf(flags.header ?? [], environment), ...authorizationOf(flags, environment) };
  const isSecret = Object.keys(headers).some((name) => /^(authorization|cookie)$/i.test(name));
  if (isSecret && url.protocol === 'http:' && !isLoopback(url.hostname)) {
    throw wrong(`credentials would go to ${url.host} over plain http, where anybody on the way can read them: use https`);
  }
  return { url, headers, ...(flags.ca !== undefined && { ca: fileText(flags.ca, '--ca') }) };
}

function headersOf(lines: readonly string[], environment: NodeJS.ProcessEnv): Readonly<Record<string, string>> {
  return Object.fromEntries(
    lines.map((line) => {
      const [, name = '', value = ''] = /^([\w!#$%&'*+.^`|~-]+)\s*:\s*(.+)$/s.exec(line) ?? [];
      if (name === '') throw wrong('--header takes "Name: value", or "Name: env:VARIABLE", or "Name: file:PATH"');
      const option = `--header ${name}`;
      return [name, headerValue(/^(env|file):/.test(value) ? secretOf(value, option, environment) : value, option)];
    }),
  );
}

function authorizationOf({ bearerToken, basicAuth }: PrometheusFlags, environment: NodeJS.ProcessEnv): { readonly authorization?: string } {
  if (bearerToken !== undefined && basicAuth !== undefined) throw wrong('give --bearer-token or --basic-auth, not both');
  if (bearerToken !== undefined) {
    return { authorization: headerValue(`Bearer ${secretOf(bearerToken, '--bearer-token', environment)}`, '--bearer-token') };
  }
  if (basicAuth === undefined) return {};
  const pair = secretOf(basicAuth, '--basic-auth', environment);
  if (!pair.includes(':')) throw wrong('--basic-auth: the secret must be user:password');
  return { authorization: `Basic ${Buffer.from(pair).toString('base64')}` };
}

function addressOf(text: string): URL {
  const url = URL.parse(text.includes('://') ? text : `http://${text}`);
  if (url === null || !/^https?:$/.test(url.protocol))
    throw wrong(`--prometheus takes an address such as http://prometheus.example.org:9090`);
  if (url.username !== '' || url.password !== '') {
    throw wrong('--prometheus: no credentials in the address, where every list of processes shows them; use --basic-auth');
  }
  url.pathname = url.pathname.replace(/\/api\/v1(\/query_range|\/query)?\/?$/, '');
  url.hash = '';
  return url;
}

/** From the environment or a file; one end of line at the end is not a part of it. */
function secretOf(source: string, option: string, environment: NodeJS.ProcessEnv): string {
  const [, kind, place = ''] = /^(env|file):(.+)$/s.exec(source) ?? [];
  if (kind === undefined)
    throw wrong(`${option} takes env:VARIABLE or file:PATH: a secret on the command line is seen by everybody on this machine`);
  const text = kind === 'env' ? (environment[place] ?? '') : fileText(place, option);
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw wrong(`${option}: ${kind === 'env' ? `the environment has no ${place}` : `${place} is empty`}`);
  return secret;
}

function headerValue(value: string, option: string): string {
  if (/[^\t\u0020-\u007E\u0080-\u00FF]/.test(value)) throw wrong(`${option}: the value holds a character that a header may not have`);
  return value;
}

function fileText(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new HolterError('history', `${option}: ${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`, {
      retryable: false,
      cause: error,
    });
  }
}

function wrong(message: string): HolterError {
  return new HolterError('history', message, { retryable: false });
}
