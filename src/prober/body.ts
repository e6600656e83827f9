// From bytes to text, by what the answer says of itself.
import { TextDecoder } from 'node:util';

const decoders = new Map<string, TextDecoder>();
const mostDecoders = 64;

/** The body as text: in the charset of the content type, else UTF-8. Never throws; wrong bytes become U+FFFD. A byte order mark is left out. */
export function decodeBody(body: Buffer, contentType: string): string {
  const charset = /;\s*charset="?([\w.:-]{1,40})/i.exec(contentType.slice(0, 1000))?.[1] ?? 'utf-8';
  return decoderOf(charset.toLowerCase()).decode(body);
}

function decoderOf(charset: string): TextDecoder {
  const known = decoders.get(charset);
  if (known !== undefined) return known;
  const made = makeDecoder(charset);
  if (decoders.size < mostDecoders) decoders.set(charset, made);
  return made;
}

function makeDecoder(charset: string): TextDecoder {
  try {
    return new TextDecoder(charset);
  } catch {
    // RangeError: a label that nobody knows.
    return new TextDecoder();
  }
}
