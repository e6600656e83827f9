// Progress is told now and then: over itself on a terminal, in lines elsewhere.
import { expect, test } from 'vitest';
import { Progress } from './progress.ts';

function shown(isTTY: boolean) {
  const written: string[] = [];
  const clock = { now: 0, monotonic: () => clock.now };
  const progress = new Progress({ isTTY, write: (text) => written.push(text) }, clock);
  for (let second = 0; second < 12; second += 1) {
    clock.now = second * 1000;
    progress.show(`at ${second}`);
    progress.show('too soon');
  }
  progress.end();
  progress.end();
  return written;
}

test('elsewhere a line every five seconds', () => expect(shown(false)).toEqual(['at 5\n', 'at 10\n']));

test('on a terminal over itself, cleared at the end', () => {
  const written = shown(true);
  expect(written.slice(0, 2)).toEqual(['\r\u001B[Kat 1', '\r\u001B[Kat 2']);
  expect(written.slice(-2)).toEqual(['\r\u001B[Kat 11', '\r\u001B[K']);
});
