// A process that writes to a store: to be killed, starved of disk, or denied the folder. Arguments: mode, folder, first number.
import { writeSync } from 'node:fs';
import { openStore } from '#sinks/store/store.ts';
import { failed, incidentEvent, noon, ok, owedAlert, storeOptions } from './store-samples.ts';

const [mode = '', folder = '', first = '0'] = process.argv.slice(2);
const { options, clock } = storeOptions(noon + Number(first) * 10);
// In the mode `denied` the folder is not ours to write: root may write everywhere, so become somebody else.
if (mode === 'denied' && process.getuid?.() === 0) process.setuid?.(65_534);
const store = openStore(folder, options);
const say = (word: string, value: number | string) => writeSync(1, `${word} ${value}\n`);

/** Quiet results with a transition every seven; tells what returned, at once. */
function write(n: number): void {
  clock.now = noon + n * 10;
  store.quiet(n % 3 === 0 ? failed(clock.now) : ok(clock.now));
  if (n % 50 === 49) {
    store.flush();
    say('flushed', n);
  }
  if (n % 7 !== 0) return;
  const name = `k${n}`;
  const change = { incidentEvents: [incidentEvent(name, 1)], alerts: [owedAlert(name, 1)] };
  say(store.transition(change) ? 'returned' : 'waits', n);
}

/** For ever, with a pause for the loop now and then. */
function writeOn(n: number): void {
  for (let i = n; i < n + 10; i += 1) write(i);
  setImmediate(writeOn, n + 10);
}

if (mode === 'kill') writeOn(Number(first));
else {
  for (let n = 0; n < 5000 && store.health().ok; n += 1) write(n);
  const before = store.outbox.pending('hook', 10_000).length;
  say('transition', String(store.transition({ alerts: [owedAlert('last', 1)] })));
  say('owed', store.outbox.pending('hook', 10_000).length - before);
  const health = store.health();
  say('health', health.ok ? 'ok' : health.code);
  store.close();
}
