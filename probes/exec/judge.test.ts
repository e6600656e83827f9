// Output by the Monitoring Plugins Development Guidelines.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { judge, readOutput } from './judge.ts';

test.each<[string, string, Record<string, number>]>([
  ['PING OK - rta 0.5 ms|rta=0.5ms;100;500;0 pl=20%;5;10;0', 'PING OK - rta 0.5 ms', { rta: 0.0005, pl: 0.2 }],
  ["DISK OK - free | '/var/my disk'=2643MB;5948;5958;0;5968", 'DISK OK - free', { '/var/my disk': 2_643_000_000 }],
  ["it's | 'it''s'=1", "it's", { "it's": 1 }],
  ['two lines | a=1\nmore\nlast | b=2s c=3c', 'two lines', { a: 1, b: 2, c: 3 }],
  ['no figures', 'no figures', {}],
  ['unknown unit | a=1parsec b=-2', 'unknown unit', { b: -2 }],
  ['undetermined | a=U', 'undetermined', {}],
  [`more digits than a number has | a=${'9'.repeat(400)} b=1`, 'more digits than a number has', { b: 1 }],
  ['', '', {}],
])('%j', (stdout, text, figures) => {
  const said = readOutput(stdout);
  expect(said.text).toBe(text);
  expect([...said.figures.keys()]).toEqual(Object.keys(figures));
  for (const [label, value] of said.figures) expect(value).toBeCloseTo(figures[label] ?? Number.NaN, 9);
});

test('any output is read without an error, in bounds', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 2000 }), (stdout) => {
      const said = readOutput(stdout);
      expect(said.text.length).toBeLessThanOrEqual(160);
      for (const value of said.figures.values()) expect(value).not.toBeNaN();
    }),
  );
});

const end = (status: number | null) => ({ status, stdout: '', stderr: '' });
const said = { text: 'QUEUE', figures: new Map<string, number>() };
test.each([
  [0, 'ok', undefined],
  [1, 'ok', undefined],
  [1, 'fail', { reason: 'rejected', message: 'warning: QUEUE' }],
  [2, 'ok', { reason: 'rejected', message: 'critical: QUEUE' }],
  [3, 'ok', 'the plug-in cannot tell: QUEUE'],
  [126, 'ok', { reason: 'protocol', message: 'status 126 is none that a plug-in may end with' }],
  [null, 'ok', { reason: 'protocol', message: 'the program was ended by a signal' }],
] as const)('status %s where a warning is %s', (status, warning, expected) => {
  expect(judge(end(status), said, warning)).toEqual(expected);
});
