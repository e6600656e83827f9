// Holter's own record, read while the daemon that writes it runs, judged by the plan of its configuration.
import { describe, expect, test } from 'vitest';
import type { Plan } from '#model/plan.ts';
import type { ResultRecord } from '#sinks/store/contract.ts';
import { openStore } from '#sinks/store/store.ts';
import { temporaryFolder } from '../../tests/support/peers.ts';
import { planOf } from '../../tests/support/plan.ts';
import { failed, noon, ok, storeOptions } from '../../tests/support/store-samples.ts';
import { runBacktest } from './backtest.ts';
import { readRecorded } from './backtesthistory.ts';

const interval = 30_000;
const portal = 'ehr/portal/norcal';
const pacs = 'radiology/pacs/socal';
const endpoints = [
  { service: 'ehr', name: 'portal', region: 'norcal' },
  { service: 'radiology', name: 'pacs', region: 'socal' },
];

/** `1` failed, `0` well, `m` in maintenance, `i` Holter's own fault, `_` none. */
function records(id: string, outcomes: string, offset = 0): readonly ResultRecord[] {
  return outcomes.split('').flatMap((code, i) => {
    const at = noon + offset + i * interval;
    if (code === '_') return [];
    if (code === 'm') return [{ ...ok(at, id), counted: false, maintenance: true }];
    if (code === 'i') return [{ ...failed(at, 'internal', id), counted: false }];
    return [code === '1' ? failed(at, 'reset', id) : ok(at, id)];
  });
}

function recorded(
  written: readonly ResultRecord[],
  more: { readonly plan?: Partial<Plan>; readonly from?: number; readonly dial?: number } = {},
) {
  const folder = temporaryFolder('recorded');
  const store = openStore(folder.path, storeOptions().options);
  try {
    for (let i = 0; i < written.length; i += 1000) store.transition({ results: written.slice(i, i + 1000) });
    // The store stays open: a daemon works on it.
    return readRecorded({
      plan: planOf(endpoints, { data: folder.path, ...more.plan }),
      from: more.from,
      to: Number.MAX_SAFE_INTEGER,
      falsePagesPerYear: more.dial,
    });
  } finally {
    store.close();
    folder.remove();
  }
}

const texts = ({ histories }: ReturnType<typeof recorded>) =>
  Object.fromEntries(histories.map(({ name, outcomes }) => [name, Array.from(outcomes, (code) => '01?'[code]).join('')]));

describe('the record', () => {
  test('is one history an endpoint; maintenance, own faults and what was not probed are missing', () => {
    const found = recorded([...records(portal, '00m1_i0'), ...records(pacs, '_010', 1700)]);
    expect(texts(found)).toEqual({ [portal]: '00?1??0', [pacs]: '010' });
    expect(found.histories[1]).toMatchObject({
      start: noon + 1700 + interval,
      interval,
      labels: { service: 'radiology', region: 'socal' },
    });
  });

  test('of probes out of turn the one that was due counts', () => {
    const extra = [10_000, 20_000].map((later) => ok(noon + interval + later, portal));
    expect(texts(recorded([...records(portal, '0100'), ...extra]))).toEqual({ [portal]: '0100' });
  });

  test('is of what the configuration still has, from the time that is asked for', () => {
    const written = [...records(portal, '0101'), ...records('gone/x', '11')];
    expect(texts(recorded(written, { from: noon + 2 * interval }))).toEqual({ [portal]: '01' });
    expect(() => recorded(records('gone/x', '11'))).toThrow(/has no result of the configured endpoints/);
    expect(() => recorded([])).toThrow(/has no result of the configured endpoints/);
  });

  test('that is not there is told', () => {
    expect(() =>
      readRecorded({ plan: planOf(endpoints, { data: '/nowhere' }), from: undefined, to: noon, falsePagesPerYear: undefined }),
    ).toThrow(/data folder \/nowhere cannot be read: there is no store in it/);
  });

  test('is judged by the plan, under its dial or another', () => {
    const found = recorded([
      ...records(portal, `${'0'.repeat(2880)}${'1'.repeat(40)}${'0'.repeat(200)}`),
      ...records(pacs, '0'.repeat(3120)),
    ]);
    expect(found.falsePagesPerYear).toBe(12);
    const by = { falsePagesPerYear: found.falsePagesPerYear, grace: 60_000, judge: found.judge };
    const { judgement } = runBacktest({ histories: found.histories, by }, () => undefined);
    expect(judgement.pages.map(({ name, worst, failures }) => [name, worst, failures])).toEqual([[portal, 'down', 40]]);
    expect(recorded(records(portal, '00'), { dial: 3 }).falsePagesPerYear).toBe(3);
  });
});
