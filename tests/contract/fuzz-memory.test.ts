// Thousands of attempts that met ill answers leave nothing behind in memory.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Behaviour, endWhenQuiet, hang, politely, type Step, script, startHostile } from '../support/far-ends/stream.ts';
import { fuzzTimeoutMs, quietMs } from './fuzz.ts';
import { attemptParsed, networked, retarget, speaksTls } from './harness.ts';
import { fragments } from './hostile.ts';

/** Bytes an attempt. One object of an attempt that stays is about a thousand, an answer twenty thousand. */
const mostKept = 300;
const answerBytes = 20_000;
const warmUp = 100;
const casesEach = 300;

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
  const answers = answersOf(casesEach);
  await play(answers.slice(0, warmUp));
  const before = await used();
  const attempts = await play(answers);
  const kept = ((await used()) - before) / attempts;
  await far.close();
  // They are there from before to after.
  expect(answers).toHaveLength(casesEach);
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

/** Bytes in use once nothing more goes away: what is closed, and what finalizers of one collection let go, goes with a later one. */
async function used(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  let least = Number.POSITIVE_INFINITY;
  for (let still = 0; still < 5; ) {
    await new Promise((settle) => setTimeout(settle, 200));
    collect();
    const { heapUsed, external } = process.memoryUsage();
    still = heapUsed + external > least - stillBytes ? still + 1 : 0;
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

const stillBytes = 20_000;
