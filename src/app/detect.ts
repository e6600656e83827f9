// `holter detect`: recorded traces through the daemon's very detector.
import { judgeTrace, readTrace } from '#core/detect/detect.ts';
import type { DurationMs } from '#model/time.ts';
import { judgeTogether, type LabelledTrace, readLabelledTrace } from './detecttogether.ts';
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
  return eachTrace(options.input, readTrace, complain, (trace) =>
    write(`${JSON.stringify(judgeTrace(trace, options.falsePagesPerYear, options.graceMs))}\n`),
  );
}

/** Reads all traces first, since they are judged together; memory holds them. Else as `detectLines`. */
export async function detectTogether(
  options: DetectOptions,
  write: (text: string) => Promise<void>,
  complain: (line: number, message: string) => void,
): Promise<number> {
  const traces: LabelledTrace[] = [];
  const bad = await eachTrace(options.input, readLabelledTrace, complain, async (trace) => void traces.push(trace));
  const verdicts = judgeTogether(traces, { falsePagesPerYear: options.falsePagesPerYear, grace: options.graceMs });
  for (const verdict of verdicts) await write(`${JSON.stringify(verdict)}\n`);
  return bad;
}

type Read<T> = (line: unknown) => { readonly trace: T } | { readonly error: string };

/** Reads one trace a line and hands it on; gives the number of bad lines, which `complain` is told of. */
// oxlint-disable-next-line max-params -- one reader, several ways to use it
export async function eachTrace<T>(
  input: DetectOptions['input'],
  read: Read<T>,
  complain: (line: number, message: string) => void,
  take: (trace: T) => Promise<void>,
): Promise<number> {
  let bad = 0;
  for await (const line of readLines(input, lineLimitBytes)) {
    if ('text' in line && line.text.trim() === '') continue;
    const found = 'text' in line ? read(parse(line.text)) : { error: `the line is longer than ${lineLimitBytes} bytes` };
    if ('trace' in found) await take(found.trace);
    else {
      bad += 1;
      complain(line.number, found.error);
    }
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
