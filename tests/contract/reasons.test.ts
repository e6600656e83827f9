// Every mode of every far end gives its reason, and every reason that a kind declares can be provoked.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Simulator } from '#model/simulator.ts';
import { type FrozenListener, startFrozenListener } from '../support/far-ends/frozen.ts';
import { eventually } from '../support/far-ends/listen.ts';
import { attempt, found, retarget, type Subject, subjects } from './harness.ts';

/** For modes that end by themselves: never what a test is about. */
const generousMs = 10_000;
/** For modes that hang: long enough to come to the point where they do, on a machine that is busy. */
const hangingMs = 1200;

/** Faults of the way to the far end, which no far end can have: where they are, the reason, and whether only TCP shows them. */
const ways: readonly { readonly name: string; readonly reason: string; readonly address: () => string; readonly stream: boolean }[] = [
  // Longer than a label may be: no resolver is asked.
  { name: 'a name that cannot exist', reason: 'dns', address: () => `${'a'.repeat(64)}.invalid:9`, stream: false },
  // The kernel has no route for a connection to a group of hosts: no packet leaves.
  { name: 'an address without a route', reason: 'unreachable', address: () => '224.0.0.1:9', stream: true },
  { name: 'a listener that takes no more', reason: 'connect_timeout', address: () => `127.0.0.1:${frozen.port}`, stream: true },
];

let frozen: FrozenListener;
beforeAll(async () => {
  frozen = await startFrozenListener();
});
afterAll(() => frozen.close());

describe.each(subjects)('$name', ({ kind, simulator }) => {
  test.concurrent.each(Object.entries(simulator.modes))('mode %s gives %s, and leaves no connection', async (mode, expected) => {
    const far = await simulator.start();
    try {
      far.behave(mode);
      const hangs = expected === 'timeout' || expected === 'tls';
      const result = await attempt(kind, far.options, hangs ? hangingMs : generousMs);
      expect(`${found(result)} ${result.outcome === 'ok' ? '' : result.message}`).toMatch(new RegExp(`^${expected} `));
      await eventually(() => far.connections() === 0, 'no connection is open');
    } finally {
      await far.close();
    }
  });

  test('it starts well, and becomes well again after any other mode', async () => {
    const far = await simulator.start();
    expect(found(await attempt(kind, far.options, generousMs))).toBe('ok');
    for (const mode of Object.keys(simulator.modes)) {
      far.behave(mode);
      far.behave('well');
      expect(`${mode}: ${found(await attempt(kind, far.options, generousMs))}`).toBe(`${mode}: ok`);
    }
    await far.close();
  });

  test('a mode that it does not have is refused', async () => {
    const far = await simulator.start();
    expect(() => far.behave('no such mode')).toThrow(/no /);
    await far.close();
  });

  test.concurrent.each(waysTo(simulator))('$name gives $reason', async ({ reason, address, stream }) => {
    const far = await simulator.start();
    const options = { ...far.options, ...(stream && simulator.overStream) };
    await far.close();
    expect(found(await attempt(kind, retarget(options, { address: address() }), hangingMs))).toBe(reason);
  });
});

const byKind = Map.groupBy(subjects, (subject) => subject.kind.kind);

test.each([...byKind])('%s declares the reasons that its far ends and the way to them provoke, and no others', (_, same) => {
  const provoked = new Set([...same.flatMap(modesOf), ...same.flatMap(({ simulator }) => waysTo(simulator)).map((way) => way.reason)]);
  provoked.delete('ok');
  // Where nothing but datagrams is spoken, no far end and no address of loopback shows a missing route.
  if (same.every(({ simulator }) => simulator.way === 'datagram' && simulator.overStream === undefined)) provoked.add('unreachable');
  expect([...new Set(same.flatMap(({ kind }) => kind.reasons))].toSorted()).toEqual([...provoked].toSorted());
});

/** The ways that can fail on the way to this far end. */
function waysTo({ way = 'stream', overStream }: Simulator): typeof ways {
  if (way === 'process') return [];
  return way === 'stream' || overStream !== undefined ? ways : ways.filter(({ stream }) => !stream);
}

function modesOf({ simulator }: Subject): readonly string[] {
  return Object.values(simulator.modes);
}
