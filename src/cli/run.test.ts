// Signals that come before the daemon is there.
import { EventEmitter } from 'node:events';
import { expect, test } from 'vitest';
import type { startDaemon } from '#app/daemon.ts';
import { obeySignals } from './run.ts';

const log = { debug() {}, info() {}, warn() {}, error() {}, isDebug: () => false };
type Started = Awaited<ReturnType<typeof startDaemon>>;

function starting() {
  const signals = new EventEmitter();
  const start = Promise.withResolvers<Started>();
  let reloads = 0;
  const daemon: Started = {
    url: '',
    reload: async () => {
      reloads += 1;
      return { ok: true };
    },
    verdict: () => undefined,
    stop: async () => {},
  };
  obeySignals(start.promise, log, signals);
  return { signals, start, daemon, reloads: () => reloads };
}

test('a reload that is asked for during the start comes after it', async () => {
  const { signals, start, daemon, reloads } = starting();
  expect(signals.emit('SIGHUP')).toBe(true);
  expect(reloads()).toBe(0);
  start.resolve(daemon);
  await expect.poll(reloads).toBe(1);
  signals.emit('SIGHUP');
  await expect.poll(reloads).toBe(2);
});

test.each<(start: PromiseWithResolvers<Started>) => void>([
  (start) => start.reject(new Error('the address is taken')),
  (start) => start.resolve({ problems: [] }),
])('a reload of a daemon that does not come to be is nothing', async (ends) => {
  const { signals, start, reloads } = starting();
  signals.emit('SIGHUP');
  ends(start);
  await start.promise.catch(() => undefined);
  expect(reloads()).toBe(0);
});
