import { beforeEach, describe, expect, test } from 'vitest';
import type { Incident, IncidentEventKind } from '#model/incident.ts';
import type { EndpointPlan } from '#model/plan.ts';
import type { State } from '#model/verdict.ts';
import { planOf } from '../../../tests/support/plan.ts';
import { epoch, failResult, incidentOf, okResult, resultEvent, verdictOf } from '../../../tests/support/results.ts';
import { Board } from './board.ts';

const norcal = { service: 'ehr', name: 'fhir', region: 'norcal' };
const socal = { service: 'ehr', name: 'fhir', region: 'socal' };
const id = 'ehr/fhir/norcal';
const plan = planOf([norcal, socal]);

let states: Map<string, State>;
let board: Board;
/** What the engine has open. */
let now: Incident[] = [];

beforeEach(() => {
  states = new Map();
  now = [];
  board = new Board({
    plan,
    verdict: (endpoint) => {
      const state = states.get(endpoint);
      return state === undefined ? undefined : verdictOf(endpoint, { state });
    },
    openIncidents: () => now,
    vantage: () => ({ state: 'ok', since: null, why: '', targets: [], missing: {} }),
  });
});

function planned(endpoint: string): EndpointPlan {
  const found = plan.endpoints.find((candidate) => candidate.id === endpoint);
  if (found === undefined) throw new Error(`${endpoint} is not planned`);
  return found;
}

function at(onset: number, more: Partial<Incident> = {}): Incident {
  return incidentOf(planned(id), { id: `i${onset}`, since: epoch + onset, ...more });
}

function step(incident: Incident, kind: IncidentEventKind, why?: string): void {
  board.accept({ type: 'incident', id: `${incident.id}#1`, at: epoch, kind, incident, ...(why === undefined ? {} : { why }) });
}

describe('an endpoint', () => {
  test('shows the last sixty outcomes, newest last, and marks what did not count', () => {
    expect(board.endpoint(id)?.strip).toBe('');
    board.accept(resultEvent(okResult(id)));
    board.accept(resultEvent(failResult(id, 'reset')));
    board.accept(resultEvent(failResult(id, 'internal'), { counted: false }));
    expect(board.endpoint(id)?.strip).toBe('01?');
    for (let count = 0; count < 70; count += 1) board.accept(resultEvent(okResult(id)));
    board.accept(resultEvent(failResult(id, 'timeout')));
    expect(board.endpoint(id)?.strip).toBe(`${'0'.repeat(59)}1`);
  });

  test('shows its last ten results, newest first', () => {
    for (let minute = 0; minute < 25; minute += 1) board.accept(resultEvent(okResult(id, { startedAt: epoch + minute * 60_000 })));
    board.accept(resultEvent(failResult(id, 'reset', { startedAt: epoch + 25 * 60_000, duration: 1500 })));
    const results = board.endpoint(id)?.results ?? [];
    expect(results).toHaveLength(10);
    expect(results[0]).toEqual({
      at: '2027-01-15T08:25:00.000Z',
      outcome: 'fail',
      reason: 'reset',
      message: 'made to fail: reset',
      duration_seconds: 1.5,
      counted: true,
    });
    expect(results.at(-1)?.at).toBe('2027-01-15T08:16:00.000Z');
  });

  test('is unknown as long as the engine does not know it', () => {
    expect(board.endpoint(id)).toMatchObject({ state: 'unknown', since: null, verdict: null, last: null });
    states.set(id, 'up');
    expect(board.endpoint(id)).toMatchObject({ state: 'up', since: '2027-01-15T08:00:00.000Z' });
  });

  test('names its open incidents', () => {
    step(incidentOf(planned(id)), 'opened');
    step(incidentOf(planned('ehr/fhir/socal')), 'opened');
    expect(board.endpoint(id)?.incidents).toEqual([incidentOf(planned(id)).id]);
  });

  test('that is not planned is not there, and its results are left aside', () => {
    board.accept(resultEvent(okResult('ehr/fhir/nowhere')));
    expect(board.endpoint('ehr/fhir/nowhere')).toBeUndefined();
    expect([...board.endpoints()].map((endpoint) => endpoint.id)).toEqual([id, 'ehr/fhir/socal']);
  });
});

describe('services', () => {
  test('roll up by region and over all', () => {
    states.set(id, 'down').set('ehr/fhir/socal', 'up');
    const [ehr] = [...board.services()];
    expect(ehr?.state).toBe('intermittent');
    expect(ehr?.regions.map(({ region, state }) => [region, state])).toEqual([
      ['norcal', 'down'],
      ['socal', 'up'],
    ]);
  });
});

describe('incidents', () => {
  test('come open first, newest onset first, then the resolved ones, latest first', () => {
    step(at(1), 'opened');
    step(at(3), 'opened');
    step(at(2), 'opened');
    step(at(5, { state: 'resolved', resolvedAt: epoch + 9 }), 'resolved');
    step(at(1, { state: 'resolved', resolvedAt: epoch + 10 }), 'resolved');
    expect([...board.incidents()].map((incident) => incident.id)).toEqual(['i3', 'i2', 'i1', 'i5']);
    expect(board.openIncidents().map((incident) => incident.id)).toEqual(['i3', 'i2']);
  });

  test('tell their course, at most the last fifty steps', () => {
    const incident = incidentOf(planned(id));
    step(incident, 'opened');
    step(incident, 'worsened', 'because');
    expect(board.incident(incident.id)?.course.map(({ event, why }) => [event, why])).toEqual([
      ['opened', ''],
      ['worsened', 'because'],
    ]);
    for (let count = 0; count < 100; count += 1) step(incident, 'reminder');
    expect(board.incident(incident.id)?.course).toHaveLength(50);
  });

  test('that are open show what the engine believes now, resolved ones what it believed then', () => {
    const incident = incidentOf(planned(id));
    step(incident, 'opened');
    now = [{ ...incident, verdict: { ...incident.verdict, state: 'recovering' }, reasons: { tls: 7 } }];
    expect(board.incident(incident.id)).toMatchObject({ verdict: { state: 'recovering' }, reasons: { tls: 7 } });
    expect([...board.incidents()][0]).toMatchObject({ verdict: { state: 'recovering' } });
    step({ ...incident, state: 'resolved' }, 'resolved');
    expect(board.incident(incident.id)).toMatchObject({ verdict: { state: 'intermittent' } });
  });

  test('of before the start are taken over', () => {
    board.restore([incidentOf(planned(id))]);
    expect([...board.incidents()]).toHaveLength(1);
  });

  test('that are resolved are forgotten beyond a hundred, open ones never', () => {
    step(incidentOf(planned(id), { id: 'open' }), 'opened');
    for (let count = 0; count < 150; count += 1) step(incidentOf(planned(id), { id: `r${count}`, state: 'resolved' }), 'resolved');
    const kept = [...board.incidents()].map((incident) => incident.id);
    expect(kept).toHaveLength(101);
    expect([kept[0], kept[1], kept.at(-1)]).toEqual(['open', 'r149', 'r50']);
  });
});

describe('a new plan', () => {
  test('keeps what is known of unchanged endpoints and forgets the others with their open incidents', () => {
    board.accept(resultEvent(okResult(id)));
    board.accept(resultEvent(okResult('ehr/fhir/socal')));
    step(incidentOf(planned(id)), 'opened');
    step(incidentOf(planned('ehr/fhir/socal')), 'opened');
    board.replan(planOf([norcal]));
    expect(board.endpoint(id)?.strip).toBe('0');
    expect(board.endpoint('ehr/fhir/socal')).toBeUndefined();
    expect([...board.incidents()].map((incident) => incident.endpoint)).toEqual([id]);
    board.replan(planOf([{ ...norcal, fingerprint: 'b' }]));
    expect(board.endpoint(id)?.strip).toBe('');
  });
});
