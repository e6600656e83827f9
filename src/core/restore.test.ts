import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { planOf } from '../../tests/support/plan.ts';
import { epoch } from '../../tests/support/results.ts';
import { Timeline } from '../../tests/support/timeline.ts';
import { createEngine, freshState, verdictOf } from './engine.ts';
import { restoreEndpoint } from './restore.ts';
import { lastAppliedAt, saveEndpoint } from './state.ts';

const id = 'ehr/fhir';
const plan = planOf([{ service: 'ehr', name: 'fhir' }], { receivers: [{ name: 'log', kind: 'log', options: {} }] });
const story = new Timeline(plan).repeatedly(240, '0').probes('1'.repeat(10));
const saved = saveEndpoint(story.state, id);

function restored(text: string) {
  const engine = createEngine(plan);
  const state = freshState(engine);
  restoreEndpoint(engine, state, id, text);
  return { engine, state, own: state.endpoints.get(id), fresh: freshState(engine).endpoints.get(id) };
}

/** The saved text with one member changed; `path` as in `trail.okRun`. */
function altered(path: string, value: unknown): string {
  const record = JSON.parse(saved);
  const names = path.split('.');
  const last = names.pop() ?? '';
  let inner = record;
  for (const name of names) inner = inner[name];
  inner[last] = value;
  return JSON.stringify(record);
}

test('what was saved comes back equal, and shares nothing', () => {
  const { own, state } = restored(saved);
  expect(own).toEqual(story.state.endpoints.get(id));
  expect(saveEndpoint(state, id)).toBe(saved);
});

test('a text from before slowness was judged keeps everything, and how fast the endpoint answers is learned anew', () => {
  const { slow: _, ...older } = JSON.parse(saved);
  const { own, fresh } = restored(JSON.stringify({ ...older, version: 3 }));
  expect(own).toEqual({ ...story.state.endpoints.get(id), slow: fresh?.slow });
});

test.each(['slow', 'slow.test', 'slow.course', 'slow.test.offsets'])('where %s is damaged only slowness is learned anew', (path) => {
  const { own, fresh } = restored(altered(path, 'x'));
  expect(own).toEqual({ ...story.state.endpoints.get(id), slow: path === 'slow.course' ? expect.anything() : fresh?.slow });
});

test('the text of one endpoint is small', () => {
  expect(saved.length).toBeLessThan(6000);
});

test('it is known how far the saved state had come', () => {
  expect(lastAppliedAt(restored(saved).state, id)).toBe(epoch + 249 * 30_000);
  expect(lastAppliedAt(restored('').state, id)).toBe(-1);
  expect(lastAppliedAt(story.state, 'gone')).toBe(-1);
  expect(saveEndpoint(story.state, 'gone')).toBe('');
});

describe('what cannot be read leaves the endpoint fresh', () => {
  test.each(['', 'null', '[]', '3', '"text"', '{}', '{"version":1}', saved.slice(0, -20), `${saved}x`])('%s', (text) => {
    const { own, fresh } = restored(text);
    expect(own).toEqual(fresh);
  });

  test('any text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        const { own, fresh } = restored(text);
        expect(own).toEqual(fresh);
      }),
    );
  });
});

describe('of what is damaged or of another version, what was learned is kept and nothing is half believed', () => {
  const learned = story.state.endpoints.get(id)?.detector.binProbes;
  const course = story.state.endpoints.get(id)?.course;

  test.each<[string, unknown]>([
    ['version', 5],
    ['ties.within', 3],
    ['access', undefined],
    ['access.until', 'soon'],
    ['refused.course', { id: 1 }],
    ['endpoint', null],
    ['endpoint.id', 'ehr/other'],
    ['shown', 'fine'],
    ['maintenance', { since: 'now', why: '' }],
    ['trail.strip', [1, 2, 3]],
    ['trail.strip', [-1, 0, 0, 0]],
    ['trail.okRun', -1],
    ['trail.recent', [{ at: 1, reason: 'boredom' }]],
    ['trail.samples', [{ at: 1, reason: 'tls', message: 'x'.repeat(201) }]],
  ])('%s is %j: the incident, which is whole, is kept for its end', (path, value) => {
    const { own, engine, state } = restored(altered(path, value));
    expect(own).toMatchObject({ shown: 'unknown', course, maintenance: null, trail: { lastAt: -1 } });
    expect(own?.detector).toMatchObject({ binProbes: learned, course: 'up' });
    expect(verdictOf(engine, state, id)?.state).toBe('unknown');
  });

  test.each<[string, unknown]>([
    ['course.sequence', 1.5],
    ['course.worst', 'up'],
    ['course.reasons', { boredom: 1 }],
    ['course', null],
    ['notices', null],
    ['notices.severity', 'loud'],
    ['notices.receivers', 'log'],
  ])('%s is %j: there is no incident', (path, value) => {
    const { own } = restored(altered(path, value));
    expect(own).toMatchObject({ shown: 'unknown', course: null, notices: null });
    expect(own?.detector).toMatchObject({ binProbes: learned, course: 'up' });
  });
});

test.each(['version', 'detector.version'])('an incident of an unknown %s is ended aloud, and comes back under its old id', (path) => {
  const { engine, state } = restored(altered(path, 99));
  const next = new Timeline(plan);
  next.engine = engine;
  next.state = state;
  next.now = story.now;
  next.reloads(plan).probes('1'.repeat(10));
  expect(next.incidents.map((event) => [event.kind, event.why])).toEqual([
    ['resolved', 'its saved state is of another version of Holter: judged afresh'],
    ['reopened', undefined],
  ]);
  expect(next.incidents[1]?.incident.id).toBe(story.incidents[0]?.incident.id);
});
