// Asks a running daemon for an explanation.
import { HolterError } from '#model/error.ts';
import type { Explanation, NotFound } from './contract.ts';

/** A daemon that is there answers in seconds, however long the record. */
const patienceMs = 60_000;
/** Largest answer that is taken in. */
const mostBytes = 32 * 1024 * 1024;
const tries = 30;

/**
 * Undefined when nobody listens there. Throws HolterError `unreachable` when somebody answers who is no Holter, or not in time. Waits while the daemon
 * makes another explanation.
 */
export async function askDaemon(url: string, incident: string): Promise<Explanation | NotFound | undefined> {
  const address = URL.parse(`/api/v1/incidents/${encodeURIComponent(incident)}/explanation`, url);
  if (address === null) throw new HolterError('unreachable', `"${url}" is no address; write http://host:port`, { retryable: false });
  for (let left = tries; ; left -= 1) {
    const answer = await get(address);
    if (answer === undefined || (answer.status !== 503 && answer.status !== 404 && answer.status !== 200)) return refuse(address, answer);
    if (answer.status === 503 && left > 0) await pause(1000);
    else return read(address, answer.text);
  }
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

async function get(address: URL): Promise<Answer | undefined> {
  try {
    const response = await fetch(address, { signal: AbortSignal.timeout(patienceMs), redirect: 'error' });
    return { status: response.status, text: await bounded(response) };
  } catch (error) {
    if (isRefused(error)) return undefined;
    throw new HolterError('unreachable', `${address.origin} does not answer: ${wordsOf(error)}`, { retryable: true, cause: error });
  }
}

async function bounded(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    parts.push(part);
    size += part.length;
    if (size > mostBytes) throw new Error(`the answer is larger than ${mostBytes} bytes`);
  }
  return Buffer.concat(parts).toString('utf8');
}

function refuse(address: URL, answer: Answer | undefined): undefined {
  if (answer === undefined) return undefined;
  throw new HolterError(
    'unreachable',
    `${address.origin} answers with status ${answer.status}: is a Holter of this version running there?`,
    { retryable: false },
  );
}

function read(address: URL, text: string): Explanation | NotFound {
  try {
    const body: unknown = JSON.parse(text);
    // Our own JSON: of the desk, or of a refusal with ids that could be meant.
    if (typeof body === 'object' && body !== null && ('points' in body || 'nearest' in body)) return body as Explanation | NotFound;
  } catch {
    // No JSON: another program.
  }
  throw new HolterError('unreachable', `what answers at ${address.origin} is no Holter, or one without explanations`, { retryable: false });
}

function isRefused(error: unknown): boolean {
  const cause = error instanceof Error ? error.cause : undefined;
  return typeof cause === 'object' && cause !== null && 'code' in cause && cause.code === 'ECONNREFUSED';
}

function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}

function pause(ms: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, ms);
  return promise;
}
