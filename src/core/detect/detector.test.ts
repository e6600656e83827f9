import { expect, describe as group, test } from 'vitest';
import { dayMs, hourMs, minuteMs, secondMs } from '#model/time.ts';
import { compile, type Detector, type DetectorState, describe, fresh, maintain, miss, observe, retune, tick } from './detector.ts';
import { average } from './evidence.ts';

const grace = minuteMs;
const usual = compile({ interval: 30 * secondMs, falsePagesPerYear: 1, grace });
const calm = '0'.repeat(5000);

/** Goes on with outcomes in the notation of traces. Returns the changes of state. */
function go(detector: Detector, state: DetectorState, outcomes: string): string[] {
  const { interval } = detector.settings;
  const start = Math.max(0, state.lastAt + interval);
  const changes: string[] = [];
  let shown = state.state;
  for (let i = 0; i < outcomes.length; i += 1) {
    const at = start + i * interval;
    if (outcomes[i] === '?') miss(detector, state, at);
    else observe(detector, state, outcomes[i] === '1', at, at % dayMs);
    if (state.state !== shown) changes.push(`${i} ${state.state}`);
    shown = state.state;
  }
  return changes;
}

/** A settled endpoint that never failed. */
function settled(detector: Detector = usual): DetectorState {
  const state = fresh();
  go(detector, state, calm);
  return state;
}

/** An endpoint that failed `share` of its probes for five days, evenly spread. */
function noisy(detector: Detector, every: number): DetectorState {
  const state = fresh();
  go(detector, state, `${'0'.repeat(every - 1)}1`.repeat(Math.round(14_400 / every)));
  return state;
}

/** Successes until an incident after these outcomes is over. */
function closing(outcomes: string): number {
  const state = settled();
  go(usual, state, outcomes);
  const change = go(usual, state, '0'.repeat(3000)).find((now) => now.endsWith(' up'));
  return Number(change?.split(' ')[0]);
}

group('page test', () => {
  test('one failing probe in five pages once, as intermittent', () => {
    const state = settled();
    expect(go(usual, state, '10000'.repeat(40))).toEqual(['10 intermittent']);
  });

  test('one failure, or one restart with two, never pages', () => {
    for (const blip of ['1', '11']) expect(go(usual, settled(), `${blip}${'0'.repeat(500)}`)).toEqual([]);
  });

  test('two lone failures never page, however close', () => {
    expect(go(usual, settled(), `101${'0'.repeat(500)}`)).toEqual([]);
  });

  test('evidence after one update is (w + R) L by hand', () => {
    const state = fresh();
    observe(usual, state, false, 0, 0);
    // Steady 50 %, of weight 1.5: (1.5 + 0)(1 - 0.5). Then a failure at a = 0.4 / 201, nearly, the bins being as unlike as they may be.
    expect(state.evidence[6]).toBe(0.75);
    observe(usual, state, true, 30 * secondMs, 30 * secondMs);
    const base = 0.4 / 201;
    const a = (base * 4) / (4 + base);
    expect((state.evidence[6] as number) / (2.25 * (1 + (0.5 * (1 - a)) / a))).toBeCloseTo(1, 6);
    // One episode was seen, which may be the first of a restart: c = 4 / (4 / exp(-30 / 43) + 1). Nothing is told for what goes on less.
    const goesOn = 4 / (4 / Math.exp(-30 / 43) + 1);
    const before = [...state.evidence];
    observe(usual, state, true, 60 * secondMs, 60 * secondMs);
    expect(state.evidence[4]).toBeCloseTo(1.5 + (before[4] as number), 9);
    expect(state.evidence[6]).toBeCloseTo((1.5 + (before[6] as number)) * (0.5 / goesOn), 6);
  });
});

group('down rule', () => {
  test('three failures in a row over the grace page as down, on an endpoint that never failed', () => {
    expect(go(usual, settled(), '111')).toEqual(['2 down']);
  });

  test('at 10 s probes a 60 s restart never pages, and 70 s of failures do', () => {
    const fast = compile({ interval: 10 * secondMs, falsePagesPerYear: 1, grace });
    expect(go(fast, settled(fast), `111111${'0'.repeat(100)}`)).toEqual([]);
    expect(go(fast, settled(fast), '1111111')).toEqual(['6 down']);
  });

  test('a longer grace forgives longer restarts', () => {
    const patient = compile({ interval: 30 * secondMs, falsePagesPerYear: 1, grace: 90 * secondMs });
    expect(go(patient, settled(patient), `111${'0'.repeat(100)}`)).toEqual([]);
    expect(go(patient, settled(patient), '1111')).toEqual(['3 down']);
  });

  test('an outage of 120 s always pages, whatever its phase: it holds four probes', () => {
    expect(go(usual, noisy(usual, 200), '1111')).toHaveLength(1);
  });

  test('a hole of more than two intervals ends a run of failures', () => {
    expect(go(usual, settled(), '11??1')).toEqual(['4 intermittent']);
    expect(go(usual, settled(), '11?1')).toEqual(['3 down']);
  });
});

group('recovery', () => {
  test('after hard down: recovering at the second success, then up, in one incident', () => {
    const changes = go(usual, settled(), `${'1'.repeat(100)}${'0'.repeat(300)}`);
    expect(changes.slice(0, 2)).toEqual(['2 down', '101 recovering']);
    expect(changes[2]).toMatch(/^10\d up$/u);
    expect(changes).toHaveLength(3);
  });

  test('a failure while recovering is intermittent, and nothing pages again', () => {
    const state = settled();
    expect(go(usual, state, '11111001')).toEqual(['2 down', '6 recovering', '7 intermittent']);
    expect(go(usual, state, '1100'.repeat(50)).filter((change) => change.endsWith('up'))).toEqual([]);
  });

  test('after three episodes "down" shows again only when a run lasts 10 minutes', () => {
    const state = settled();
    go(usual, state, '11100100100');
    expect(state.episodes).toBe(3);
    expect(go(usual, state, '1'.repeat(21)).at(-1)).toBe('20 down');
  });

  test('three episodes are intermittent, also where single successes part them', () => {
    const state = settled();
    expect(go(usual, state, '111101110')).toEqual(['2 down']);
    expect(go(usual, state, '1')).toEqual(['0 intermittent']);
  });

  test('a weak fault takes longer to be called over than a strong one', () => {
    const [strong, weak] = [closing('10'.repeat(60)), closing('00000000010000000000'.repeat(40))];
    expect(strong).toBeLessThan(40);
    expect(weak).toBeGreaterThan(2 * strong);
  });
});

group('time', () => {
  test('five intervals without a result are unknown; the incident stays open behind it', () => {
    const state = settled();
    go(usual, state, '111');
    const last = state.lastAt;
    expect(tick(usual, state, last + 149 * secondMs)).toBe(false);
    expect(tick(usual, state, last + 150 * secondMs)).toBe(true);
    expect([state.state, state.course]).toEqual(['unknown', 'down']);
    expect(tick(usual, state, last + 200 * secondMs)).toBe(false);
    observe(usual, state, true, last + 300 * secondMs, 0);
    expect(state.state).toBe('down');
  });

  test('a late, repeated or absurd result is dropped and changes nothing', () => {
    const state = settled();
    const before = JSON.stringify(state);
    for (const at of [state.lastAt, state.lastAt - 30 * secondMs, Number.NaN, -5, Number.POSITIVE_INFINITY]) {
      expect(observe(usual, state, true, at, 0)).toBe(false);
    }
    expect(JSON.stringify(state)).toBe(before);
  });

  test('a clock that was set costs one outcome, not the endpoint', () => {
    for (const jump of [-2 * hourMs, 800 * dayMs]) {
      const state = settled();
      const at = state.lastAt + jump;
      expect(observe(usual, state, true, at, 0)).toBe(false);
      expect(observe(usual, state, true, at + 30 * secondMs, 0)).toBe(true);
      expect(go(usual, state, '11')).toEqual(['1 down']);
    }
  });

  test('a time of day that makes no sense falls into some bin', () => {
    const state = fresh();
    for (const [i, timeOfDay] of [Number.NaN, -1, 1e300, dayMs].entries()) observe(usual, state, false, i * 30 * secondMs, timeOfDay);
    expect(state.binProbes.reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(state.binProbes).toHaveLength(12);
  });
});

group('maintenance', () => {
  test('inside nothing is learned or paged; failing on at its end pages one grace later', () => {
    const state = settled();
    maintain(usual, state, true, state.lastAt);
    const learned = JSON.stringify([state.binFailures, state.binProbes]);
    expect(go(usual, state, '1'.repeat(100))).toEqual([]);
    expect(JSON.stringify([state.binFailures, state.binProbes])).toBe(learned);
    expect(observe(usual, state, true, state.lastAt + 1, 0)).toBe(false);
    maintain(usual, state, false, state.lastAt);
    expect(go(usual, state, '111')).toEqual(['2 down']);
  });

  test('evidence from before is forgotten at the end', () => {
    const state = settled();
    go(usual, state, '1000010');
    maintain(usual, state, true, state.lastAt);
    maintain(usual, state, false, state.lastAt);
    expect(average(state.evidence)).toBe(0);
    expect(state.failures).toBe(0);
  });

  test('an incident open before may recover and close inside, and never gets worse', () => {
    const state = settled();
    go(usual, state, '10000'.repeat(40));
    maintain(usual, state, true, state.lastAt);
    expect(go(usual, state, '1'.repeat(50))).toEqual([]);
    expect(go(usual, state, '0'.repeat(300)).at(-1)).toMatch(/ up$/u);
  });
});

group('reload', () => {
  test('an interval change carries evidence, recovery and what was learned over', () => {
    const slow = compile({ interval: minuteMs, falsePagesPerYear: 1, grace });
    const state = settled();
    go(usual, state, '10000');
    const before = JSON.stringify(state);
    retune(usual, slow, state);
    expect(JSON.stringify(state)).toBe(before);
    expect(go(slow, state, '100001000010000').map((change) => change.split(' ')[1])).toEqual(['intermittent']);
  });

  test('a turned dial pages nobody by itself', () => {
    const strict = compile({ interval: 30 * secondMs, falsePagesPerYear: 0.1, grace });
    const loose = compile({ interval: 30 * secondMs, falsePagesPerYear: 20, grace });
    const state = settled(strict);
    go(strict, state, '1001');
    expect(average(state.evidence)).toBeGreaterThan(loose.threshold);
    retune(strict, loose, state);
    expect(average(state.evidence)).toBeLessThan(loose.threshold);
    expect(go(loose, state, '0')).toEqual([]);
    expect(go(loose, state, '001')).toHaveLength(1);
  });
});

group('what is told', () => {
  test('since is the first failure of the fault, to a few probes', () => {
    const state = settled();
    const start = state.lastAt + 30 * secondMs;
    go(usual, state, '10000'.repeat(20));
    expect(describe(usual, state).since).toBe(start);
  });

  test('while up the evidence stays below 1, and the failure rate is the learned one', () => {
    const state = noisy(usual, 500);
    const verdict = describe(usual, state);
    expect(verdict.state).toBe('up');
    expect(verdict.pattern).toBeUndefined();
    expect(verdict.evidenceRatio).toBeLessThan(1);
    expect(verdict.failureRate.mean).toBeCloseTo(0.002, 3);
    go(usual, state, '011');
    expect(describe(usual, state).evidenceRatio).toBeLessThan(1);
  });

  test('an open incident has a ratio of 1 or more, a rate and a pattern', () => {
    const state = settled();
    go(usual, state, '10000'.repeat(60));
    const verdict = describe(usual, state);
    expect(verdict.evidenceRatio).toBeGreaterThanOrEqual(1);
    expect(verdict.failureRate.low).toBeLessThan(0.2);
    expect(verdict.failureRate.high).toBeGreaterThan(0.2);
    expect([verdict.attempts, verdict.failures]).toEqual([300, 60]);
    expect(verdict.pattern?.kind).toBe('steady');
    expect(verdict.pattern?.share).toBeGreaterThan(0.8);
  });

  test('spells and gaps of bursts are those that were seen', () => {
    const state = settled();
    go(usual, state, `${'1'.repeat(6)}${'0'.repeat(24)}`.repeat(8));
    const { pattern } = describe(usual, state);
    expect(pattern?.kind).toBe('bursts');
    expect(pattern?.spellSeconds).toBe(180);
    expect(pattern?.gapSeconds).toBe(720);
  });

  test('hard down is called down', () => {
    const state = settled();
    go(usual, state, '1'.repeat(30));
    expect(describe(usual, state).pattern).toMatchObject({ kind: 'down' });
    expect(state.lastAt - state.since).toBe(29 * 30 * secondMs);
  });
});
