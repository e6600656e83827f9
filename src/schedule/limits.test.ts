import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { LimitsPlan } from '#model/plan.ts';
import { Limiter, type Waiting } from './limits.ts';

interface Item extends Waiting<Item> {
  readonly number: number;
}

let count = 0;
function item(host: string): Item {
  count += 1;
  return { number: count, host, before: undefined, behind: undefined };
}

const wide: LimitsPlan = { concurrency: 1000, hostConcurrency: 1000, hostRate: 1000 };

function takeAll(limiter: Limiter<Item>, now: number): readonly string[] {
  const hosts: string[] = [];
  for (let taken = limiter.take(now); taken !== undefined; taken = limiter.take(now)) hosts.push(taken.host);
  return hosts;
}

test('a host with a thousand waiting attempts does not keep another one waiting', () => {
  const limiter = new Limiter<Item>({ ...wide, concurrency: 4 });
  for (let index = 0; index < 1000; index += 1) limiter.add(item('busy'));
  limiter.add(item('quiet'));
  limiter.add(item('calm'));
  expect(takeAll(limiter, 0)).toEqual(['busy', 'quiet', 'calm', 'busy']);
  limiter.add(item('quiet'));
  limiter.done('busy');
  limiter.done('busy');
  expect(takeAll(limiter, 1)).toEqual(['busy', 'quiet']);
});

test('at one host it is first come, first served', () => {
  const limiter = new Limiter<Item>(wide);
  const items = Array.from({ length: 50 }, () => item('a'));
  for (const each of items) limiter.add(each);
  expect(items.map(() => limiter.take(0)?.number)).toEqual(items.map((each) => each.number));
});

test('the concurrency of a host and of all is held, and what ends makes room', () => {
  const limiter = new Limiter<Item>({ ...wide, concurrency: 3, hostConcurrency: 2 });
  for (const host of ['a', 'a', 'a', 'b', 'b']) limiter.add(item(host));
  expect(takeAll(limiter, 0)).toEqual(['a', 'b', 'a']);
  expect(limiter.nextAt()).toBe(Number.POSITIVE_INFINITY);
  limiter.done('b');
  expect(limiter.nextAt()).toBe(0);
  expect(takeAll(limiter, 1)).toEqual(['b']);
  limiter.done('b');
  // Host a is at its own cap: nothing may start until one of its attempts ends.
  expect(takeAll(limiter, 2)).toEqual([]);
  limiter.done('a');
  expect(takeAll(limiter, 3)).toEqual(['a']);
});

test('a rate lets its number start at once and the next one when a second has gone by', () => {
  const limiter = new Limiter<Item>({ ...wide, hostRate: 3 });
  for (let index = 0; index < 5; index += 1) limiter.add(item('a'));
  limiter.add(item('b'));
  expect(takeAll(limiter, 100)).toEqual(['a', 'b', 'a', 'a']);
  expect(limiter.nextAt()).toBe(1100);
  expect(takeAll(limiter, 1099)).toEqual([]);
  expect(takeAll(limiter, 1100)).toEqual(['a', 'a']);
});

test('a rate below one per second spaces the starts', () => {
  const limiter = new Limiter<Item>({ ...wide, hostRate: 0.5 });
  limiter.add(item('a'));
  limiter.add(item('a'));
  expect(takeAll(limiter, 0)).toHaveLength(1);
  expect(limiter.nextAt()).toBe(2000);
  expect(takeAll(limiter, 2000)).toHaveLength(1);
});

test('what is taken back never starts', () => {
  const limiter = new Limiter<Item>(wide);
  const [first, second, third] = [item('a'), item('a'), item('b')];
  for (const each of [first, second, third]) limiter.add(each);
  limiter.remove(first);
  limiter.remove(third);
  expect(limiter.waiting).toBe(1);
  expect(limiter.take(0)?.number).toBe(second.number);
  expect(limiter.take(0)).toBeUndefined();
});

test('new caps hold for what starts from then on', () => {
  const limiter = new Limiter<Item>({ ...wide, hostConcurrency: 1 });
  for (let index = 0; index < 5; index += 1) limiter.add(item('a'));
  expect(takeAll(limiter, 0)).toHaveLength(1);
  limiter.configure({ ...wide, hostConcurrency: 3 }, 1);
  expect(takeAll(limiter, 1)).toHaveLength(2);
  limiter.configure({ ...wide, hostConcurrency: 1 }, 2);
  limiter.done('a');
  limiter.done('a');
  expect(takeAll(limiter, 3)).toEqual([]);
  limiter.done('a');
  expect(takeAll(limiter, 4)).toHaveLength(1);
});

type Step = { readonly kind: 'add' | 'end' | 'drop'; readonly host: number; readonly wait: number };
const steps = fc.array(
  fc.record({ kind: fc.constantFrom('add', 'add', 'end', 'drop'), host: fc.nat(4), wait: fc.constantFrom(0, 0, 1, 40, 300, 1100) }),
  { maxLength: 300 },
);
const caps = fc.record({
  concurrency: fc.integer({ min: 1, max: 8 }),
  hostConcurrency: fc.integer({ min: 1, max: 4 }),
  hostRate: fc.constantFrom(0.5, 1, 2, 5, 9.5),
});

test('under any use no cap is exceeded, each host is served in order, and nothing that may start is held back', () => {
  fc.assert(fc.property(caps, steps, checkUse), { numRuns: 300 });
});

/** The limiter beside a naive model of itself. */
class Model {
  readonly limiter: Limiter<Item>;
  readonly #limits: LimitsPlan;
  readonly #waiting: Item[] = [];
  readonly #running: string[] = [];
  readonly #starts: { readonly host: string; readonly at: number }[] = [];

  constructor(limits: LimitsPlan) {
    this.#limits = limits;
    this.limiter = new Limiter(limits);
  }

  use({ kind, host }: Step): void {
    const name = `h${host}`;
    if (kind === 'add') {
      const added = item(name);
      this.#waiting.push(added);
      this.limiter.add(added);
    }
    const index = this.#running.indexOf(name);
    if (kind === 'end' && index >= 0) {
      this.#running.splice(index, 1);
      this.limiter.done(name);
    }
    const [dropped] = kind === 'drop' ? this.#waiting.splice(host, 1) : [];
    if (dropped !== undefined) this.limiter.remove(dropped);
  }

  takeAll(now: number): void {
    for (let taken = this.limiter.take(now); taken !== undefined; taken = this.limiter.take(now)) {
      const { host } = taken;
      const first = this.#waiting.findIndex((each) => each.host === host);
      expect(this.#waiting[first]?.number).toBe(taken.number);
      this.#waiting.splice(first, 1);
      this.#running.push(host);
      this.#starts.push({ host, at: now });
    }
  }

  check(now: number): void {
    const { concurrency } = this.#limits;
    expect([this.limiter.running, this.limiter.waiting]).toEqual([this.#running.length, this.#waiting.length]);
    expect(this.#running.length).toBeLessThanOrEqual(concurrency);
    for (const host of ['h0', 'h1', 'h2', 'h3', 'h4']) this.#checkHost(host, now);
  }

  #checkHost(host: string, now: number): void {
    const { concurrency, hostConcurrency, hostRate } = this.#limits;
    const window = hostRate < 1 ? 1000 / hostRate : 1000;
    const most = Math.max(1, Math.floor(hostRate));
    const active = this.#running.filter((other) => other === host).length;
    const recent = this.#starts.filter((start) => start.host === host && start.at > now - window).length;
    expect(active).toBeLessThanOrEqual(hostConcurrency);
    expect(recent).toBeLessThanOrEqual(most);
    const free = this.#running.length < concurrency && active < hostConcurrency && recent < most;
    if (free) expect(this.#waiting.some((other) => other.host === host)).toBe(false);
  }
}

function checkUse(limits: LimitsPlan, uses: readonly Step[]): void {
  const model = new Model(limits);
  let now = 0;
  for (const use of uses) {
    now += use.wait;
    model.use(use);
    model.takeAll(now);
    model.check(now);
  }
}

test('what takes only spare room leaves room for one more, and comes after whatever waits', () => {
  const limiter = new Limiter<Item>({ concurrency: 5, hostConcurrency: 3, hostRate: 4 });
  expect([limiter.takeSpare('a', 0), limiter.takeSpare('a', 0), limiter.takeSpare('a', 0)]).toEqual([true, true, false]);
  limiter.add(item('a'));
  expect(takeAll(limiter, 0)).toEqual(['a']);
  for (let ended = 0; ended < 3; ended += 1) limiter.done('a');
  // Three starts of the four that a second may have: one is kept free.
  expect(limiter.takeSpare('a', 500)).toBe(false);
  expect(limiter.takeSpare('a', 1000)).toBe(true);
  limiter.add(item('b'));
  expect(limiter.takeSpare('b', 1000)).toBe(false);
  expect(limiter.takeSpare('c', 1000)).toBe(true);
  expect(limiter.running).toBe(2);
});
