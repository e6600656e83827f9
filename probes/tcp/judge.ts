// Whether what came so far is what is waited for. Pure.
import type { Pattern } from '#prober/door.ts';

/** What an answer must be. */
export type Expectation =
  | { readonly kind: 'anywhere'; readonly pattern: Pattern }
  | { readonly kind: 'line'; readonly pattern: Pattern }
  | { readonly kind: 'exact'; readonly bytes: Buffer };

/** `more`: not decided yet. A number: well, with this many bytes. `wrong`: no further byte can make it well. */
export type Judgement = number | 'more' | 'wrong';

/** Judges what came since the last step. Looks at all of it: the caller bounds it. */
export function judgeAnswer(bytes: Buffer, expectation: Expectation): Judgement {
  if (expectation.kind === 'line') return judgeLine(bytes, expectation.pattern);
  if (expectation.kind === 'exact') return judgePrefix(bytes, expectation.bytes);
  return bytes.length > 0 && expectation.pattern.test(bytes.toString('utf8')) ? bytes.length : 'more';
}

/** A line ends with LF; a CR before it does not belong to it. */
function judgeLine(bytes: Buffer, pattern: Pattern): Judgement {
  const end = bytes.indexOf(0x0a);
  if (end < 0) return 'more';
  const length = end > 0 && bytes[end - 1] === 0x0d ? end - 1 : end;
  return pattern.test(bytes.toString('utf8', 0, length)) ? end + 1 : 'wrong';
}

function judgePrefix(bytes: Buffer, wanted: Buffer): Judgement {
  const length = Math.min(bytes.length, wanted.length);
  if (!bytes.subarray(0, length).equals(wanted.subarray(0, length))) return 'wrong';
  return length === wanted.length ? length : 'more';
}
