import { beforeEach, describe, expect, test } from 'vitest';
import { type Ask, Lookups, lookupThreads } from './lookups.ts';
import { selfwatch } from './selfwatch.ts';

type Done = Parameters<Ask>[2];

let asked: { readonly host: string; readonly done: Done }[];
let lookups: Lookups;
let abandoned: number;

beforeEach(() => {
  asked = [];
  abandoned = selfwatch.abandonedLookups;
  lookups = new Lookups(2, (host, _options, done) => asked.push({ host, done }));
});

const never = new AbortController().signal;
const hosts = (): readonly string[] => asked.map(({ host }) => host);

test('answers with the address, or with the error of the system', async () => {
  const good = lookups.find('a.example.org', 0, never);
  const bad = lookups.find('b.example.org', 0, never);
  asked[0]?.done(null, '2001:db8::1', 6);
  asked[1]?.done(Object.assign(new Error('no'), { code: 'ENOTFOUND' }), '', 4);
  expect(await good).toEqual({ address: '2001:db8::1', family: 6 });
  await expect(bad).rejects.toMatchObject({ code: 'ENOTFOUND' });
  expect(selfwatch.openLookups).toBe(0);
});

describe('when all threads hang', () => {
  test('the next waits its turn, and is asked when one ends', async () => {
    void lookups.find('a', 0, never);
    void lookups.find('b', 0, never);
    const third = lookups.find('c', 0, never);
    const fourth = lookups.find('d', 0, never);
    expect(hosts()).toEqual(['a', 'b']);
    asked[1]?.done(null, '192.0.2.2', 4);
    expect(hosts()).toEqual(['a', 'b', 'c']);
    asked[2]?.done(null, '192.0.2.3', 4);
    asked[3]?.done(null, '192.0.2.4', 4);
    expect([await third, await fourth]).toEqual([
      { address: '192.0.2.3', family: 4 },
      { address: '192.0.2.4', family: 4 },
    ]);
    asked[0]?.done(null, '192.0.2.1', 4);
    expect(selfwatch.openLookups).toBe(0);
  });

  test('one that was asked and hung is the failure of its name; one that never was is our own trouble', async () => {
    const [hung, other, waited] = [new AbortController(), new AbortController(), new AbortController()];
    const first = lookups.find('a', 0, hung.signal);
    void lookups.find('b', 0, other.signal).catch(() => {});
    const third = lookups.find('c', 0, waited.signal);
    hung.abort(new Error('the attempt is over'));
    waited.abort(new Error('the attempt is over'));
    await expect(first).rejects.toThrow('the attempt is over');
    await expect(third).rejects.toMatchObject({ trouble: 'lookups', message: expect.stringContaining('never asked') });
    expect(selfwatch.abandonedLookups - abandoned).toBe(1);
    // It holds its thread for as long as it hangs.
    const later = lookups.find('d', 0, never);
    expect(hosts()).toEqual(['a', 'b']);
    asked[0]?.done(null, '192.0.2.1', 4);
    expect(hosts()).toEqual(['a', 'b', 'd']);
    asked[1]?.done(null, '192.0.2.1', 4);
    asked[2]?.done(null, '192.0.2.4', 4);
    expect(await later).toEqual({ address: '192.0.2.4', family: 4 });
    expect(selfwatch.openLookups).toBe(0);
  });
});

test.each([
  [undefined, 2],
  ['32', 16],
  ['1', 1],
  ['5', 3],
  ['0', 1],
  ['-3', 1],
  ['many', 2],
  ['100000', 512],
])('of a pool of %s threads, lookups get %i', (said, threads) => {
  expect(lookupThreads({ UV_THREADPOOL_SIZE: said })).toBe(threads);
});
