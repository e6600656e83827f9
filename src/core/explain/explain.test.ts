// Recorded results judged once more give what the engine said the first time, and looking ahead says what then happens.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProbeResult } from '#model/result.ts';
import { planOf } from '../../../tests/support/plan.ts';
import { epoch, failResult, okResult } from '../../../tests/support/results.ts';
import { installation, playRounds, roundsOf } from '../../../tests/support/rounds.ts';
import { createEngine, freshState, step } from '../engine.ts';
import { saveEndpoint, saveGroup } from '../state.ts';
import type { Engine } from '../watch.ts';
import { putBack, roundsToClose, type Saved, successesToClose } from './ahead.ts';
import { alternativesOf, lookAt, lookAtGroup, spacingOf, thresholdOf } from './look.ts';
import { endpointAlone, groupAlone } from './part.ts';
import { freshRound, type Point, type Recorded, type Replay, replayEndpoint, replayGroup } from './replay.ts';

const id = 'ehr/fhir';
const plan = planOf([
  { service: 'ehr', name: 'fhir' },
  { service: 'lab', name: 'hl7' },
]);
const engine = createEngine(plan);

function resultAt(index: number, failed: boolean, endpoint = id): ProbeResult {
  const times = { scheduledAt: epoch + index * 30_000, startedAt: epoch + index * 30_000 };
  return failed ? failResult(endpoint, 'reset', times) : okResult(endpoint, times);
}

/** What the engine makes of these outcomes: the record, and whether an incident was open after each. */
function live(outcomes: readonly boolean[]) {
  const state = freshState(engine);
  const open: boolean[] = [];
  const records = outcomes.flatMap((failed, index): Recorded[] => {
    const events = step(engine, state, { type: 'result', result: resultAt(index, failed) });
    open.push(state.endpoints.get(id)?.detector.course !== 'up');
    return events.filter((event) => event.type === 'result');
  });
  return { state, records, open };
}

function alone(): Engine {
  const part = endpointAlone(engine, id);
  if (part === undefined) throw new Error('the plan has the endpoint');
  return part;
}

function stateFrom(part: Engine, saved: readonly Saved[]): Replay {
  const replay = { engine: part, state: freshState(part) };
  putBack(replay, saved);
  return replay;
}

function replayed(records: readonly Recorded[]): { readonly points: readonly Point[]; readonly state: ReturnType<typeof freshState> } {
  const part = alone();
  const state = freshState(part);
  return { points: [...replayEndpoint({ engine: part, state }, id, records)], state };
}

/** Well, then ill with this rate, drawn by fast-check. */
const courses = fc
  .tuple(fc.integer({ min: 20, max: 200 }), fc.array(fc.boolean(), { minLength: 5, maxLength: 80 }))
  .map(([well, ill]) => [...Array.from({ length: well }, () => false), ...ill]);

describe('one endpoint', () => {
  test('the replay opens and closes at the very probes of the first time', () => {
    fc.assert(
      fc.property(courses, (outcomes) => {
        const { records, open } = live(outcomes);
        expect(replayed(records).points.map((point) => point.open)).toEqual(open);
      }),
      { numRuns: 60 },
    );
  });

  test('while up there is evidence, while open there is recovery, and neither is below zero', () => {
    fc.assert(
      fc.property(courses, (outcomes) => {
        for (const { open, evidence, recovery } of replayed(live(outcomes).records).points) {
          expect([evidence === null, recovery === null]).toEqual([open, !open]);
          expect(evidence ?? recovery).toBeGreaterThanOrEqual(0);
        }
      }),
      { numRuns: 40 },
    );
  });

  test('so many successes as it says close the incident, and not one less', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 10, maxLength: 60 }), (ill) => {
        const outcomes = [...Array.from({ length: 100 }, () => false), ...ill, true, false, true, true];
        const { state } = live(outcomes);
        const needed = successesToClose(stateFrom(alone(), [{ endpoint: id, state: saveEndpoint(state, id) }]), id);
        expect(needed).toBeDefined();
        const run = Array.from({ length: needed ?? 0 }, () => false);
        expect(live([...outcomes, ...run]).open.at(-1)).toBe(false);
        if (run.length > 0) expect(live([...outcomes, ...run.slice(1)]).open.at(-1)).toBe(true);
      }),
      { numRuns: 25 },
    );
  });

  test('the alternatives share out one, and name the rate of a fault of one in two', () => {
    const outcomes = [
      ...Array.from({ length: 300 }, () => false),
      ...Array.from({ length: 60 }, (_, index) => [1, 2, 5].includes(index % 6)),
    ];
    const { state } = replayed(live(outcomes).records);
    const alternatives = alternativesOf(state, id);
    expect(alternatives.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1, 6);
    expect(alternatives[0]?.kind).toBe('steady');
    expect(alternatives[0]?.rate).toBeGreaterThan(0.35);
    expect(alternatives[0]?.rate).toBeLessThan(0.65);
    expect(alternativesOf(freshState(engine), id)).toEqual([]);
  });

  test('maintenance and missing probes are told as such, and count for nothing', () => {
    const records: Recorded[] = Array.from({ length: 60 }, (_, index) => ({
      result: resultAt(index, index >= 20),
      counted: index < 20 || index >= 50,
      maintenance: index >= 20 && index < 40,
    }));
    const { points } = replayed(records);
    expect(points.map(({ outcome }) => outcome[0]).join('')).toBe(`${'o'.repeat(20)}${'m'.repeat(30)}${'f'.repeat(10)}`);
    expect(points.slice(0, 50).some(({ open }) => open)).toBe(false);
    expect(points[45]).toMatchObject({ outcome: 'missing', failures: 0 });
    expect(points.at(-1)?.open).toBe(true);
  });

  test('what the plan does not have is not there', () => {
    expect(endpointAlone(engine, 'none')).toBeUndefined();
    expect(groupAlone(engine, 'none', () => true)).toBeUndefined();
    expect(lookAt(engine, freshState(engine), 'none')).toBeUndefined();
    expect(lookAtGroup(engine, freshState(engine))).toBeUndefined();
    expect(successesToClose({ engine, state: freshState(engine) }, 'none')).toBeUndefined();
    expect([
      ...replayEndpoint({ engine, state: freshState(engine) }, 'none', [{ result: resultAt(0, false), counted: true, maintenance: false }]),
    ]).toEqual([]);
  });

  test('threshold and spacing are those of its detector', () => {
    expect(thresholdOf(engine, id)).toBe(engine.watches.get(id)?.detector.threshold);
    expect(spacingOf(engine, id)).toBe(30_000);
  });
});

describe('a group', () => {
  const whole = installation(3);
  const group = 'dependency/network';

  /** An hour well, then every third probe of each member fails for a while. */
  function story(rounds: number) {
    const play = roundsOf(whole);
    playRounds(play, 120, () => false);
    let turn = 0;
    playRounds(play, rounds, () => {
      turn += 1;
      return turn % 3 === 0;
    });
    return play;
  }

  test('the replay opens in the round in which the group was found', () => {
    const play = story(40);
    const found = play.events.find((event) => event.type === 'incident' && event.incident.scope.level !== 'endpoint');
    if (found?.type !== 'incident') throw new Error('a group is found');
    const scope = `${found.incident.scope.level}/${found.incident.scope.name}`;
    const part = groupAlone(play.engine, scope, () => true);
    if (part === undefined) throw new Error('the plan has the group');
    const records = play.events.filter((event) => event.type === 'result');
    const state = freshState(part);
    const points = [...replayGroup({ engine: part, state }, freshRound(), records)].filter((point) => point !== undefined);
    const opened = points.find((point) => point.open);
    expect(Math.abs((opened?.at ?? 0) - found.at)).toBeLessThanOrEqual(60_000);
    expect(points.reduce((sum, { failures }) => sum + failures, 0)).toBeGreaterThan(100);
    expect(thresholdOf(part, `*${scope}`)).toBe(part.groups[0]?.test.threshold);
  });

  test('so many rounds without a failure as it says close it', () => {
    const play = story(40);
    const record = play.state.groups.find(({ course }) => course?.resolvedAt === null);
    if (record === undefined) throw new Error('a group is open');
    const part = groupAlone(play.engine, record.id, () => true);
    if (part === undefined) throw new Error('the plan has the group');
    const saved = [
      { endpoint: `*${record.id}`, state: saveGroup(play.state, record.id) },
      ...[...part.watches.keys()].map((endpoint) => ({ endpoint, state: saveEndpoint(play.state, endpoint) })),
    ];
    const ahead = roundsToClose(stateFrom(part, saved), play.at);
    let next = ahead.next();
    while (next.done !== true) next = ahead.next();
    const rounds = next.value ?? 0;
    expect(rounds).toBeGreaterThan(10);
    playRounds(play, rounds - 3, () => false);
    expect(record.course?.resolvedAt).toBeNull();
    playRounds(play, 5, () => false);
    expect(record.course?.resolvedAt).not.toBeNull();
  });

  test('members that are not named are left out', () => {
    const part = groupAlone(createEngine(whole), group, (member) => member.startsWith('network/'));
    expect([...(part?.watches.keys() ?? [])].every((member) => member.startsWith('network/'))).toBe(true);
    expect(part?.groups[0]?.members).toHaveLength(6);
  });
});
