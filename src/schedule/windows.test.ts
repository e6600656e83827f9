import { expect, test } from 'vitest';
import type { WindowPlan } from '#model/plan.ts';
import { planOf } from '../../tests/support/plan.ts';
import { maintenanceWindows } from './windows.ts';

const minute = 60_000;
const hour = 60 * minute;
const endpoints = [
  { service: 'radiology', name: 'pacs', region: 'norcal' },
  { service: 'radiology', name: 'pacs', region: 'socal' },
  { service: 'ehr', name: 'fhir', region: 'norcal' },
];

function windowOf(more: Partial<WindowPlan>): WindowPlan {
  return { id: 'w', services: [], regions: [], endpoints: [], why: 'patching', kind: 'once', from: 0, until: 0, ...more } as WindowPlan;
}

/** The windows, and who is inside after each call, as text: "radiology/pacs/norcal patching". */
function watch(...windows: readonly WindowPlan[]) {
  const watched = maintenanceWindows(planOf(endpoints, { maintenance: windows }));
  const inside = new Map<string, string>();
  return {
    nextAt: () => iso(watched.nextAt()),
    changes: (at: number) => watched.changes(at),
    at(at: number): readonly string[] {
      for (const { endpoint, open, why } of watched.changes(at)) {
        if (open) inside.set(endpoint, why);
        else inside.delete(endpoint);
      }
      return [...inside].map(([endpoint, why]) => `${endpoint} ${why}`);
    },
  };
}

const start = Date.UTC(2026, 2, 2, 4);
const nightly = windowOf({
  kind: 'cron',
  expression: '0 4 * * *',
  timezone: 'UTC',
  length: 3 * hour,
  services: ['radiology'],
  regions: ['norcal'],
});

test('a window that comes once opens at its start and is closed at its end', () => {
  const windows = watch(windowOf({ from: start, until: start + hour, services: ['ehr'] }));
  expect(windows.at(start - 1)).toEqual([]);
  expect(windows.nextAt()).toBe(iso(start));
  expect(windows.at(start)).toEqual(['ehr/fhir/norcal patching']);
  expect(windows.nextAt()).toBe(iso(start + hour));
  expect(windows.at(start + hour - 1)).toEqual(['ehr/fhir/norcal patching']);
  expect(windows.at(start + hour)).toEqual([]);
  expect(windows.nextAt()).toBe('never');
});

test('a window by cron comes again, for the endpoints of its services and regions only', () => {
  const windows = watch(nightly);
  expect(windows.at(start - 1)).toEqual([]);
  expect(windows.at(start)).toEqual(['radiology/pacs/norcal patching']);
  expect(windows.at(start + 3 * hour)).toEqual([]);
  expect(windows.nextAt()).toBe(iso(start + 24 * hour));
  expect(windows.at(start + 24 * hour + minute)).toEqual(['radiology/pacs/norcal patching']);
});

test('a window that began before the process is open from the first look on', () => {
  expect(watch(nightly).at(start + 2 * hour)).toEqual(['radiology/pacs/norcal patching']);
  expect(watch(windowOf({ from: start - hour, until: start + hour })).at(start)).toHaveLength(3);
});

test('the first look tells the standing of every endpoint, the next ones only what changed', () => {
  const windows = watch(nightly);
  expect(windows.changes(start)).toEqual([
    { endpoint: 'radiology/pacs/norcal', open: true, why: 'patching' },
    { endpoint: 'radiology/pacs/socal', open: false, why: '' },
    { endpoint: 'ehr/fhir/norcal', open: false, why: '' },
  ]);
  expect(windows.changes(start + 1000)).toEqual([]);
  expect(windows.changes(start + 3 * hour)).toEqual([{ endpoint: 'radiology/pacs/norcal', open: false, why: '' }]);
});

test('where windows overlap, an endpoint is inside until the last one ends', () => {
  const windows = watch(
    windowOf({ from: start, until: start + 2 * hour, why: 'storage', services: ['radiology'] }),
    windowOf({ from: start + hour, until: start + 3 * hour, why: 'network', regions: ['norcal'] }),
  );
  expect(windows.at(start)).toEqual(['radiology/pacs/norcal storage', 'radiology/pacs/socal storage']);
  expect(windows.at(start + hour)).toEqual(['radiology/pacs/norcal storage', 'radiology/pacs/socal storage', 'ehr/fhir/norcal network']);
  expect(windows.changes(start + 2 * hour)).toEqual([{ endpoint: 'radiology/pacs/socal', open: false, why: '' }]);
  expect(windows.changes(start + 3 * hour)).toHaveLength(2);
});

test('a window lasts its length in real time, also across a change of the clocks', () => {
  const sundays = windowOf({ kind: 'cron', expression: '0 1 * * SUN', timezone: 'America/Los_Angeles', length: 3 * hour });
  // 8 March 2026: 01:00 PST is 09:00 UTC; three hours later it is 05:00 PDT.
  const windows = watch(sundays);
  expect(windows.at(Date.UTC(2026, 2, 8, 8, 59))).toEqual([]);
  expect(windows.at(Date.UTC(2026, 2, 8, 9))).toHaveLength(3);
  expect(windows.nextAt()).toBe('2026-03-08T12:00:00.000Z');
  expect(windows.at(Date.UTC(2026, 2, 8, 12))).toEqual([]);
  expect(windows.nextAt()).toBe('2026-03-15T08:00:00.000Z');
});

test('a window whose start the clocks leave out opens when they change', () => {
  const windows = watch(windowOf({ kind: 'cron', expression: '30 2 * * SUN', timezone: 'America/Los_Angeles', length: hour }));
  expect(windows.at(Date.UTC(2026, 2, 8, 9, 59))).toEqual([]);
  expect(windows.at(Date.UTC(2026, 2, 8, 10))).toHaveLength(3);
  expect(windows.at(Date.UTC(2026, 2, 8, 11))).toEqual([]);
});

test('a window whose start the clocks pass twice opens at both', () => {
  // 1 November 2026, 01:30 PDT and 01:30 PST.
  const windows = watch(windowOf({ kind: 'cron', expression: '30 1 * * SUN', timezone: 'America/Los_Angeles', length: 2 * hour }));
  for (const inside of [8.5, 9.4, 9.5, 10.4, 10.5, 11.4]) expect(windows.at(Date.UTC(2026, 10, 1) + inside * hour)).toHaveLength(3);
  expect(windows.at(Date.UTC(2026, 10, 1, 11, 30))).toEqual([]);
});

test('a wall clock that is set back is looked at afresh', () => {
  const windows = watch(windowOf({ from: start, until: start + hour, endpoints: ['ehr/fhir/norcal'] }));
  expect(windows.at(start + 2 * hour)).toEqual([]);
  expect(windows.at(start + minute)).toEqual(['ehr/fhir/norcal patching']);
  expect(windows.at(start - minute)).toEqual([]);
});

function iso(at: number): string {
  return Number.isFinite(at) ? new Date(at).toISOString() : 'never';
}
