import fc from 'fast-check';
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

function checkUse(limits: LimitsPlan, uses: readonly Step[]): void {
  const limiter = new Limiter<Item>(limits);
  const waiting: Item[] = [];
  const running: string[] = [];
  const starts: { host: string; at: number }[] = [];
  let now = 0;
  for (const { kind, host, wait } of uses) {
    const name = `h${host}`;
    now += wait;
    if (kind === 'add') limiter.add(waiting[waiting.push(item(name)) - 1] as Item);
    else if (kind === 'end' && running.includes(name)) limiter.done(running.splice(running.indexOf(name), 1)[0] as string);
    else if (kind === 'drop' && waiting.length > 0) limiter.remove(waiting.splice(host % waiting.length, 1)[0] as Item);
    for (let taken = limiter.take(now); taken !== undefined; taken = limiter.take(now)) {
      const { number, host: at } = taken;
      expect(waiting.find((each) => each.host === at)?.number).toBe(number);
      waiting.splice(
        waiting.findIndex((each) => each.number === number),
        1,
      );
      running.push(at);
      starts.push({ host: at, at: now });
    }
    expect(limiter.running).toBe(running.length);
    expect(limiter.waiting).toBe(waiting.length);
    expect(running.length).toBeLessThanOrEqual(limits.concurrency);
    const window = limits.hostRate < 1 ? 1000 / limits.hostRate : 1000;
    const most = Math.max(1, Math.floor(limits.hostRate));
    for (const each of ['h0', 'h1', 'h2', 'h3', 'h4']) {
      const active = running.filter((other) => other === each).length;
      const recent = starts.filter((start) => start.host === each && start.at > now - window).length;
      expect(active).toBeLessThanOrEqual(limits.hostConcurrency);
      expect(recent).toBeLessThanOrEqual(most);
      const free = running.length < limits.concurrency && active < limits.hostConcurrency && recent < most;
      if (free) expect(waiting.some((other) => other.host === each)).toBe(false);
    }
  }
}
