// Explanations for the API: shared, one at a time, never kept when they failed.
import { afterEach, beforeEach, expect, test } from 'vitest';
import { planOf } from '../../../tests/support/plan.ts';
import { type Recording, recordingOf } from '../../../tests/support/recording.ts';
import { createDesk, explainDesk } from './desk.ts';
import { liveSource } from './source.ts';

const id = 'ehr/fhir';
let recording: Recording;
let made: number;
let now: number;
const clock = { monotonic: () => now, wall: () => now };

beforeEach(() => {
  recording = recordingOf(planOf([{ service: 'ehr', name: 'fhir' }]));
  recording.play(`${'0'.repeat(300)}1101101`);
  made = 0;
  now = 0;
});
afterEach(() => {
  recording.end();
  recording.remove();
});

function desk() {
  return createDesk(() => {
    made += 1;
    return liveSource(recording.store, recording.pipeline, recording.now);
  }, clock);
}

test('JSON and picture come of one explanation, for ten seconds', async () => {
  const ask = desk();
  const json = await ask('latest', 'json');
  const svg = await ask('latest', 'svg');
  expect([json.ok && json.type, svg.ok && svg.type]).toEqual(['application/json; charset=utf-8', 'image/svg+xml; charset=utf-8']);
  expect(svg.ok && svg.body).toContain(`<style>${svg.ok ? svg.style : ''}</style>`);
  expect(json.ok && JSON.parse(json.body)).toMatchObject({ subject: id, system: 'Example Health' });
  expect(made).toBe(1);
  now = 10_000;
  await ask('latest', 'json');
  expect(made).toBe(2);
});

test('while one is made those who ask the same wait, and others are told to ask again', async () => {
  const ask = desk();
  const [first, same, other] = await Promise.all([ask('latest', 'json'), ask('latest', 'json'), ask(id, 'json')]);
  expect(same).toEqual(first);
  expect(other).toMatchObject({ ok: false, status: 503 });
  expect((await ask(id, 'json')).ok).toBe(true);
});

test('what is not known is 404 with what could be meant', async () => {
  const answer = await desk()('ehr/fihr', 'svg');
  expect(answer).toMatchObject({ ok: false, status: 404, error: 'there is no incident "ehr/fihr"' });
  expect(!answer.ok && answer.nearest).toHaveLength(1);
});

test('a failure is not kept, and the next one may ask', async () => {
  let isBroken = true;
  const ask = createDesk(() => {
    if (isBroken) throw new Error('broken');
    return liveSource(recording.store, recording.pipeline, recording.now);
  }, clock);
  await expect(ask('latest', 'json')).rejects.toThrow('broken');
  isBroken = false;
  expect((await ask('latest', 'json')).ok).toBe(true);
});

test('the daemon is explained as it is now', async () => {
  const answer = await explainDesk(recording.store, recording.pipeline, { monotonic: recording.now, wall: recording.now })(
    'latest',
    'json',
  );
  expect(answer.ok && JSON.parse(answer.body)).toMatchObject({ incident: { state: 'open' } });
});
