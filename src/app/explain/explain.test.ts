// From a recorded incident to what a person is told of it.
import { XMLValidator } from 'fast-xml-parser';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Incident } from '#model/incident.ts';
import { openReader } from '#sinks/store/reader.ts';
import { planOf } from '../../../tests/support/plan.ts';
import { type Recording, recordingOf } from '../../../tests/support/recording.ts';
import { explanationAs } from './command.ts';
import type { ExplainSource, Explanation } from './contract.ts';
import { explainIncident } from './explain.ts';
import { liveSource, storedSource } from './source.ts';
import { headline } from './text.ts';

const id = 'ehr/fhir/norcal';
const plan = planOf([
  { service: 'ehr', name: 'fhir', region: 'norcal' },
  { service: 'lab', name: 'hl7', region: 'socal' },
]);
const together = planOf(
  ['norcal', 'socal', 'midatl', 'nw'].map((region) => ({ service: 'ehr', name: 'fhir', region })),
  { receivers: [] },
);
const ill = '0010010011000100101001';

let recording: Recording;

beforeEach(() => {
  recording = recordingOf(plan);
});
afterEach(() => {
  recording.end();
  recording.remove();
});

function source(of = recording): ExplainSource {
  return liveSource(of.store, of.pipeline, of.now);
}

async function explained(asked = 'latest', from: ExplainSource = source()): Promise<Explanation> {
  const found = await explainIncident(from, asked);
  if ('error' in found) throw new Error(found.error);
  return found;
}

/** Four hours of calm, then a fault, paged. */
function outage(): void {
  recording.play('0'.repeat(480));
  recording.play(ill, [id]);
}

describe('an incident that is open', () => {
  test('the replay pages at the same probe, and says what the evidence was', async () => {
    outage();
    const [opened] = recording.incidents();
    const told = await explained();
    expect(told.incident.id).toBe(opened?.incident.id);
    expect(told.subject).toBe(id);
    expect(told.replay).toMatchObject({ agrees: true, rule: 'evidence', closed_at: null, notes: [] });
    expect(told.replay.evidence).toBeCloseTo(opened?.incident.verdict.evidenceRatio ?? 0, 6);
    expect(told.failures.length).toBeGreaterThanOrEqual(3);
    for (const { evidence_before: before, evidence_after: after } of told.failures) expect(after).toBeGreaterThan(before);
    expect(told.failures.at(-1)?.evidence_after).toBeCloseTo(told.replay.evidence ?? 0, 6);
    expect(told.alternatives.at_page[0]?.kind).toBe('steady');
    expect(told.false_pages_per_year).toBe(1);
    expect(told.course.map(({ event }) => event)).toEqual(['opened']);
  });

  test('counts what came after the page as well', async () => {
    outage();
    const told = await explained();
    expect(told.incident.failures).toBe(ill.replaceAll('0', '').length);
    expect(told.incident.reasons).toEqual({ timeout: told.incident.failures });
  });

  test('closes after just as many successes as it says', async () => {
    outage();
    const { closing } = await explained();
    const needed = closing.successes ?? 0;
    expect(needed).toBeGreaterThan(3);
    expect(closing.seconds).toBe(needed * 30);
    expect(closing.longest_run).toBe(3);
    recording.play('0'.repeat(needed - 1), [id]);
    expect(recording.incidents().map(({ kind }) => kind)).toEqual(['opened']);
    recording.play('0', [id]);
    expect(recording.incidents().map(({ kind }) => kind)).toEqual(['opened', 'resolved']);
    const after = await explained();
    expect(after.replay.agrees).toBe(true);
    expect(after.incident.state).toBe('resolved');
    // The fault's last success but one preceded a failure: the run is the successes since.
    expect(after.closing.successes).toBe(needed);
  });

  test('the store tells the same when the daemon is gone', async () => {
    outage();
    const live = await explained();
    recording.end();
    const reader = openReader(recording.folder, 'oakland');
    const stored = await explained('latest', storedSource(reader, plan, recording.now));
    reader.close();
    expect(stored).toEqual(live);
  });

  test('a run of failures that is too long is told as that', async () => {
    recording.play(`${'0'.repeat(600)}${'1'.repeat(12)}`, [id]);
    const told = await explained();
    expect(told.replay).toMatchObject({ agrees: true, rule: 'down', evidence: null });
    expect(told.failures.at(-1)?.evidence_after).toBeNull();
    expect(explanationAs('text', told)).toContain('Its failures in a row were more, and lasted longer, than a restart may take');
  });
});

describe('an incident of slowness', () => {
  test('shows slow answers and their evidence, and closes after as many usual ones as it says', async () => {
    recording.play('0'.repeat(480));
    recording.play('s0ss0s0ss0sss00s1sss'.repeat(4), [id]);
    const told = await explained(id);
    expect(told.incident.trouble).toBe('slow');
    expect(told.replay).toMatchObject({ agrees: true, closed_at: null });
    expect(told.failures.length).toBeGreaterThanOrEqual(4);
    expect(told.failures[0]).toMatchObject({ reason: '', message: 'answered after 2.0 s' });
    expect(told.false_pages_per_year).toBeCloseTo(0.1, 6);
    const text = explanationAs('text', told);
    expect(text).toMatch(/has been slow since .*\n/);
    expect(text).toMatch(/The slowness of this endpoint may cost at most one false page in 10 years/);
    expect(text).toMatch(/\d+ of \d+ answers were slow/);
    expect(text).toContain('s slow');
    const needed = told.closing.successes ?? 0;
    expect(needed).toBeGreaterThan(3);
    recording.play('0'.repeat(needed - 1), [id]);
    expect(recording.incidents().map(({ kind }) => kind)).toEqual(['opened']);
    recording.play('0', [id]);
    expect(recording.incidents().map(({ kind }) => kind)).toEqual(['opened', 'resolved']);
    expect((await explained(id)).replay.agrees).toBe(true);
  });
});

describe('what cannot be known is said', () => {
  test('results that are gone', async () => {
    outage();
    const told = await explained('latest', { ...source(), results: () => [] });
    expect(told.replay).toMatchObject({ agrees: false, from: null });
    expect(told.replay.notes[0]).toContain('has no results of that time any more');
    expect(explanationAs('text', told)).toContain('has no results of that time any more');
  });

  test('an endpoint that the configuration has no more', async () => {
    outage();
    recording.end();
    const reader = openReader(recording.folder, 'oakland');
    const told = await explained('latest', storedSource(reader, { ...plan, endpoints: plan.endpoints.slice(1) }, recording.now));
    reader.close();
    expect(told.replay.notes[0]).toContain('The configuration does not have it any more');
    for (const form of ['text', 'svg', 'html', 'json'] as const) expect(explanationAs(form, told).length).toBeGreaterThan(100);
  });

  test('a record that begins with the fault, under another dial', async () => {
    outage();
    const onset = recording.incidents()[0]?.incident.since ?? 0;
    const results: ExplainSource['results'] = (query) => source().results({ ...query, since: Math.max(query.since, onset + 60_000) });
    const told = await explained('latest', { ...source(), results });
    expect(told.replay.agrees).toBe(false);
    expect(told.replay.notes.join(' ')).toMatch(/The record goes back only 0 min before the onset.*Interval, grace or the dial/);
    expect(explanationAs('text', told)).toContain('not quite as the daemon did');
  });

  test.each([
    ['slow', 'Slowness that a group shares is found by the tests of its members'],
    ['blind', 'The self-check failed: Holter itself saw nothing from there.'],
  ] as const)('%s trouble of many, which no one test found', async (trouble, words) => {
    outage();
    const opened = recording.incidents()[0]?.incident;
    if (opened === undefined) throw new Error('there is an incident');
    const scope = { level: trouble === 'blind' ? 'vantage' : 'system', name: '' } as const;
    const endpoint = { ...opened.endpoint, id: `*${scope.level}` };
    const one: Incident = { ...opened, id: 'x@1', trouble, scope, endpoint, members: [id], worst: trouble === 'slow' ? 'slow' : 'down' };
    const told = await explained('x@1', { ...source(), incident: () => one, course: () => [] });
    expect(told.replay).toMatchObject({ agrees: false, probes: 0 });
    const text = explanationAs('text', told);
    expect(text).toContain(words);
    expect(text).not.toContain('0 of its 0');
    expect(text).toContain(`It explains ${id}.`);
  });

  test('a clash with results of other endpoints leaves the replay as it is', async () => {
    recording.play('0'.repeat(480));
    recording.play(ill);
    const told = await explained(id);
    expect(told.replay.agrees).toBe(true);
    expect(told.incidents_then.map(({ subject }) => subject)).toEqual(['lab/hl7/socal']);
  });
});

describe('an incident of a group', () => {
  test('shows rounds, members and the evidence of all, and what closes it', async () => {
    const group = recordingOf(together);
    group.play('0'.repeat(600));
    group.play('1100111011000110101');
    const told = await explained('latest', source(group));
    expect(told.incident.scope.level).not.toBe('endpoint');
    expect(told.replay.agrees).toBe(true);
    expect(told.others).toHaveLength(4);
    expect(told.failures[0]).toMatchObject({ reason: '', message: '4 of 4 probes failed' });
    const text = explanationAs('text', told);
    expect(text).toContain('4 of its 4 members failed at least once');
    const rounds = told.closing.successes ?? 0;
    expect(rounds).toBeGreaterThan(10);
    group.play('0'.repeat(rounds + 2));
    const after = await explained('latest', source(group));
    expect(after.incident.state).toBe('resolved');
    expect(after.replay.agrees).toBe(true);
    group.end();
    group.remove();
  });
});

describe('which incident', () => {
  test('by id, beginning, key, what it is about, or the latest', async () => {
    outage();
    const { id: whole, key } = recording.incidents()[0]?.incident ?? { id: '', key: '' };
    for (const asked of [whole, whole.slice(0, 30), key, id, `endpoint/${id}`, 'latest'])
      expect((await explained(asked)).incident.id).toBe(whole);
  });

  test('of several that begin alike none is taken; what is misspelled gets the nearest', async () => {
    expect(await explainIncident(source(), 'latest')).toEqual({ error: 'there has been no incident yet', nearest: [] });
    outage();
    recording.play('1110', ['lab/hl7/socal']);
    const all = recording.incidents().map(({ incident }) => incident.id);
    expect(all).toHaveLength(2);
    expect(await explainIncident(source(), 'Example')).toEqual({ error: '2 incidents begin with "Example"', nearest: all.toReversed() });
    expect(await explainIncident(source(), 'ehr/fihr/norcal')).toEqual({
      error: 'there is no incident "ehr/fihr/norcal"',
      nearest: [all[0]],
    });
    expect(await explainIncident(source(), 'HL7')).toMatchObject({ nearest: [all[1]] });
    expect(await explainIncident(source(), '\u001B[31m')).toMatchObject({
      error: 'there is no incident " [31m"',
      nearest: all.toReversed(),
    });
  });
});

describe('the forms', () => {
  test('words of others stay on their line, and end as text in pictures and pages', async () => {
    const hostile = `</text><script>alert(1)</script>"&\u202E\u001B[2J`;
    recording.play('0'.repeat(600));
    recording.play(ill, [id], hostile);
    const told = await explained();
    for (const character of ['\u202E', '\u001B']) expect(explanationAs('text', told)).not.toContain(character);
    for (const form of ['svg', 'html'] as const) expect(explanationAs(form, told)).not.toContain('<script');
    expect(XMLValidator.validate(explanationAs('svg', told))).toBe(true);
    expect(JSON.parse(explanationAs('json', told))).toEqual(told);
  });

  test('a page needs nothing from elsewhere', async () => {
    outage();
    const page = explanationAs('html', await explained());
    expect(page.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/https?:|src=|href=|@import|url\(/);
    expect(page).toContain('<h2>Why it was paged</h2>');
  });

  test('a long course is told in stretches, and loses no failure and no probe', async () => {
    recording.play('0'.repeat(480));
    recording.play(ill.repeat(120), [id]);
    const { points, incident } = await explained();
    expect(points.length).toBeLessThanOrEqual(2000);
    expect(points.reduce((sum, { failures }) => sum + failures, 0)).toBe(incident.failures);
    expect(points.reduce((sum, { probes }) => sum + probes, 0)).toBe(60 + incident.attempts);
  });

  test('the head says since when, and how long', async () => {
    outage();
    expect(headline(await explained())).toBe(`${id} has been intermittent since 2026-06-01 16:01:00 UTC, for 10 min`);
  });
});
