// Caps on what goes to one host and in all, with fairness: first in, first out at a host, and the hosts in turn.
import type { LimitsPlan } from '#model/plan.ts';
import { type EpochMs, secondMs } from '#model/time.ts';
import { Fifo, type Linked } from './fifo.ts';
import { Heap, type HeapNode } from './heap.ts';

/** Something that wants to start at a host. */
export interface Waiting<T> extends Linked<T> {
  /** What the caps count by; must not change between `add` and `take` or `remove`. */
  readonly host: string;
}

/** One host's queue, what runs there, and when the latest attempts started. */
interface Host<T extends Waiting<T>> extends Linked<Host<T>>, HeapNode {
  readonly name: string;
  readonly waiting: Fifo<T>;
  running: number;
  readonly starts: StartLog;
  /** In turn to start, held back by its rate, or neither (nothing waits, or its concurrency is used up). */
  place: 'ready' | 'rated' | 'none';
}

/**
 * Holds back what would exceed the caps. In no second does a host see more than `hostRate` starts (below one a second: one in
 * `1 / hostRate` seconds). `add`, `take`, `done` and `remove` are O(1), or O(log hosts) while a rate holds a host back.
 */
export class Limiter<T extends Waiting<T>> {
  readonly #hosts = new Map<string, Host<T>>();
  readonly #ready = new Fifo<Host<T>>();
  readonly #rated = new Heap<Host<T>>();
  #limits: LimitsPlan;
  #running = 0;
  #waiting = 0;

  constructor(limits: LimitsPlan) {
    this.#limits = limits;
  }

  /** Started and not yet done. */
  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Sets other caps. What already runs above a lower cap runs on. Forgets hosts that have been idle for longer than their rate looks back. */
  configure(limits: LimitsPlan, now: EpochMs): void {
    this.#limits = limits;
    for (const host of this.#hosts.values()) {
      this.#unplace(host);
      this.#place(host);
      if (host.waiting.length === 0 && host.running === 0 && host.starts.idleAt(now, limits.hostRate)) this.#hosts.delete(host.name);
    }
  }

  add(item: T): void {
    const host = this.#host(item.host);
    host.waiting.push(item);
    this.#waiting += 1;
    if (host.place === 'none') this.#place(host);
  }

  /** Takes out an item that waits. */
  remove(item: T): void {
    this.#host(item.host).waiting.remove(item);
    this.#waiting -= 1;
  }

  /** The next item that may start at `now`, counted as running from here on; undefined when the caps hold everything back. */
  take(now: EpochMs): T | undefined {
    this.#release(now);
    if (this.#running >= this.#limits.concurrency) return undefined;
    for (let host = this.#ready.shift(); host !== undefined; host = this.#ready.shift()) {
      host.place = 'none';
      const at = host.starts.readyAt(now, this.#limits.hostRate);
      if (at > now) {
        this.#holdBack(host, at);
        continue;
      }
      const item = host.waiting.shift();
      if (item === undefined) continue;
      this.#waiting -= 1;
      this.#running += 1;
      host.running += 1;
      host.starts.push(now);
      this.#place(host);
      return item;
    }
    return undefined;
  }

  /**
   * Starts something at this host now, counted as running from here on, where nothing waits there and the caps have room for it and one more: what
   * comes next does not wait for it. False where they have not. O(1).
   */
  takeSpare(name: string, now: EpochMs): boolean {
    const { concurrency, hostConcurrency, hostRate } = this.#limits;
    const host = this.#host(name);
    if (host.waiting.length > 0 || this.#running + 2 > concurrency || host.running + 2 > hostConcurrency) return false;
    if (!host.starts.isFree(now, hostRate, 2)) return false;
    this.#running += 1;
    host.running += 1;
    host.starts.push(now);
    return true;
  }

  /** What `take` gave for this host has ended. */
  done(name: string): void {
    const host = this.#host(name);
    host.running -= 1;
    this.#running -= 1;
    if (host.place === 'none') this.#place(host);
  }

  /** When `take` may next give something without another `done`: 0 for at once, Infinity for never. */
  nextAt(): EpochMs {
    if (this.#waiting === 0 || this.#running >= this.#limits.concurrency) return Number.POSITIVE_INFINITY;
    if (this.#ready.length > 0) return 0;
    return this.#rated.top()?.key ?? Number.POSITIVE_INFINITY;
  }

  #host(name: string): Host<T> {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const host: Host<T> = {
      name,
      waiting: new Fifo(),
      running: 0,
      starts: new StartLog(),
      place: 'none',
      before: undefined,
      behind: undefined,
      key: 0,
      slot: -1,
    };
    this.#hosts.set(name, host);
    return host;
  }

  /** To the end of the line, if it has something that its concurrency allows. */
  #place(host: Host<T>): void {
    if (host.waiting.length === 0 || host.running >= this.#limits.hostConcurrency) return;
    host.place = 'ready';
    this.#ready.push(host);
  }

  #unplace(host: Host<T>): void {
    if (host.place === 'ready') this.#ready.remove(host);
    this.#rated.remove(host);
    host.place = 'none';
  }

  #holdBack(host: Host<T>, until: EpochMs): void {
    host.place = 'rated';
    host.key = until;
    this.#rated.place(host);
  }

  #release(now: EpochMs): void {
    for (let host = this.#rated.top(); host !== undefined && host.key <= now; host = this.#rated.top()) {
      this.#rated.remove(host);
      host.place = 'none';
      this.#place(host);
    }
  }
}

/** When the starts within the window of the rate were: a ring that grows to what the rate allows and no further. */
class StartLog {
  #ring = new Float64Array(4);
  #head = 0;
  #count = 0;

  /** Drops what the window has left behind and tells when the rate allows another start. */
  readyAt(now: EpochMs, rate: number): EpochMs {
    const window = rate < 1 ? secondMs / rate : secondMs;
    const most = Math.max(1, Math.floor(rate));
    while (this.#count > 0 && this.#oldest() + window <= now) this.#drop();
    // A rate that was lowered leaves more starts than it allows now: wait for the surplus too.
    const surplus = this.#count - most;
    return surplus < 0 ? now : this.#at(surplus) + window;
  }

  /** Whether the rate allows so many starts at once. */
  isFree(now: EpochMs, rate: number, starts: number): boolean {
    this.readyAt(now, rate);
    return this.#count + starts <= Math.max(1, Math.floor(rate));
  }

  idleAt(now: EpochMs, rate: number): boolean {
    this.readyAt(now, rate);
    return this.#count === 0;
  }

  push(now: EpochMs): void {
    if (this.#count === this.#ring.length) this.#grow();
    this.#ring[(this.#head + this.#count) % this.#ring.length] = now;
    this.#count += 1;
  }

  #oldest(): EpochMs {
    return this.#at(0);
  }

  #at(index: number): EpochMs {
    return this.#ring[(this.#head + index) % this.#ring.length] ?? 0;
  }

  #drop(): void {
    this.#head = (this.#head + 1) % this.#ring.length;
    this.#count -= 1;
  }

  #grow(): void {
    const wider = new Float64Array(this.#ring.length * 2);
    for (let index = 0; index < this.#count; index += 1) wider[index] = this.#at(index);
    this.#ring = wider;
    this.#head = 0;
  }
}
