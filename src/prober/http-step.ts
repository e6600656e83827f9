// HTTP in steps: each with a name, a phase of its own, and a failure that says where it was.
import type { EndpointReason } from '#model/reason.ts';
import { refusesClientCertificate } from './assert.ts';
import { type ProbeContext, ProbeFailure } from './contract.ts';
import { headerText } from './http.ts';
import type { HttpHeader, HttpOptions, HttpRequest } from './http-message.ts';
import { type FollowedReply, followHttp } from './redirect.ts';

export interface HttpStep {
  /** Of the phase and of the sentence: `token`. */
  readonly name: string;
  readonly url: URL;
  readonly accept: string;
  readonly headers?: readonly HttpHeader[];
  /** Sent by POST. Absent: a GET. */
  readonly content?: { readonly type: string; readonly body: string | Buffer };
}

export interface StepReply {
  readonly status: number;
  readonly body: Buffer;
  readonly retryAfter: string;
}

export type StepOptions = Pick<HttpOptions, 'tls' | 'onTls' | 'bodyLimit'>;

/** Asks once. Redirects are not followed: an API that moves is told. Throws ProbeFailure, its sentence begun by the step's name. */
export async function askHttp(step: HttpStep, options: StepOptions, context: ProbeContext): Promise<StepReply> {
  const began = performance.now();
  try {
    const how = { ...options, version: 'auto', follow: false, allowDowngrade: false } as const;
    const reply = await followHttp(requestOf(step, context), how, context);
    if (missesCertificate(reply)) throw new ProbeFailure('auth', 'the server refused or missed our client certificate');
    return { status: reply.status, body: reply.body, retryAfter: headerText(reply.headers['retry-after']) };
  } catch (error) {
    if (error instanceof ProbeFailure) throw new ProbeFailure(error.reason, `${step.name}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    context.phase(step.name, performance.now() - began);
  }
}

function missesCertificate({ status, body, connection }: FollowedReply): boolean {
  return connection.clientCertificate && refusesClientCertificate({ status, body: body.toString('latin1', 0, 2000) });
}

function requestOf({ url, accept, headers = [], content }: HttpStep, context: ProbeContext): HttpRequest {
  const common: HttpHeader[] = [
    { name: 'user-agent', value: context.agent },
    { name: 'accept', value: accept },
    { name: 'accept-encoding', value: 'identity' },
    ...headers,
  ];
  if (content === undefined) return { url, method: 'GET', headers: common };
  const type = { name: 'content-type', value: content.type };
  return { url, method: 'POST', headers: [...common, type], body: content.body, secretBody: true };
}

/** The failure of an HTTP status that is not the one expected (protocols.md 1.2). */
export function statusFailure(step: string, { status, retryAfter }: Pick<StepReply, 'status' | 'retryAfter'>, more = ''): ProbeFailure {
  const tail = more === '' ? '' : ` (${more})`;
  const wait = /^\d{1,6}$/.test(retryAfter) ? `; it asks to wait ${retryAfter} s` : '';
  const [reason, words] = meaningOf(status);
  return new ProbeFailure(reason, `${step}: HTTP status ${status}${words}${tail}${wait}`);
}

function meaningOf(status: number): readonly [EndpointReason, string] {
  if (status === 401) return ['auth', ': the credentials were refused'];
  if (status === 403) return ['auth', ': known, but not allowed to do this'];
  if (status === 429 || status === 503) return ['rejected', ': alive, and turning requests away'];
  if (status >= 500) return ['rejected', ': an error of the server'];
  if (status >= 300 && status < 400) return ['content', ': it redirects, where an answer was due'];
  return status >= 400 ? ['rejected', ': understood and refused'] : ['content', ', which is not the one expected'];
}
