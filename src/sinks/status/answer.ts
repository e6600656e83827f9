// Long answers: written piece by piece so that no list holds the event loop, and shared by those who ask at once.
import { Readable } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import type { FastifyReply } from 'fastify';
import type { Clock, EpochMs } from '#model/time.ts';

/** Askers within this time of one another get the same answer. */
const sharedForMs = 1000;
/** Longest stretch of work in one go, milliseconds. */
const stretchMs = 8;
/** Characters that are gathered before they become bytes. */
const chunkLength = 65_536;

export type Pieces = readonly Uint8Array[];

/** Keeps the last answer of each name for a second. The names are the routes: few. */
export class SharedAnswers {
  readonly #clock: Clock;
  readonly #answers = new Map<string, { readonly at: EpochMs; readonly pieces: Promise<Pieces> }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get(name: string, make: () => Promise<Pieces>): Promise<Pieces> {
    const now = this.#clock.monotonic();
    const known = this.#answers.get(name);
    if (known !== undefined && now - known.at < sharedForMs) return known.pieces;
    const pieces = make();
    this.#answers.set(name, { at: now, pieces });
    return pieces;
  }
}

/** The parts in a row, as bytes. */
export async function inPieces(parts: Iterable<string>): Promise<Pieces> {
  const pieces: Uint8Array[] = [];
  let text = '';
  let since = performance.now();
  for (const part of parts) {
    text += part;
    if (text.length >= chunkLength) {
      pieces.push(Buffer.from(text, 'utf8'));
      text = '';
    }
    if (performance.now() - since > stretchMs) {
      await setImmediate();
      since = performance.now();
    }
  }
  pieces.push(Buffer.from(text, 'utf8'));
  return pieces;
}

/** `{"system":…,"name":[…]}`, one item at a time. */
export function* listParts(facts: Readonly<Record<string, string>>, name: string, items: Iterable<object>): Iterable<string> {
  yield `${JSON.stringify(facts).slice(0, -1)},${JSON.stringify(name)}:[`;
  let separator = '\n';
  for (const item of items) {
    yield separator + JSON.stringify(item);
    separator = ',\n';
  }
  yield '\n]}\n';
}

/** Sends pieces without copying them together; a client that reads slowly holds nothing but a reference. */
export function sendPieces(reply: FastifyReply, type: string, pieces: Pieces): FastifyReply {
  const length = pieces.reduce((sum, piece) => sum + piece.length, 0);
  return reply.type(type).header('content-length', length).send(Readable.from(pieces));
}
