// What is owed to receivers. Memory leads and the file follows, so that pages go out whatever the disk does.
import type { Alert } from '#model/alert.ts';
import type { EpochMs } from '#model/time.ts';
import type { OwedRow, StoreOutbox } from './contract.ts';
import type { OwedFact, OwedTables, Settlement } from './owed-tables.ts';

interface Entry {
  readonly row: number;
  readonly receiver: string;
  readonly alert: Alert;
  readonly createdAt: EpochMs;
  attempts: number;
  notBefore: EpochMs;
  settled?: Settlement;
  /** Is in the file. */
  saved: boolean;
}

/** The outbox. Every change is at once in memory and waits in `#changed` until `write` was committed. */
export class Owed implements StoreOutbox {
  /** Tries to commit now; called after a settlement. */
  readonly #commit: () => void;
  readonly #lanes = new Map<string, Map<number, Entry>>();
  readonly #rows = new Map<number, Entry>();
  /** Of the entries in `#rows`. */
  readonly #names = new Map<string, Entry>();
  readonly #standing = new Map<string, Map<string, Alert>>();
  readonly #changed = new Set<Entry>();
  /** Receiver and key of standing alerts to write or delete. */
  readonly #changedStanding = new Map<string, readonly [string, string]>();
  /** Found in the file already: settled before a crash, so owed no more. */
  #known: Entry[] = [];
  #next = 1;

  constructor(commit: () => void) {
    this.#commit = commit;
  }

  pending(receiver: string, limit: number): readonly OwedRow[] {
    return (this.#lanes.get(receiver)?.values() ?? [].values()).take(limit).map(rowOf).toArray();
  }

  settle(row: number, outcome: Settlement['outcome'], at: EpochMs, options?: { readonly standing: boolean }): void {
    const entry = this.#rows.get(row);
    if (entry === undefined) return;
    entry.attempts += 1;
    entry.settled = { outcome, at };
    this.#remove(entry);
    this.#changed.add(entry);
    if (options?.standing === true) this.#stand(entry.receiver, entry.alert);
    this.#commit();
  }

  postpone(row: number, notBefore: EpochMs): void {
    const entry = this.#rows.get(row);
    if (entry === undefined) return;
    entry.attempts += 1;
    entry.notBefore = notBefore;
    this.#changed.add(entry);
  }

  backlog(): readonly { readonly receiver: string; readonly length: number; readonly oldest: EpochMs }[] {
    const lanes: { receiver: string; length: number; oldest: EpochMs }[] = [];
    for (const [receiver, lane] of this.#lanes) {
      const first = lane.values().next().value;
      if (first !== undefined) lanes.push({ receiver, length: lane.size, oldest: first.createdAt });
    }
    return lanes;
  }

  standing(receiver: string): readonly Alert[] {
    return [...(this.#standing.get(receiver)?.values() ?? [])];
  }

  dismiss(receiver: string, key: string): void {
    if (this.#standing.get(receiver)?.delete(key) !== true) return;
    this.#changedStanding.set(nameOf(receiver, key), [receiver, key]);
  }

  /** One row a receiver of the alert; pairs that are owed already are left alone. */
  add(alert: Alert, now: EpochMs): void {
    for (const receiver of new Set(alert.receivers)) {
      if (this.#names.has(nameOf(alert.id, receiver))) continue;
      this.#keep({ row: this.#next, receiver, alert, createdAt: now, attempts: 0, notBefore: 0, saved: false });
    }
  }

  /** Changes that are in memory only. */
  waiting(): number {
    return this.#changed.size + this.#changedStanding.size;
  }

  /** Inside a transaction: brings the file up to memory. `committed` must follow when it went well. */
  write(tables: OwedTables): void {
    this.#known = [];
    for (const entry of this.#changed) {
      if (entry.saved) tables.update(entry, entry.settled);
      else if (!tables.insert(entry, entry.settled)) this.#known.push(entry);
    }
    for (const [receiver, key] of this.#changedStanding.values()) {
      tables.stand(receiver, key, this.#standing.get(receiver)?.get(key));
    }
  }

  committed(): void {
    for (const entry of this.#changed) entry.saved = true;
    for (const entry of this.#known) if (this.#rows.has(entry.row)) this.#remove(entry);
    this.#changed.clear();
    this.#changedStanding.clear();
  }

  /** Takes over what the file knows and memory does not: at start, and when the file comes back. What is older goes first. */
  load(tables: OwedTables, lenient = false): void {
    const own = [...this.#rows.values()];
    const held = new Map([...own, ...this.#changed].map((entry) => [nameOf(entry.alert.id, entry.receiver), entry]));
    const found: OwedFact[] = [];
    for (const fact of tables.owed(lenient)) {
      const entry = held.get(nameOf(fact.alert.id, fact.receiver));
      if (entry === undefined) found.push(fact);
      else entry.saved = true;
    }
    for (const lane of this.#lanes.values()) lane.clear();
    for (const fact of found) this.#keep({ ...fact, row: this.#next, saved: true });
    for (const entry of own) this.#lane(entry.receiver).set(entry.row, entry);
    for (const { receiver, key, alert } of tables.standing(lenient)) {
      const lane = this.#standingOf(receiver);
      if (!lane.has(key) && !this.#changedStanding.has(nameOf(receiver, key))) lane.set(key, alert);
    }
  }

  /** The file is a new, empty one: everything has to be written again. */
  fileLost(): void {
    for (const entry of this.#changed) entry.saved = false;
    for (const entry of this.#rows.values()) {
      entry.saved = false;
      this.#changed.add(entry);
    }
    for (const [receiver, lane] of this.#standing)
      for (const key of lane.keys()) this.#changedStanding.set(nameOf(receiver, key), [receiver, key]);
  }

  #keep(entry: Entry): void {
    this.#next += 1;
    this.#rows.set(entry.row, entry);
    this.#names.set(nameOf(entry.alert.id, entry.receiver), entry);
    this.#lane(entry.receiver).set(entry.row, entry);
    if (!entry.saved) this.#changed.add(entry);
  }

  #remove(entry: Entry): void {
    this.#rows.delete(entry.row);
    this.#names.delete(nameOf(entry.alert.id, entry.receiver));
    this.#lanes.get(entry.receiver)?.delete(entry.row);
  }

  #stand(receiver: string, alert: Alert): void {
    const lane = this.#standingOf(receiver);
    const before = lane.get(alert.key);
    lane.delete(alert.key);
    // The labels of the first notice are the identity at the receiver while the incident lives.
    lane.set(alert.key, before?.incident === alert.incident ? { ...alert, labels: before.labels } : alert);
    this.#changedStanding.set(nameOf(receiver, alert.key), [receiver, alert.key]);
  }

  #lane(receiver: string): Map<number, Entry> {
    const lane = this.#lanes.get(receiver) ?? new Map<number, Entry>();
    this.#lanes.set(receiver, lane);
    return lane;
  }

  #standingOf(receiver: string): Map<string, Alert> {
    const lane = this.#standing.get(receiver) ?? new Map<string, Alert>();
    this.#standing.set(receiver, lane);
    return lane;
  }
}

function rowOf({ row, receiver, alert, attempts, notBefore, createdAt }: Entry): OwedRow {
  return { row, receiver, alert, attempts, notBefore, createdAt };
}

function nameOf(one: string, other: string): string {
  return `${one}\n${other}`;
}
