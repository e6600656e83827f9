// Asks a Prometheus, or what speaks its API (Thanos, Mimir, VictoriaMetrics): bounded reads, retries where it asks for patience, its own words on errors.
import { Agent, type Dispatcher, EnvHttpProxyAgent, request } from 'undici';
import { short } from '#draw/svg.ts';
import { HolterError } from '#model/error.ts';
import { type DurationMs, type EpochMs, secondMs, type Timers } from '#model/time.ts';

export interface Access {
  /** Without `/api/v1`. Never holds credentials. */
  readonly url: URL;
  /** May hold secrets: never shown. */
  readonly headers: Readonly<Record<string, string>>;
  /** PEM of the authorities to trust instead of Node's own. */
  readonly ca?: string;
}

export interface Range {
  readonly from: EpochMs;
  /** Inclusive. */
  readonly to: EpochMs;
  readonly step: DurationMs;
}

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since 1970, and the number as text. */
  readonly values: readonly (readonly [at: number, value: string])[];
}

export interface Answer {
  readonly series: readonly Series[];
  /** Partial answers and the like, in the server's words. */
  readonly warnings: readonly string[];
}

export interface Prometheus {
  /**
   * Evaluates an expression at every step of a range. Throws HolterError `history`; it is retryable where less may be granted: the server ran
   * out of time, or there are too many samples.
   */
  range(query: string, range: Range): Promise<Answer>;
  /** The samples themselves of a plain selector, at their own times: those after `from`, up to and including `to`. Throws as `range`. */
  samples(selector: string, from: EpochMs, to: EpochMs): Promise<Answer>;
  close(): void;
}

/** Most that is read of one answer. */
const answerLimit = 192 * 1024 * 1024;
/** Longest silence before and in an answer. */
const patience: DurationMs = 120 * secondMs;
/** Waits before the second, third ... try, unless the server says how long. */
const backoff: readonly DurationMs[] = [1, 2, 5, 10, 20].map((seconds) => seconds * secondMs);
const longestWait: DurationMs = 60 * secondMs;
const wordLimit = 400;

export function connectPrometheus(access: Access, timers: Timers): Prometheus {
  const dispatcher = dispatcherFor(access);
  const ask = async (operation: string, form: Readonly<Record<string, string>>): Promise<Answer> => {
    const path = `${access.url.pathname.replace(/\/+$/, '')}/api/v1/${operation}`;
    const target: Target = { access, url: new URL(path + access.url.search, access.url), dispatcher };
    const body = new URLSearchParams(form).toString();
    for (let tries = 0; ; tries += 1) {
      const reply = await attempt(target, body);
      const wait = waitAfter(reply, tries);
      if (wait === undefined) return answerOf(reply, target);
      await new Promise<void>((resolve) => void timers.after(wait, resolve));
    }
  };
  return {
    range: (query, { from, to, step }) => ask('query_range', { query, start: inSeconds(from), end: inSeconds(to), step: inSeconds(step) }),
    // On a line of its own, for the selector may end with a comment.
    samples: (selector, from, to) => ask('query', { query: `${selector}\n[${Math.ceil(to - from)}ms]`, time: inSeconds(to) }),
    // Not awaited: nothing is under way.
    close: () => void dispatcher.destroy().catch(() => undefined),
  };
}

interface Target {
  readonly access: Access;
  readonly url: URL;
  readonly dispatcher: Dispatcher;
}

function inSeconds(time: number): string {
  return String(time / secondMs);
}

type Reply =
  | { readonly status: number; readonly text: string; readonly retryAfter: string | undefined }
  | { readonly trouble: string; readonly code: string };

/** By POST, since an expression may be longer than an address may be; by GET where that is not allowed. */
async function attempt(target: Target, form: string): Promise<Reply> {
  const posted = await exchange(target, { method: 'POST', body: form });
  return 'status' in posted && posted.status === 405 ? exchange(target, { method: 'GET', query: form }) : posted;
}

type Asked = { readonly method: 'POST'; readonly body: string } | { readonly method: 'GET'; readonly query: string };

async function exchange({ access, url, dispatcher }: Target, asked: Asked): Promise<Reply> {
  const where = new URL(url);
  if (asked.method === 'GET') for (const [key, value] of new URLSearchParams(asked.query)) where.searchParams.set(key, value);
  const form = asked.method === 'POST' ? { 'content-type': 'application/x-www-form-urlencoded' } : {};
  try {
    const { statusCode, headers, body } = await request(where, {
      method: asked.method,
      headers: { 'user-agent': 'holter', accept: 'application/json', ...form, ...access.headers },
      ...(asked.method === 'POST' && { body: asked.body }),
      dispatcher,
      headersTimeout: patience,
      bodyTimeout: patience,
    });
    const retryAfter = headers['retry-after'];
    return { status: statusCode, text: await readAll(body), retryAfter: Array.isArray(retryAfter) ? retryAfter[0] : retryAfter };
  } catch (error) {
    if (error instanceof HolterError) throw error;
    return { trouble: error instanceof Error ? error.message : String(error), code: codeOf(error) };
  }
}

async function readAll(body: AsyncIterable<Buffer>): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > answerLimit)
      throw trouble(`an answer is larger than ${answerLimit / 2 ** 20} MiB: narrow the query, or give a larger --step`, true);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

const retried = new Set([429, 502, 503, 504]);
const unreached = /^(ECONNRESET|EPIPE|UND_ERR_SOCKET)$/;

/** How long to wait for another try; undefined for none. */
function waitAfter(reply: Reply, tries: number): DurationMs | undefined {
  const usual = backoff[tries];
  if (usual === undefined) return undefined;
  if ('trouble' in reply) return unreached.test(reply.code) ? usual : undefined;
  // A query that took too long is answered 503 as well, in the API's own form: another try would take as long.
  if (!retried.has(reply.status) || errorOf(reply.text) !== undefined) return undefined;
  const asked = /^\d{1,6}$/.test(reply.retryAfter ?? '') ? Number(reply.retryAfter) * secondMs : usual;
  return Math.min(longestWait, Math.max(usual, asked));
}

function answerOf(reply: Reply, { url, access }: Target): Answer {
  const where = `${access.url.origin}${access.url.pathname.replace(/\/+$/, '')}`;
  if ('trouble' in reply)
    throw trouble(`${where} cannot be asked: ${short(reply.trouble, wordLimit)}${reply.code === '' ? '' : ` (${reply.code})`}`);
  const said = errorOf(reply.text);
  if (said !== undefined) throw trouble(`Prometheus refuses the query: ${said}`, tooHard.test(said));
  if (reply.status === 401 || reply.status === 403) {
    throw trouble(`${where} answered ${reply.status}: it wants credentials (--bearer-token, --basic-auth or --header), or refuses these`);
  }
  const answer = reply.status === 200 ? matrixOf(parse(reply.text)) : undefined;
  if (answer !== undefined) return answer;
  throw trouble(
    `${url.origin}${url.pathname} answered ${reply.status}, and not as Prometheus does: is the address right? Give it without /api/v1`,
  );
}

/** Words of Prometheus, Thanos and Mimir for a question that is too hard as a whole. */
const tooHard = /timed? ?out|too many samples|max(imum)? (number of )?samples|resolution of 11,000|exceed/i;

function trouble(message: string, retryable = false): HolterError {
  return new HolterError('history', message, { retryable });
}

/** The API's own error, in its own words; undefined where the answer is none. */
function errorOf(text: string): string | undefined {
  if (text.length > 65_536) return undefined;
  const answer = parse(text);
  if (!isRecord(answer) || answer['status'] !== 'error' || typeof answer['error'] !== 'string') return undefined;
  return short(answer['error'], wordLimit);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: not what was asked for.
    return undefined;
  }
}

function matrixOf(answer: unknown): Answer | undefined {
  if (!isRecord(answer) || answer['status'] !== 'success' || !isRecord(answer['data'])) return undefined;
  const { resultType, result } = answer['data'];
  if (resultType !== 'matrix' || !Array.isArray(result) || !result.every(isSeries)) return undefined;
  const warnings = Array.isArray(answer['warnings']) ? answer['warnings'].filter((one) => typeof one === 'string') : [];
  return { series: result, warnings: warnings.map((warning) => short(warning, wordLimit)) };
}

function isSeries(value: unknown): value is Series {
  if (!isRecord(value) || !isRecord(value['metric'])) return false;
  // Histograms stand in another member: such a series has no values.
  const { values } = value;
  return Array.isArray(values) && values.every((pair) => Array.isArray(pair) && typeof pair[0] === 'number' && typeof pair[1] === 'string');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function dispatcherFor({ url, ca }: Access): Dispatcher {
  const tls = ca === undefined ? {} : { ca };
  const options = { allowH2: false, connections: 1, connect: { ...tls, timeout: 20 * secondMs } };
  return isLoopback(url.hostname) ? new Agent(options) : new EnvHttpProxyAgent({ ...options, requestTls: tls });
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string' ? error.code : '';
}
