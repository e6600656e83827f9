// Thousands of attempts that met ill answers leave nothing behind in memory.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Behaviour, endWhenQuiet, hang, politely, type Step, script, startHostile } from '../support/far-ends/stream.ts';
import { fuzzTimeoutMs, quietMs } from './fuzz.ts';
import { attemptParsed, networked, retarget, speaksTls } from './harness.ts';
import { fragments } from './hostile.ts';

/** Bytes an attempt; what is compiled on the way counts too. The answers are twenty thousand: one that stays in twenty shows. */
const mostKept = 1000;
const answerBytes = 20_000;
const warmUp = 60;
const casesEach = 200;

test('after thousands of ill answers the heap is as large as before', { timeout: 300_000 }, async () => {
  let current: Behaviour = hang;
  const far = await startHostile(
    politely((socket, end) => {
      endWhenQuiet(socket, quietMs);
      current(socket, end);
    }),
  );
  const plain = networked
    .filter(({ options }) => !speaksTls(options))
    .map(({ kind, options, simulator }) => {
      const elsewhere = { address: `127.0.0.1:${far.port}` };
      return { kind, parsed: kind.options.parse(retarget({ ...options, ...simulator.overStream }, elsewhere)) };
    });
  const play = async (answers: readonly Step[][]): Promise<number> => {
    for (const { kind, parsed } of plain) {
      for (let at = 0; at < answers.length; at += 10) {
        await Promise.all(
          answers.slice(at, at + 10).map((steps) => {
            current = script(steps);
            return attemptParsed(kind, parsed, fuzzTimeoutMs);
          }),
        );
      }
    }
    return answers.length * plain.length;
  };
  await play(answersOf(warmUp));
  const before = await used();
  const attempts = await play(answersOf(casesEach));
  const kept = ((await used()) - before) / attempts;
  await far.close();
  expect(attempts).toBeGreaterThan(1000);
  expect(kept).toBeLessThan(mostKept);
});

/** True beginnings, then as much of anything. */
function answersOf(count: number): readonly Step[][] {
  const answer = fc
    .tuple(fc.constantFrom(...fragments), fc.uint8Array({ minLength: 1, maxLength: 100 }))
    .map(([beginning, bytes]): Step[] => [
      { do: 'send', bytes: Buffer.concat([beginning, Buffer.alloc(answerBytes, bytes)]) },
      { do: 'close' },
    ]);
  return fc.sample(answer, { numRuns: count, seed: 20_261_125 });
}

/** Bytes in use once what was closed has gone: a second collection takes what the finalizers of the first one let go. */
async function used(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  for (let time = 0; time < 3; time += 1) {
    await new Promise((settle) => setTimeout(settle, 150));
    collect();
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
