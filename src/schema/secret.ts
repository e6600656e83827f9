// A value that is never shown: the first fence. Log redaction is only the second.
import { createHash } from 'node:crypto';
import { inspect } from 'node:util';

const hidden = '***';

/** Holds a secret text. `toString`, JSON and inspection give `***`; only `reveal()` gives the text. */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself. Call it at the last moment, never keep or log what it gives. */
  reveal(): string {
    return this.#text;
  }

  /** SHA-256 of the text: tells that a secret changed without showing it. */
  digest(): string {
    return createHash('sha256').update(this.#text).digest('hex');
  }

  toString(): string {
    return hidden;
  }

  toJSON(): string {
    return hidden;
  }

  [inspect.custom](): string {
    return hidden;
  }
}
