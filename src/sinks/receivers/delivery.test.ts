// What delivery promises, on virtual time and against far ends of every temper.
import { expect, test } from 'vitest';
import type { Alert, AlertEvent } from '#model/alert.ts';
import type { Clock, Timers } from '#model/time.ts';
import { Owed } from '#sinks/store/owed.ts';
import type { Delivery, DeliveryOptions, Outbox, Receiver, SendOutcome } from './contract.ts';
import { createDelivery } from './delivery.ts';

const delivered: SendOutcome = { outcome: 'delivered' };
const quietLog = { debug() {}, info() {}, warn() {}, error() {}, isDebug: () => false };

/** A clock that moves only when told, with the timers that hang on it. */
class VirtualTime implements Clock, Timers {
  now = Date.UTC(2026, 0, 1);
  readonly #due: { at: number; run: () => void }[] = [];

  monotonic() {
    return this.now;
  }

  wall() {
    return this.now;
  }

  after(delay: number, run: () => void) {
    const entry = { at: this.now + delay, run };
    this.#due.push(entry);
    return () => {
      const index = this.#due.indexOf(entry);
      if (index >= 0) this.#due.splice(index, 1);
    };
  }

  async advance(by: number) {
    const end = this.now + by;
    await settle();
    for (;;) {
      const next = this.#due.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.#due.splice(this.#due.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      next.run();
      await settle();
    }
    this.now = end;
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

/** mulberry32: a small seeded generator. */
function seeded(seed: number) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

function alertOf(incident: string, sequence: number, event: AlertEvent, receivers: readonly string[]): Alert {
  const at = Date.UTC(2026, 0, 1);
  const page = {
    title: 'title',
    lines: [],
    service: 'ehr',
    serviceName: 'EHR',
    region: 'norcal',
    regionName: 'Northern California',
    state: 'intermittent',
    severity: 'error',
    since: at,
    rate: '',
    reasons: '',
    pattern: '',
    features: [],
    downtime: '',
    runbook: '',
    links: [],
    strip: '',
  } as const;
  return {
    id: `${incident}#${sequence}`,
    key: incident.split('@')[0] ?? '',
    incident,
    event,
    at,
    receivers,
    page,
    labels: { severity: 'error', n: String(sequence) },
  };
}

function world(options: Partial<DeliveryOptions> = {}) {
  const time = new VirtualTime();
  const owed = new Owed(() => undefined);
  const outcomes: string[] = [];
  const base: DeliveryOptions = {
    outbox: owed satisfies Outbox,
    clock: time,
    timers: time,
    random: seeded(1),
    log: quietLog,
    print: () => undefined,
    onOutcome: (receiver, event, outcome) => outcomes.push(`${receiver} ${event} ${outcome}`),
    ...options,
  };
  const delivery = createDelivery(base);
  const owe = (alert: Alert) => {
    owed.add(alert, time.wall());
    delivery.wake();
  };
  return { time, owed, outcomes, delivery, owe, base };
}

/** A receiver that answers from a list, then well; what it was sent is noted. */
function scripted(answers: readonly (SendOutcome | 'hang')[]) {
  const sent: { id: string; at: number }[] = [];
  const left = [...answers];
  const receiver: Receiver = {
    send(alert, { now }) {
      sent.push({ id: alert.id, at: now });
      const answer = left.shift() ?? delivered;
      return answer === 'hang' ? new Promise(() => undefined) : Promise.resolve(answer);
    },
  };
  return { receiver, sent };
}

test('an alert is sent at once and settled when the far end took it', async () => {
  const { time, owed, outcomes, delivery, owe } = world();
  const { receiver, sent } = scripted([]);
  delivery.configure(new Map([['a', receiver]]));
  owe(alertOf('k@1', 1, 'opened', ['a']));
  await time.advance(0);
  expect(sent).toHaveLength(1);
  expect(outcomes).toEqual(['a opened delivered']);
  expect(owed.backlog()).toEqual([]);
  expect(delivery.queues()).toEqual([{ receiver: 'a', length: 0, oldestSeconds: 0 }]);
});

test('tries grow apart up to five minutes and never end for an alert that is worth another try', async () => {
  const { time, delivery, owe, owed } = world({ random: () => 0.999 });
  const { receiver, sent } = scripted(Array.from({ length: 30 }, () => ({ outcome: 'retry', why: 'answered 500' }) as const));
  delivery.configure(new Map([['a', receiver]]));
  owe(alertOf('k@1', 1, 'opened', ['a']));
  await time.advance(4 * 3_600_000);
  const gaps = sent.slice(1).map(({ at }, i) => Math.round((at - (sent[i]?.at ?? 0)) / 1000));
  expect(gaps.slice(0, 9)).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256]);
  expect(Math.max(...gaps)).toBe(300);
  expect(sent).toHaveLength(31);
  expect(owed.backlog()).toEqual([]);
});

test('Retry-After is waited, however well the dice fall', async () => {
  const { time, delivery, owe, owed } = world({ random: () => 0 });
  const { receiver, sent } = scripted([{ outcome: 'retry', why: 'answered 429', after: 90_000 }]);
  delivery.configure(new Map([['a', receiver]]));
  owe(alertOf('k@1', 1, 'opened', ['a']));
  await time.advance(1000);
  // Written down with the alert, so that a restart waits too.
  expect(owed.pending('a', 1)[0]).toMatchObject({ attempts: 1, notBefore: time.now + 89_000 });
  await time.advance(88_000);
  expect(sent).toHaveLength(1);
  await time.advance(2000);
  expect(sent).toHaveLength(2);
});

test('a receiver that hangs delays no other, and its own alert is tried again', async () => {
  const { time, delivery, owe } = world();
  const stuck = scripted(['hang', 'hang']);
  const well = scripted([]);
  delivery.configure(
    new Map([
      ['stuck', stuck.receiver],
      ['well', well.receiver],
    ]),
  );
  owe(alertOf('k@1', 1, 'opened', ['stuck', 'well']));
  owe(alertOf('k@1', 2, 'resolved', ['stuck', 'well']));
  await time.advance(0);
  expect(well.sent.map(({ id }) => id)).toEqual(['k@1#1', 'k@1#2']);
  await time.advance(300_000);
  expect(stuck.sent.map(({ id }) => id)).toEqual(['k@1#1', 'k@1#1', 'k@1#1', 'k@1#2']);
});

test('an alert that is refused for good is given up, counted, and does not hold the next', async () => {
  const errors: object[] = [];
  const { time, delivery, owe, outcomes } = world({ log: { ...quietLog, error: (fields) => errors.push(fields) } });
  const { receiver } = scripted([{ outcome: 'refused', why: 'answered 400' }]);
  delivery.configure(new Map([['a', receiver]]));
  owe(alertOf('k@1', 1, 'opened', ['a']));
  owe(alertOf('k@1', 2, 'resolved', ['a']));
  await time.advance(0);
  expect(outcomes).toEqual(['a opened refused', 'a resolved delivered']);
  expect(errors).toMatchObject([{ receiver: 'a', alert: 'k@1#1', why: 'answered 400' }]);
});

test('one alert that always fails holds its own incident only', async () => {
  const { time, delivery, owe } = world();
  const sent: string[] = [];
  const receiver: Receiver = {
    send(alert) {
      if (alert.key === 'poison') return Promise.resolve({ outcome: 'retry', why: 'answered 500' });
      sent.push(alert.id);
      return Promise.resolve(delivered);
    },
  };
  delivery.configure(new Map([['a', receiver]]));
  owe(alertOf('poison@1', 1, 'opened', ['a']));
  owe(alertOf('poison@1', 2, 'resolved', ['a']));
  for (let i = 0; i < 50; i += 1) owe(alertOf(`k${i}@1`, 1, 'opened', ['a']));
  await time.advance(60_000);
  expect(sent).toHaveLength(50);
});

test('when a receiver comes back, what waited goes out with the first success and not one back-off later', async () => {
  const { time, delivery, owe } = world({ random: () => 0.999 });
  let down = true;
  const sent: string[] = [];
  const receiver: Receiver = {
    send(alert) {
      if (down) return Promise.resolve({ outcome: 'retry', why: 'connection refused' });
      sent.push(alert.id);
      return Promise.resolve(delivered);
    },
  };
  delivery.configure(new Map([['a', receiver]]));
  for (let i = 0; i < 10; i += 1) owe(alertOf(`k${i}@1`, 1, 'opened', ['a']));
  await time.advance(2 * 3_600_000);
  down = false;
  owe(alertOf('new@1', 1, 'opened', ['a']));
  await time.advance(31_000);
  expect(sent).toHaveLength(11);
});

test('after a reload everything that waits is tried at once: the address may be the right one now', async () => {
  const { time, delivery, owe } = world({ random: () => 0.999 });
  const wrong = scripted(Array.from({ length: 100 }, () => ({ outcome: 'retry', why: 'connection refused', after: 3_600_000 })));
  delivery.configure(new Map([['a', wrong.receiver]]));
  for (let i = 0; i < 3; i += 1) owe(alertOf(`k${i}@1`, 1, 'opened', ['a']));
  await time.advance(10 * 3_600_000 + 1000);
  const right = scripted([]);
  delivery.configure(new Map([['a', right.receiver]]));
  await time.advance(0);
  expect(right.sent.map(({ id }) => id)).toEqual(['k0@1#1', 'k1@1#1', 'k2@1#1']);
});

test('what is owed to a receiver that is gone is given up aloud', async () => {
  const { time, delivery, owe, outcomes, owed } = world();
  owe(alertOf('k@1', 1, 'opened', ['gone']));
  delivery.configure(new Map());
  await time.advance(0);
  expect(outcomes).toEqual(['gone opened refused']);
  expect(owed.backlog()).toEqual([]);
});

test('stop lets a sending end, sends nothing more, and keeps what is owed', async () => {
  const { time, delivery, owe, owed } = world();
  const { receiver, sent } = scripted(['hang']);
  delivery.configure(new Map([['a', receiver]]));
  owe(alertOf('k@1', 1, 'opened', ['a']));
  await time.advance(0);
  const stopped = delivery.stop(5000);
  await time.advance(5000);
  await stopped;
  delivery.wake();
  await time.advance(600_000);
  expect(sent).toHaveLength(1);
  expect(owed.backlog()).toMatchObject([{ receiver: 'a', length: 1 }]);
});

test('a resending receiver is told again while an alert stands and for a while after its end, with the labels of the first notice', async () => {
  const { time, delivery, owe, owed } = world();
  const told: { event: string; n: string | undefined; minute: number }[] = [];
  const start = time.now;
  const note = (alert: Alert) => told.push({ event: alert.event, n: alert.labels['n'], minute: Math.round((time.now - start) / 60_000) });
  const receiver: Receiver = {
    send: (alert) => Promise.resolve(note(alert)).then(() => delivered),
    resend: {
      every: 60_000,
      resolvedFor: 900_000,
      repeat: (alerts) => Promise.resolve(alerts.forEach(note)).then(() => delivered),
    },
  };
  delivery.configure(new Map([['a', receiver]]));
  owe(alertOf('k@1', 1, 'opened', ['a']));
  await time.advance(10 * 60_000 + 1000);
  owe(alertOf('k@1', 2, 'worsened', ['a']));
  owe(alertOf('k@1', 3, 'resolved', ['a']));
  await time.advance(60 * 60_000);
  const resolved = told.filter(({ event }) => event === 'resolved').map(({ minute }) => minute);
  expect(told.filter(({ event }) => event === 'opened')).toHaveLength(11);
  expect(resolved).toHaveLength(17);
  expect(resolved.at(-1)).toBe(26);
  expect(new Set(told.map(({ n }) => n))).toEqual(new Set(['1']));
  expect(owed.standing('a')).toEqual([]);
});

test('a new process goes on telling what the old one had delivered', async () => {
  const { time, delivery, owe, base } = world();
  const repeated: string[] = [];
  const receiver: Receiver = {
    send: () => Promise.resolve(delivered),
    resend: {
      every: 60_000,
      resolvedFor: 900_000,
      repeat: (alerts) => Promise.resolve(repeated.push(...alerts.map(({ id }) => id))).then(() => delivered),
    },
  };
  delivery.configure(new Map([['a', receiver]]));
  owe(alertOf('k@1', 1, 'opened', ['a']));
  await time.advance(0);
  const stopped = delivery.stop(0);
  await time.advance(0);
  await stopped;
  repeated.length = 0;
  createDelivery(base).configure(new Map([['a', receiver]]));
  await time.advance(0);
  expect(repeated).toEqual(['k@1#1']);
});

const events: readonly AlertEvent[] = ['opened', 'worsened', 'reminder', 'resolved'];

/** A far end that takes, refuses, hangs, throws and loses its answers at random; only what it took counts as seen. */
function moody(random: () => number) {
  const seen: string[] = [];
  const refused = new Set<string>();
  const receiver: Receiver = {
    send(alert) {
      const mood = random();
      if (mood < 0.35) {
        seen.push(alert.id);
        return Promise.resolve(delivered);
      }
      if (mood < 0.4) {
        refused.add(alert.id);
        return Promise.resolve({ outcome: 'refused', why: 'answered 400' });
      }
      if (mood < 0.5) return Promise.resolve({ outcome: 'retry', why: 'answered 429', after: Math.floor(random() * 20_000) });
      if (mood < 0.65) return Promise.resolve({ outcome: 'retry', why: 'answered 500' });
      if (mood < 0.75) return new Promise(() => undefined);
      if (mood < 0.8) throw new Error('a bug');
      // Taken, and the answer is lost on the way back.
      if (mood < 0.9) seen.push(alert.id);
      return Promise.resolve({ outcome: 'retry', why: 'the connection was closed' });
    },
  };
  return { receiver, seen, refused };
}

test.each([1, 2, 3, 4, 5, 6, 7, 8])(
  'chaos %i: every alert reaches every receiver, in order per incident, once after de-duplication',
  async (seed) => {
    const random = seeded(seed);
    const names = ['a', 'b', 'c'];
    const ends = new Map(names.map((name) => [name, moody(random)]));
    const receivers = new Map([...ends].map(([name, { receiver }]) => [name, receiver]));
    const { time, owed, base, delivery: first } = world({ random });
    let delivery: Delivery = first;
    delivery.configure(receivers);
    const all: string[] = [];
    for (let round = 0; round < events.length; round += 1) {
      for (let i = 0; i < 25; i += 1) {
        const alert = alertOf(`k${i}@1`, round, events[round] ?? 'opened', names);
        all.push(alert.id);
        owed.add(alert, time.now);
        delivery.wake();
        await time.advance(random() * 10_000);
      }
      // A restart in the middle.
      const stopped = delivery.stop(0);
      await time.advance(0);
      await stopped;
      delivery = createDelivery(base);
      delivery.configure(receivers);
    }
    await time.advance(24 * 3_600_000);
    expect(owed.backlog()).toEqual([]);
    for (const { seen, refused } of ends.values()) {
      const once = [...new Set(seen)];
      expect(new Set([...once, ...refused])).toEqual(new Set(all));
      for (let i = 0; i < 25; i += 1) {
        const ofIncident = once.filter((id) => id.startsWith(`k${i}@`));
        expect(ofIncident).toEqual(ofIncident.toSorted());
      }
    }
  },
);
