// `holter detect`: recorded traces through the daemon's very detector.
import { judgeTrace, readTrace } from '#core/detect/detect.ts';
import type { DurationMs } from '#model/time.ts';
import { readLines } from './lines.ts';

export interface DetectOptions {
  readonly input: AsyncIterable<Buffer>;
  /** Allowed for each trace. */
  readonly falsePagesPerYear: number;
  readonly graceMs: DurationMs;
}

/** Longest line that is read: 256 MiB, some 250 million outcomes. */
const lineLimitBytes = 256 * 1024 * 1024;

/**
 * Judges each line as it comes; `write` waits for the reader, so memory holds one line. Bad lines are told by `complain` with their number
 * and skipped. Gives the number of bad lines.
 */
export async function detectLines(
  options: DetectOptions,
  write: (text: string) => Promise<void>,
  complain: (line: number, message: string) => void,
): Promise<number> {
  let bad = 0;
  for await (const line of readLines(options.input, lineLimitBytes)) {
    if ('text' in line && line.text.trim() === '') continue;
    const read = 'text' in line ? readTrace(parse(line.text)) : { error: `the line is longer than ${lineLimitBytes} bytes` };
    if ('error' in read) {
      bad += 1;
      complain(line.number, read.error);
      continue;
    }
    await write(`${JSON.stringify(judgeTrace(read.trace, options.falsePagesPerYear, options.graceMs))}\n`);
  }
  return bad;
}

/** The value of a line; undefined, which is no trace, where it is not JSON. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
