// Lines of a byte stream, bounded: a line may be hundreds of megabytes of outcomes, but not without end.

const newline = 0x0a;

/** One line, or the place where one was longer than the bound (it is skipped up to its end). */
export type Line = { readonly number: number; readonly text: string } | { readonly number: number; readonly tooLong: true };

/** Splits at \n (a final \r is cut). Holds at most `limitBytes` of one line. */
export async function* readLines(input: AsyncIterable<Buffer>, limitBytes: number): AsyncGenerator<Line> {
  let parts: Buffer[] = [];
  let held = 0;
  let number = 1;
  const finish = (): Line => {
    const line: Line =
      held > limitBytes ? { number, tooLong: true } : { number, text: Buffer.concat(parts).toString('utf8').replace(/\r$/, '') };
    parts = [];
    held = 0;
    number += 1;
    return line;
  };
  const hold = (part: Buffer): void => {
    held += part.length;
    if (held <= limitBytes) parts.push(part);
    else parts = [];
  };
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(newline); end >= 0; end = chunk.indexOf(newline, start)) {
      hold(chunk.subarray(start, end));
      start = end + 1;
      yield finish();
    }
    if (start < chunk.length) hold(chunk.subarray(start));
  }
  if (held > 0) yield finish();
}
