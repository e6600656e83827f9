// The terminal's story, line by line.
import { beforeEach, describe, expect, test, vi } from 'vitest';
import type { Event } from '#model/event.ts';
import { Course } from './course.ts';
import { Narrator } from './narrator.ts';
import type { Place, Scenario } from './scenarios.ts';

const scenario: Scenario = {
  name: 'test',
  summary: 'a test',
  breaksAt: 10,
  mendedAt: 20,
  endsAt: 30,
  hits: ({ service }) => service === 'ehr',
  looks: ['timeout'],
  share: () => 0.5,
  broken: 'It breaks.',
  mended: 'It is mended.',
};

function place(id: string): Place {
  const [service = '', name = '', region = ''] = id.split('/');
  return { id, service, name, region, kind: 'http', interval: 30_000, standsOn: new Set([service]), shows: new Set(['timeout']) };
}

let minute: number;
let course: Course;
let told: string[];
let narrator: Narrator;

beforeEach(() => {
  minute = 0;
  told = [];
  const places = ['ehr/api/norcal', 'ehr/api/socal', 'public/home'].map(place);
  course = new Course(scenario, 1);
  const tell = (text: string) => void told.push(text);
  narrator = new Narrator({ places, course, now: () => minute, every: 5, tell });
});

/** A probe that ends as the dice said. */
function probe(endpoint: string, outcome: 'ok' | 'fail'): void {
  vi.spyOn(course, 'isToFail').mockReturnValue(outcome === 'fail');
  const result = { endpoint, outcome, reason: 'timeout', message: '' };
  narrator.accept({ type: 'result', result, counted: true, maintenance: false } as unknown as Event);
}

let incidents = 0;
function incident(kind: string, endpoint: string, id = `${endpoint}@${incidents++}`): string {
  if (kind === 'opened') narrator.accept({ type: 'state', endpoint, from: 'up', to: 'intermittent' } as unknown as Event);
  narrator.accept({ type: 'incident', kind, incident: { id, endpoint: { id: endpoint } } } as unknown as Event);
  const page = { title: `${endpoint} is ill`, severity: 'error' };
  narrator.accept({ type: 'alert', alert: { event: kind, page } } as unknown as Event);
  return id;
}

function at(now: number): readonly string[] {
  minute = now;
  const before = told.length;
  narrator.look();
  return told.slice(before);
}

describe('the lines', () => {
  test('say now and then how it stands, before, during and after the trouble', () => {
    probe('ehr/api/norcal', 'ok');
    expect(at(4)).toEqual([]);
    expect(at(5)).toEqual(['   5 min  all 3 endpoints: 0 of 1 probes failed']);
    expect(at(10)).toEqual(['  10 min  all 3 endpoints: 0 of 0 probes failed', '  10 min  It breaks.']);
    probe('ehr/api/norcal', 'fail');
    probe('ehr/api/socal', 'ok');
    probe('public/home', 'ok');
    expect(at(15)).toEqual(['  15 min  2 hit: 1 of 2 probes failed (50 %) | 1 others: 0 of 1 | 0 open, 0 resolved']);
    expect(at(20).at(-1)).toBe('  20 min  It is mended.');
    expect(at(25)[0]).toContain('2 mended: 0 of 0 probes failed');
  });

  test('show the first page whole and every further one as a line; of the resolves the first, the others in the count', () => {
    at(10);
    told.length = 0;
    const first = incident('opened', 'ehr/api/norcal');
    narrator.page('OPENED the first, in full');
    const second = incident('opened', 'ehr/api/socal');
    narrator.page('OPENED the second, in full');
    expect(told).toEqual(['\nOPENED the first, in full', '  10 min  page 2: ehr/api/socal is ill [error]']);
    told.length = 0;
    incident('worsened', 'ehr/api/norcal', first);
    expect(told).toEqual(['  10 min  worsened: ehr/api/norcal is ill [error]']);
    told.length = 0;
    incident('resolved', 'ehr/api/norcal', first);
    incident('resolved', 'ehr/api/socal', second);
    expect(told).toEqual(['  10 min  resolved: ehr/api/norcal is ill']);
    expect(at(15)[0]).toContain('0 open, 2 resolved');
  });
});

describe('the end', () => {
  test('compares with common rules, counted on the same results, from the minute at which it broke', () => {
    at(10.9);
    minute = 12;
    for (const outcome of ['fail', 'ok', 'fail', 'fail', 'fail'] as const) probe('ehr/api/norcal', outcome);
    probe('public/home', 'fail');
    minute = 14;
    incident('opened', 'ehr/api/norcal');
    told.length = 0;
    narrator.sum();
    expect(told[0]?.split('\n')).toEqual([
      '',
      "That was the story: 14 minutes of the health system's life, 6 probes of 3 endpoints, of which 5 failed.",
      '',
      '                            pages    first page  endpoints found  well ones paged',
      '  Holter                        1   after 4 min           1 of 2                0',
      '  three failures in a row       1   after 2 min           1 of 2                0',
      '  any failure                   3   after 2 min           1 of 2                1',
      '',
      '0 resolved; 1 not yet proven steady, and open.',
    ]);
  });

  test('says how many failures are of no story: those of a machine that is too busy', () => {
    at(10);
    probe('ehr/api/norcal', 'fail');
    narrator.sum();
    expect(told.at(-1)).not.toContain('too busy');
    vi.spyOn(course, 'isToFail').mockReturnValue(false);
    const result = { endpoint: 'public/home', outcome: 'fail', reason: 'timeout', message: '' };
    narrator.accept({ type: 'result', result, counted: true, maintenance: false } as unknown as Event);
    narrator.sum();
    expect(told.at(-1)).toMatch(/^1 of the failures belong to no story: .*too busy/m);
  });

  test('counts an endpoint as found that the incident of a group explains', () => {
    at(10);
    narrator.accept({ type: 'attached', at: 0, endpoint: 'ehr/api/socal', group: 'network' });
    narrator.accept({ type: 'attached', at: 0, endpoint: 'ehr/api/norcal', group: '' });
    told.length = 0;
    narrator.sum();
    expect(told[0]).toMatch(/Holter +0 +- +1 of 2 +0$/m);
  });

  test('of a calm says that nobody was paged', () => {
    probe('ehr/api/norcal', 'ok');
    minute = 9;
    narrator.sum();
    expect(told[0]?.split('\n').at(-1)).toBe('Nobody was paged.');
  });

  test('a page in the calm is counted as needless', () => {
    incident('opened', 'ehr/api/norcal');
    told.length = 0;
    narrator.sum();
    expect(told[0]).toMatch(/Holter +1 +- +0 of 2 +1$/m);
    at(10);
    told.length = 0;
    narrator.sum();
    expect(told[0]).toMatch(/Holter +1 +before it /m);
  });
});
