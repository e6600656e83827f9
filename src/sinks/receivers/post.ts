// One bounded HTTP POST to a receiver. What it answers is read up to a bound and never logged; where it stands is never named.
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import type { DurationMs, EpochMs } from '#model/time.ts';
import type { SendOutcome } from './contract.ts';

/** Most that is read of an answer. */
const answerLimit = 64 * 1024;
/** Longest wait that a far end may ask for. */
const retryAfterMost = 3_600_000;

export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Bound on the whole exchange, name resolution and TLS included. */
  readonly timeout: DurationMs;
  readonly signal: AbortSignal;
  /** PEM of the authorities to trust instead of Node's own. */
  readonly ca?: string | undefined;
}

/** `text` holds at most 64 KB; `why` and nothing else may be logged. */
export type PostReply =
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfter: string | undefined; readonly text: string }
  | { readonly kind: 'trouble'; readonly why: string };

/**
 * Posts once, over a connection of its own, without following redirects. Never throws.
 * Receivers on loopback are reached directly, others through the proxy that HTTP_PROXY, HTTPS_PROXY and NO_PROXY name.
 */
export async function post(what: PostRequest): Promise<PostReply> {
  const dispatcher = dispatcherFor(what);
  const deadline = deadlineOf(what);
  try {
    return await Promise.race([exchange(what, dispatcher, deadline.signal), deadline.passed]);
  } catch (error) {
    return { kind: 'trouble', why: troubleOf(error) };
  } finally {
    deadline.clear();
    // Not awaited: destroy waits for a connector that may hang (dependencies.md 2.1 has measured it).
    dispatcher.destroy().catch(() => undefined);
  }
}

/** 2xx is well; 408, 425, 429, redirects, 5xx and trouble on the way are worth another try; other answers are a no. */
export function outcomeOf(reply: PostReply, now: EpochMs): SendOutcome {
  if (reply.kind === 'trouble') return { outcome: 'retry', why: reply.why };
  const { status } = reply;
  if (status >= 200 && status < 300) return { outcome: 'delivered' };
  const why = `answered ${status}`;
  if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) return { outcome: 'refused', why };
  const after = parseRetryAfter(reply.retryAfter, now);
  return after === undefined ? { outcome: 'retry', why } : { outcome: 'retry', why, after };
}

/** Seconds or an HTTP date (RFC 9110 10.2.3); at most one hour, never negative; undefined when it is neither. */
export function parseRetryAfter(text: string | undefined, now: EpochMs): DurationMs | undefined {
  const value = text?.trim() ?? '';
  const wait = /^\d{1,10}$/.test(value) ? Number(value) * 1000 : /[a-z]{3}/i.test(value) ? Date.parse(value) - now : Number.NaN;
  return Number.isFinite(wait) ? Math.min(Math.max(wait, 0), retryAfterMost) : undefined;
}

async function exchange(what: PostRequest, dispatcher: Dispatcher, signal: AbortSignal): Promise<PostReply> {
  const { statusCode, headers, body } = await request(what.url, {
    method: 'POST',
    headers: { 'user-agent': 'holter', ...what.headers },
    body: what.body,
    dispatcher,
    signal,
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  const retryAfter = headers['retry-after'];
  const text = await readSome(body);
  return { kind: 'answer', status: statusCode, retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter, text };
}

/** What a far end says beyond the bound, or never finishes saying, changes nothing: its status has been read. */
async function readSome(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    chunks.push(chunk.subarray(0, answerLimit - size));
    size += chunk.length;
    if (size >= answerLimit) break;
  }
  return Buffer.concat(chunks).toString('utf8');
}

function dispatcherFor(what: PostRequest): Dispatcher {
  const tls = what.ca === undefined ? {} : { ca: what.ca };
  const options = { allowH2: false, connect: { ...tls, timeout: what.timeout }, maxCachedSessions: 0 };
  return isLoopback(new URL(what.url).hostname) ? new Agent(options) : new EnvHttpProxyAgent({ ...options, requestTls: tls });
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

class DeadlinePassed extends Error {}

/** An own deadline: a signal alone does not cut the connect phase. */
function deadlineOf({ timeout, signal }: PostRequest) {
  const controller = new AbortController();
  const { promise, reject } = Promise.withResolvers<never>();
  // Lost races are nobody's business.
  promise.catch(() => undefined);
  const end = (why: string) => {
    reject(new DeadlinePassed(why));
    controller.abort();
  };
  const timer = setTimeout(end, timeout, 'no answer in time');
  const stopped = () => end('cut short');
  if (signal.aborted) stopped();
  signal.addEventListener('abort', stopped);
  const clear = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', stopped);
  };
  return { signal: controller.signal, passed: promise, clear };
}

/** Words of our own for what may be named: messages of errors hold addresses and names. */
function troubleOf(error: unknown): string {
  if (error instanceof DeadlinePassed) return error.message;
  const code = codeOf(error);
  const words = Object.entries(troubles).find(([pattern]) => new RegExp(pattern).test(code))?.[1] ?? 'the exchange failed';
  return code === '' ? words : `${words} (${code})`;
}

const troubles: Readonly<Record<string, string>> = {
  '^(ENOTFOUND|EAI_)': 'its name could not be resolved',
  '^ECONNREFUSED$': 'connection refused',
  '^(EHOSTUNREACH|ENETUNREACH|EADDRNOTAVAIL)$': 'no route to it',
  '^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$': 'the connection was closed',
  '^(ETIMEDOUT|UND_ERR_CONNECT_TIMEOUT)$': 'the connection was not accepted in time',
  '(CERT|VERIFY|SIGNED|TLS|SSL|ISSUER)': 'TLS failed',
  '^HPE_': 'the answer is not HTTP',
};

/** The code of the error or of its cause, if it is one word of capitals. */
function codeOf(error: unknown, depth = 0): string {
  if (typeof error !== 'object' || error === null || depth > 3) return '';
  if ('code' in error && typeof error.code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(error.code)) return error.code;
  if ('errors' in error && Array.isArray(error.errors)) return codeOf(error.errors[0], depth + 1);
  return 'cause' in error ? codeOf(error.cause, depth + 1) : '';
}
