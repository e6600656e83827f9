// JSON over HTTP in steps: each with a name, a phase of its own, and a failure that says where it was.
import type { EndpointReason } from '#model/reason.ts';
import { type ProbeContext, ProbeFailure } from './contract.ts';
import { headerText } from './http.ts';
import type { HttpHeader, HttpOptions, HttpRequest } from './http-message.ts';
import { followHttp } from './redirect.ts';

export interface JsonStep {
  /** Of the phase and of the sentence: `token`. */
  readonly name: string;
  readonly url: URL;
  readonly accept: string;
  readonly headers?: readonly HttpHeader[];
  /** Sent by POST as a form. */
  readonly form?: URLSearchParams;
}

export interface JsonReply {
  readonly status: number;
  /** Undefined: the body is no JSON. */
  readonly body: unknown;
  readonly retryAfter: string;
}

export type JsonOptions = Pick<HttpOptions, 'tls' | 'onTls' | 'bodyLimit'>;

/** Most nested levels of a body; a deeper one is hostile. */
const deepest = 64;

/** Asks once. Redirects are not followed: an API that moves is told. Throws ProbeFailure, its sentence begun by the step's name. */
export async function askJson(step: JsonStep, options: JsonOptions, context: ProbeContext): Promise<JsonReply> {
  const began = performance.now();
  try {
    const reply = await followHttp(
      requestOf(step, context),
      { ...options, version: 'auto', follow: false, allowDowngrade: false },
      context,
    );
    return { status: reply.status, body: parse(reply.body), retryAfter: headerText(reply.headers['retry-after']) };
  } catch (error) {
    if (error instanceof ProbeFailure) throw new ProbeFailure(error.reason, `${step.name}: ${error.message}`, { cause: error });
    throw error;
  } finally {
    context.phase(step.name, performance.now() - began);
  }
}

function requestOf({ url, accept, headers = [], form }: JsonStep, context: ProbeContext): HttpRequest {
  const common: HttpHeader[] = [
    { name: 'user-agent', value: context.agent },
    { name: 'accept', value: accept },
    { name: 'accept-encoding', value: 'identity' },
    ...headers,
  ];
  if (form === undefined) return { url, method: 'GET', headers: common };
  const type = { name: 'content-type', value: 'application/x-www-form-urlencoded' };
  return { url, method: 'POST', headers: [...common, type], body: form.toString(), secretBody: true };
}

function parse(body: Buffer): unknown {
  const text = body.toString('utf8');
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON: a page of a proxy, or a part of one.
    return undefined;
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const sign = text.charCodeAt(i);
    if (sign === 0x5b || sign === 0x7b) depth += 1;
    else if (sign === 0x5d || sign === 0x7d) depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

/** The failure of an HTTP status that is not the one expected (protocols.md 1.2). */
export function statusFailure(step: string, { status, retryAfter }: Pick<JsonReply, 'status' | 'retryAfter'>, more = ''): ProbeFailure {
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

/** A member of a JSON object; undefined for everything else. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
