// Writes families as one body without ever holding the event loop for long.
import { setImmediate } from 'node:timers/promises';
import { type Family, type Format, header, trailer } from './text.ts';

/** Longest stretch of work in one go, milliseconds; probes' timers run in between. */
const stretchMs = 8;
/** Characters that are gathered before they become bytes. Large pieces go back to the machine as a whole; small ones leave holes. */
const chunkLength = 524_288;

/** Lets others run whenever this has worked for a while. */
export class Pace {
  #since = performance.now();

  async rest(): Promise<void> {
    if (performance.now() - this.#since < stretchMs) return;
    await setImmediate();
    this.#since = performance.now();
  }
}

/** The families in a row, as bytes in pieces: one buffer of many megabytes would be one long copy. Not one instant's picture: values may change while it is written. */
export async function render(families: Iterable<Family>, format: Format, pace: Pace): Promise<readonly Buffer[]> {
  const chunks: Buffer[] = [];
  let text = '';
  for (const family of families) {
    text += header(family, format);
    for (const lines of family.lines()) {
      text += lines;
      if (text.length < chunkLength) continue;
      chunks.push(Buffer.from(text, 'utf8'));
      text = '';
      await pace.rest();
    }
  }
  chunks.push(Buffer.from(text + trailer(format), 'utf8'));
  return chunks;
}
