// The store: memory leads, the file follows. Nothing that happens to the file stops probing or paging.
import { resolve } from 'node:path';
import type { EndpointId } from '#model/endpoint.ts';
import { HolterError } from '#model/error.ts';
import type { Incident } from '#model/incident.ts';
import { type EpochMs, minuteMs, secondMs } from '#model/time.ts';
import { backupError, copyStore } from './backup.ts';
import type {
  CourseEvent,
  HourlySum,
  IncidentPage,
  IncidentQuery,
  Loaded,
  ResultQuery,
  ResultRecord,
  SavedState,
  Store,
  StoreFigures,
  StoreHealth,
  StoreOptions,
  Transition,
} from './contract.ts';
import { type Connection, Folder } from './file.ts';
import { Health } from './health.ts';
import { loadRecord } from './load.ts';
import { Owed } from './owed.ts';
import { Retention } from './retention.ts';
import { type OpenDatabase, openDatabase, problemOf, transaction } from './sqlite.ts';
import { Waiting } from './waiting.ts';

const resultLimit = 100_000;
const reconnectEvery = 5 * secondMs;
/** A disk that breaks file after file is not filled with the pieces. */
const moveAsideEvery = minuteMs;
/** Transitions a second that get an fsync of their own; the rest of that second is synced by the next flush. */
const syncsPerFlush = 10;

/**
 * Opens the store in `folder` and takes the folder for this process.
 * Throws HolterError `store_in_use` (another process has it) or `store_newer` (written by a newer Holter).
 * Every other trouble is told by `health` and the log, and tried again by `flush`.
 */
export function openStore(folder: string, options: StoreOptions, open: OpenDatabase = openDatabase): Store {
  const store = new FileStore(new Folder(folder, open), options);
  store.start();
  return store;
}

class FileStore implements Store {
  readonly outbox: Owed;
  readonly #folder: Folder;
  readonly #options: StoreOptions;
  readonly #waiting = new Waiting();
  readonly #health: Health;
  readonly #retention: Retention;
  #file: Connection | undefined;
  #lastTry = Number.NEGATIVE_INFINITY;
  #lastMove = Number.NEGATIVE_INFINITY;
  #syncs = 0;
  #unsynced = false;
  #commits = 0;
  #failedCommits = 0;
  #closed = false;

  constructor(folder: Folder, options: StoreOptions) {
    this.#folder = folder;
    this.#options = options;
    this.#health = new Health(options.clock, options.log);
    this.#retention = new Retention(options.clock, options.retention);
    // A settlement that a power cut loses is a page sent twice under one key: no fsync.
    this.outbox = new Owed(() => void this.#commitNow(false));
  }

  start(): void {
    try {
      this.#connect();
    } catch (error) {
      if (error instanceof HolterError) {
        this.#folder.release();
        throw error;
      }
      this.#trouble(error);
    }
  }

  quiet(record: ResultRecord): void {
    this.#waiting.result(record);
  }

  flush(): void {
    if (this.#closed) return;
    this.#syncs = 0;
    if (!this.#ready()) return;
    const written = this.#waiting.firstResults().length;
    if (!this.#isIdle() && !this.#commit(this.#unsynced)) return;
    try {
      if (this.#file !== undefined) this.#retention.bite(this.#file, written);
    } catch (error) {
      this.#trouble(error);
    }
  }

  transition(change: Transition): boolean {
    this.#waiting.take(change);
    const now = this.#options.clock.wall();
    for (const alert of change.alerts ?? []) this.outbox.add(alert, now);
    const durable = this.#syncs < syncsPerFlush;
    this.#syncs += 1;
    const committed = this.#commitNow(durable);
    if (committed && !durable) this.#unsynced = true;
    return committed;
  }

  saveStates(states: readonly SavedState[]): void {
    this.#waiting.take({ states });
  }

  load(endpoints: readonly EndpointId[]): Loaded {
    const nothing = { states: [], openIncidents: this.#waiting.openIncidents(), replay: [] };
    return this.#read((file) => loadRecord(file, this.#waiting, endpoints, this.#options.clock.monotonic()), nothing);
  }

  results(query: ResultQuery): readonly ResultRecord[] {
    const limit = Math.max(1, Math.min(query.limit, resultLimit));
    return [...this.#read((file) => file.history.read({ ...query, limit }), []), ...this.#waiting.resultsOf(query)].slice(-limit);
  }

  hourly(endpoint: EndpointId, since: EpochMs, until: EpochMs = Number.MAX_SAFE_INTEGER): readonly HourlySum[] {
    return this.#read((file) => {
      const number = file.history.endpointNumber(endpoint);
      return number === undefined ? [] : file.history.hourly.read(number, since, until);
    }, []);
  }

  incidents(query: IncidentQuery): IncidentPage {
    const page = this.#read((file) => file.incidents.list(query), { incidents: [] });
    return this.#waiting.overlay(page, query);
  }

  incident(id: string): Incident | undefined {
    return this.#waiting.incident(id) ?? this.#read((file) => file.incidents.one(id), undefined);
  }

  course(incident: string): readonly CourseEvent[] {
    return [...this.#read((file) => file.incidents.course(incident), []), ...this.#waiting.courseOf(incident)];
  }

  meta(key: string): string | undefined {
    return this.#waiting.meta.get(key) ?? this.#read((file) => file.states.meta(key), undefined);
  }

  setMeta(key: string, value: string): void {
    this.#waiting.meta.set(key, value);
  }

  health(): StoreHealth {
    return this.#health.now;
  }

  figures(): StoreFigures {
    return {
      writable: this.#health.now.ok,
      waiting: this.#waiting.results.length,
      lost: this.#waiting.dropped,
      bytes: this.#folder.bytes(),
      waitingFacts: this.#waiting.facts() + this.outbox.waiting(),
      commits: this.#commits,
      failedCommits: this.#failedCommits,
    };
  }

  async backup(file: string): Promise<void> {
    this.flush();
    if (this.#file === undefined) throw backupError('it is not open');
    if (resolve(file) === resolve(this.#folder.file)) throw backupError('the copy would replace the store itself');
    await copyStore(this.#file.db, file);
  }

  close(): void {
    if (this.#closed) return;
    // Enough bites for all that may wait; a bite that fails ends it.
    while (!this.#isIdle() && this.#ready() && this.#commit(true));
    this.#closed = true;
    this.#file?.close();
    this.#file = undefined;
    this.#folder.release();
  }

  /** Throws what opening throws. */
  #connect(): void {
    this.#lastTry = this.#options.clock.monotonic();
    const file = this.#folder.connect(this.#options.vantage);
    try {
      this.outbox.load(file.owed);
      this.#waiting.load(file.incidents.open());
    } catch (error) {
      if (problemOf(error) === 'corrupt') this.#salvage(file);
      file.close();
      throw error;
    }
    this.#file = file;
  }

  /** Keeps what can still be read, for the file that comes next. */
  #salvage(file: Connection): void {
    this.outbox.load(file.owed, true);
    this.#waiting.load(file.incidents.open(true));
    this.#waiting.take({ states: file.states.all(true) });
  }

  /** True when there is an open file; tries to open one every 5 s. */
  #ready(): boolean {
    if (this.#closed) return false;
    try {
      if (this.#file?.isThere() === false) {
        this.#health.tell('removed');
        this.#drop();
        this.#folder.release();
        this.#connect();
      }
      if (this.#file === undefined && this.#options.clock.monotonic() - this.#lastTry >= reconnectEvery) this.#connect();
    } catch (error) {
      this.#trouble(error);
    }
    return this.#file !== undefined;
  }

  /** The file is gone for good: all that memory holds has to be written to the next one. */
  #drop(): void {
    this.#file?.close();
    this.#file = undefined;
    this.outbox.fileLost();
    this.#waiting.fileLost();
  }

  #commitNow(durable: boolean): boolean {
    // While the file is unwell one try a second is enough: `flush` makes it.
    return this.#health.now.ok && !this.#closed && this.#commit(durable);
  }

  #commit(durable: boolean): boolean {
    const file = this.#file;
    if (file === undefined) return false;
    this.#waiting.portion(this.#health.now.ok);
    try {
      transaction(file.db, durable, () => {
        file.history.write(this.#waiting.firstResults());
        file.incidents.write(this.#waiting.events);
        this.outbox.write(file.owed);
        file.states.write(this.#waiting.states.values());
        for (const [key, value] of this.#waiting.meta) file.states.setMeta(key, value);
      });
    } catch (error) {
      this.#failedCommits += 1;
      file.history.rolledBack();
      this.#trouble(error);
      return false;
    }
    this.#waiting.committed();
    this.outbox.committed();
    this.#commits += 1;
    if (durable) this.#unsynced = false;
    this.#health.well();
    return true;
  }

  #isIdle(): boolean {
    return this.#waiting.isEmpty() && this.outbox.waiting() === 0 && !this.#unsynced && this.#health.now.ok;
  }

  #read<T>(work: (file: Connection) => T, otherwise: T): T {
    if (this.#file === undefined) return otherwise;
    try {
      return work(this.#file);
    } catch (error) {
      this.#trouble(error);
      return otherwise;
    }
  }

  #trouble(error: unknown): void {
    const code = problemOf(error);
    this.#health.tell(code, error);
    if (code === 'corrupt') this.#moveAside();
  }

  #moveAside(): void {
    const { clock, log } = this.#options;
    if (clock.monotonic() - this.#lastMove < moveAsideEvery) return;
    this.#lastMove = clock.monotonic();
    this.#drop();
    try {
      const time = new Date(clock.wall()).toISOString().replaceAll(/[-:]|\.\d+/g, '');
      log.error({ movedTo: this.#folder.moveAside(`corrupt-${time}`) }, 'the store was corrupt: moved aside, a new one is begun');
      this.#connect();
    } catch (error) {
      this.#health.tell(problemOf(error), error);
    }
  }
}
