import { beforeEach, describe, expect, test } from 'vitest';
import type { ProbeResult } from '#model/result.ts';
import { failResult, okResult } from '../../tests/support/results.ts';
import { VirtualTime } from '../../tests/support/virtual-time.ts';
import { Gate, longestWait } from './gate.ts';
import type { SelfCheckOutcome } from './selfcheck.ts';

let time: VirtualTime;
let run: number;
let active: boolean;
let told: ProbeResult[];
let gate: Gate;
const never = new AbortController().signal;

beforeEach(() => {
  time = new VirtualTime();
  run = 0;
  active = true;
  told = [];
  gate = new Gate({
    clock: time.clock,
    timers: time.timers,
    vantage: 'oakland-dc',
    selfCheck: {
      get active() {
        return active;
      },
      want: () => run + 1,
    },
    isElsewhere: (endpoint) => endpoint.startsWith('far/'),
    feed: (results) => void told.push(...results),
  });
});

/** The next check ends. */
function check(ok: boolean, why = ok ? '' : 'gateway: no route to the host'): void {
  run += 1;
  const outcome: SelfCheckOutcome = { run, ok, startedAt: time.now - 100, endedAt: time.now, why };
  gate.settle(outcome);
}

const attempted = (more: { readonly duration?: number; readonly scheduledAt?: number }) => ({ duration: 0, ...more });
const failed = (endpoint: string, more: Parameters<typeof attempted>[0] = {}): ProbeResult =>
  failResult(endpoint, 'timeout', attempted(more));
const well = (endpoint: string, more: Parameters<typeof attempted>[0] = {}): ProbeResult => okResult(endpoint, attempted(more));
const words = (): readonly string[] => told.map((result) => `${result.endpoint} ${result.outcome === 'ok' ? 'ok' : result.reason}`);

describe('a failure', () => {
  test('counts as it is where the self-check is well', () => {
    gate.take(failed('ehr/fhir'), never);
    expect(told).toEqual([]);
    check(true);
    expect(words()).toEqual(['ehr/fhir timeout']);
  });

  test('is missing where the self-check fails too, and says what was seen and why it does not count', () => {
    gate.take({ ...failResult('ehr/fhir', 'timeout'), locked: true }, never);
    check(false);
    expect(told).toEqual([
      expect.objectContaining({
        outcome: 'fail',
        reason: 'internal',
        trouble: 'network',
        message: 'timeout, while the self-check of oakland-dc failed too (gateway: no route to the host)',
      }),
    ]);
    expect(told[0]).not.toHaveProperty('locked');
  });

  test('counts as it is when no check has ended within two seconds', async () => {
    gate.take(failed('ehr/fhir'), never);
    await time.advance(longestWait - 1);
    expect(told).toEqual([]);
    await time.advance(1);
    expect(words()).toEqual(['ehr/fhir timeout']);
    expect(time.pending).toBe(0);
  });

  test('waits for a check that began after it, not for one that was under way', () => {
    run = 4;
    gate.take(failed('ehr/fhir'), never);
    gate.settle({ run: 4, ok: false, startedAt: time.now - 500, endedAt: time.now, why: 'gateway: silent' });
    expect(told).toEqual([]);
    check(true);
    expect(words()).toEqual(['ehr/fhir timeout']);
  });

  test('does not wait where nothing is asked', () => {
    active = false;
    gate.take(failed('ehr/fhir'), never);
    expect(words()).toEqual(['ehr/fhir timeout']);
  });

  test('of our own needs no check to be missing', () => {
    gate.take({ ...failResult('ehr/fhir', 'internal') }, never);
    expect(words()).toEqual(['ehr/fhir internal']);
  });

  test('is missing while the latest check failed, also when the next finds the network back', async () => {
    check(false);
    await time.advance(3000);
    gate.take(failed('ehr/fhir', { duration: 1 }), never);
    check(true);
    gate.take(failed('ehr/oidc', { duration: 1 }), never);
    check(true);
    expect(words()).toEqual(['ehr/fhir internal', 'ehr/oidc timeout']);
  });

  test('is missing when a check failed while its attempt was under way, though the network is back when it ends', async () => {
    gate.take(failed('ehr/fhir'), never);
    check(false);
    await time.advance(1000);
    check(true);
    await time.advance(2000);
    // Its question went lost then; nothing tells of that but its deadline.
    gate.take(failed('ehr/dns', { duration: 5000 }), never);
    gate.take(failed('ehr/late', { duration: 2500 }), never);
    check(true);
    expect(words()).toEqual(['ehr/fhir internal', 'ehr/dns internal', 'ehr/late timeout']);
  });
});

describe('others', () => {
  test('are not held up by one that waits', () => {
    gate.take(failed('ehr/fhir'), never);
    gate.take(well('ehr/oidc'), never);
    expect(words()).toEqual(['ehr/oidc ok']);
    expect(gate.waiting).toBe(1);
  });

  test('of the same endpoint keep their order', () => {
    gate.take(failed('ehr/fhir', { scheduledAt: 1 }), never);
    gate.take(well('ehr/fhir', { scheduledAt: 2 }), never);
    gate.take({ ...failResult('ehr/fhir', 'internal'), scheduledAt: 3 }, never);
    gate.take(failed('ehr/fhir', { scheduledAt: 4 }), never);
    expect(told).toEqual([]);
    check(true);
    expect(told.map(({ scheduledAt }) => scheduledAt)).toEqual([1, 2, 3, 4]);
    gate.take(well('ehr/fhir', { scheduledAt: 5 }), never);
    expect(told).toHaveLength(5);
  });

  test('a good one behind a failure of the same endpoint stays good, whatever the check says', () => {
    gate.take(failed('ehr/fhir'), never);
    gate.take(well('ehr/fhir'), never);
    check(false);
    expect(words()).toEqual(['ehr/fhir internal', 'ehr/fhir ok']);
  });
});

describe('ten thousand failures of one moment', () => {
  test('share one check, leave in slices and in order, and nothing is kept of them', async () => {
    for (let i = 0; i < 10_000; i += 1) gate.take(failed(`ehr/${i}`, { scheduledAt: i }), never);
    expect(gate.waiting).toBe(10_000);
    expect(time.pending).toBe(1);
    check(false);
    const first = told.length;
    expect(first).toBeGreaterThan(0);
    expect(first).toBeLessThan(1000);
    // Meanwhile results of the same and of other endpoints come.
    gate.take(well('ehr/9999', { scheduledAt: 10_000 }), never);
    gate.take(well('lab/one', { scheduledAt: -1 }), never);
    expect(told.at(-1)?.scheduledAt).toBe(-1);
    await time.advance(0);
    expect(told.map(({ scheduledAt }) => scheduledAt).filter((at) => at >= 0)).toEqual(Array.from({ length: 10_001 }, (_, i) => i));
    expect(told.filter((result) => result.outcome === 'fail' && result.reason !== 'internal')).toEqual([]);
    expect(gate.waiting).toBe(0);
    expect(time.pending).toBe(0);
  });

  test('that nobody answers for count as they are after two seconds', async () => {
    for (let i = 0; i < 10_000; i += 1) gate.take(failed(`ehr/${i}`), never);
    await time.advance(longestWait);
    expect(words().filter((text) => text.endsWith('timeout'))).toHaveLength(10_000);
    expect(gate.waiting).toBe(0);
  });
});

describe('targets that do not answer while endpoints elsewhere do', () => {
  test('say nothing: a real outage is not swallowed by a wrong target', async () => {
    check(false);
    expect(gate.ill).toMatchObject({ why: 'gateway: no route to the host' });
    for (let i = 0; i < 3; i += 1) gate.take(well(`far/${i}`), never);
    expect(gate.isRefuted).toBe(true);
    expect(gate.ill).toBeUndefined();
    gate.take(failed('ehr/fhir'), never);
    check(false);
    expect(words().at(-1)).toBe('ehr/fhir timeout');
    // Old proof does not hold for ever.
    await time.advance(61_000);
    gate.take(failed('ehr/fhir'), never);
    check(false);
    expect(words().at(-1)).toBe('ehr/fhir internal');
  });

  test.each([
    ['on this machine', (i: number) => well(`near/${i}`)],
    ['that were asked before it failed', (i: number) => well(`far/${i}`, { duration: 60_000 })],
  ])('endpoints %s prove nothing', (_, result) => {
    check(false);
    for (let i = 0; i < 10; i += 1) gate.take(result(i), never);
    expect(gate.isRefuted).toBe(false);
    expect(gate.ill).toBeDefined();
  });
});

describe('the end', () => {
  test('what is taken out of the plan while it waits is no result any more', () => {
    const gone = new AbortController();
    gate.take(failed('ehr/fhir'), gone.signal);
    gate.take(failed('ehr/oidc'), never);
    gone.abort();
    check(true);
    expect(words()).toEqual(['ehr/oidc timeout']);
  });

  test('without targets any more nobody waits, and what they said is forgotten', () => {
    check(false);
    gate.take(well('ehr/fhir'), never);
    gate.open();
    gate.take(failed('ehr/fhir'), never);
    expect(gate.ill).toBeUndefined();
    check(true);
    expect(words()).toEqual(['ehr/fhir ok', 'ehr/fhir timeout']);
  });

  test('what waits when the process ends is recorded nowhere', async () => {
    gate.take(failed('ehr/fhir'), never);
    gate.close();
    await time.advance(longestWait);
    expect(told).toEqual([]);
    expect(time.pending).toBe(0);
  });
});
