// The bounded attempt: one deadline, one outcome, and the only catch of the house.
import type { EndpointPlan } from '#model/plan.ts';
import type { OwnTrouble, Reason } from '#model/reason.ts';
import { messageLimit, type ProbeResult } from '#model/result.ts';
import { type Clock, type DurationMs, type EpochMs, secondMs } from '#model/time.ts';
import { cleanText, describeOwnTrouble, ownTroubleOf, secretsOf } from './blame.ts';
import { classify, classifyDeadline } from './classify.ts';
import { OwnTroubleError, type ProbeContext, ProbeFailure, type ProbeKind, type Stage } from './contract.ts';
import { createLender, type Lender, type Lent, type Obtain } from './lend.ts';
import { selfwatch } from './selfwatch.ts';
import { type StandstillWatch, standstillWatch } from './standstill.ts';

export interface ProberOptions {
  readonly clock: Clock;
  /** The time that far ends live in, by which their certificates and tokens are judged. Default: `clock`; another where that runs faster. */
  readonly farClock?: Clock;
  readonly vantage: string;
  /** How Holter names itself to far ends: `Holter/1.2.3`. */
  readonly agent: string;
}

/** What an attempt needs to know of what it probes. */
export type Attempted = Pick<EndpointPlan, 'id' | 'options' | 'timeout'>;

export interface Prober {
  /**
   * One attempt. Never throws or rejects. Settles at `endpoint.timeout` and a few milliseconds at the latest, also when the
   * kind goes on: it is then left behind and counted. `signal` stops it early with `internal` "stopped".
   */
  attempt(endpoint: Attempted, kind: ProbeKind, scheduledAt: EpochMs, signal?: AbortSignal): Promise<ProbeResult>;
}

export function createProber(options: ProberOptions): Prober {
  const house = { ...options, lender: createLender(), watch: standstillWatch() };
  return { attempt: (endpoint, kind, scheduledAt, signal) => new Run(house, endpoint, kind).settle(scheduledAt, signal) };
}

interface House extends ProberOptions {
  readonly lender: Lender;
  readonly watch: StandstillWatch;
}

interface Trouble {
  readonly reason: Reason;
  readonly message: string;
  readonly locked?: boolean;
  readonly trouble?: OwnTrouble | undefined;
}

/** A kind that honours its signal ends within this time of it; one that does not is left behind. */
const grace: DurationMs = 5;
/** A deadline that fires this late shows that the process itself stood still. */
const starved: DurationMs = 250;
/** Who stood still for so long in an attempt, or for a quarter of its time, had no time to be fair: bounds of that quarter. */
const standstill = { least: starved, most: secondMs, share: 0.25 };
/** Failures that somebody who stands still brings about himself: his time runs out, or the far end loses patience. */
const hasty: ReadonlySet<Reason> = new Set(['dns', 'connect_timeout', 'tls', 'reset', 'timeout']);
const noteLimit = 200;
const notesLimit = 32;
const phasesLimit = 32;
const phaseName = /^[a-z0-9][a-z0-9_-]{0,31}$/;

const stopped: Trouble = { reason: 'internal', message: 'stopped' };
/** Why signals abort: one error for all attempts, since making one with its stack costs more than the rest of an attempt's end. */
const ended = new DOMException('the attempt is over', 'AbortError');
const factsByKind = new WeakMap<ProbeKind, ReadonlySet<string>>();

class Run implements ProbeContext {
  readonly startedAt: EpochMs;
  readonly #startedAt: EpochMs;
  readonly #options: House;
  readonly #endpoint: Attempted;
  readonly #kind: ProbeKind;
  readonly #controller = new AbortController();
  readonly #began = performance.now();
  readonly #phases: Record<string, DurationMs> = {};
  #phaseCount = 0;
  readonly #facts: Record<string, number> = {};
  readonly #notes: Record<string, string> = {};
  #noteCount = 0;
  #stage: Stage = 'start';
  #over = false;

  constructor(options: House, endpoint: Attempted, kind: ProbeKind) {
    this.#options = options;
    this.#endpoint = endpoint;
    this.#kind = kind;
    this.#startedAt = options.clock.wall();
    this.startedAt = options.farClock?.wall() ?? this.#startedAt;
  }

  get agent(): string {
    return this.#options.agent;
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  remaining(): DurationMs {
    // A timer may fire a fraction of a millisecond before its time.
    if (this.#controller.signal.aborted) return 0;
    return Math.max(0, this.#endpoint.timeout - (performance.now() - this.#began));
  }

  enter(stage: Stage): void {
    if (!this.#over) this.#stage = stage;
  }

  phase(name: string, duration: DurationMs): void {
    if (this.#over) return;
    const known = this.#phases[name];
    if (known !== undefined) {
      this.#phases[name] = known + duration;
      return;
    }
    if (!phaseName.test(name)) throw new TypeError(`${name} is no name for a phase`);
    if (this.#phaseCount >= phasesLimit) return;
    this.#phaseCount += 1;
    this.#phases[name] = duration;
  }

  fact(name: string, value: number): void {
    if (this.#over) return;
    if (!declaredFacts(this.#kind).has(name)) throw new TypeError(`the kind ${this.#kind.kind} does not declare the fact ${name}`);
    if (!Number.isFinite(value)) throw new TypeError(`the fact ${name} is not a finite number`);
    this.#facts[name] = value;
  }

  note(name: string, text: string): void {
    if (this.#over || text === '') return;
    // A visit notes the address of each of its connections: the latest counts.
    if (!Object.hasOwn(this.#notes, name)) {
      if (this.#noteCount >= notesLimit) return;
      this.#noteCount += 1;
    }
    this.#notes[name] = cleanText(text, noteLimit, secretsOf(this.#endpoint.options));
  }

  async lend(parts: Parameters<ProbeContext['lend']>[0], obtain: Obtain): Promise<Lent> {
    const now = (this.#options.farClock ?? this.#options.clock).wall();
    const needed = this.remaining();
    const found = await this.#options.lender.lend([this.#kind.kind, ...parts], { now, needed }, obtain);
    this.note('token', found.lent ? 'of an earlier attempt' : 'obtained in this attempt');
    return found;
  }

  async settle(scheduledAt: EpochMs, stop: AbortSignal | undefined): Promise<ProbeResult> {
    const found = stop?.aborted === true ? stopped : await this.#bounded(stop);
    const duration = performance.now() - this.#began;
    const trouble = found !== undefined && hasty.has(found.reason) ? (this.#ownStandstill(duration) ?? found) : found;
    this.#over = true;
    // Whatever the kind left open ends here.
    this.#controller.abort(ended);
    return this.#result(scheduledAt, duration, trouble);
  }

  #bounded(stop: AbortSignal | undefined): Promise<Trouble | undefined> {
    const { promise, resolve } = Promise.withResolvers<Trouble | undefined>();
    let cut: Trouble | undefined;
    const give = (trouble: Trouble | undefined) => {
      clearTimeout(timer);
      stop?.removeEventListener('abort', onStop);
      resolve(trouble);
    };
    const cutShort = (fallback: Trouble) => {
      clearTimeout(timer);
      cut = fallback;
      this.#controller.abort(ended);
      timer = setTimeout(() => {
        selfwatch.abandonedAttempts += 1;
        give(fallback);
      }, grace);
    };
    const onStop = () => cutShort(stopped);
    const onDeadline = () => {
      const late = performance.now() - this.#began - this.#endpoint.timeout;
      const fallback = late > starved ? stoodStill(late) : classifyDeadline(this.#stage);
      // After a standstill the answer may wait in the kernel: let the loop read it before the verdict.
      if (late > starved) timer = setTimeout(() => cutShort(fallback), 0);
      else cutShort(fallback);
    };
    let timer = setTimeout(onDeadline, this.#endpoint.timeout);
    stop?.addEventListener('abort', onStop, { once: true });
    this.#run().then(
      // After the cut nothing is well any more: a kind that only stopped waiting must not pass for one that succeeded.
      () => give(cut),
      (error: unknown) => give(this.#verdict(error, cut)),
    );
    return promise;
  }

  async #run(): Promise<void> {
    await this.#kind.run(this.#endpoint.options, this);
  }

  #verdict(error: unknown, cut: Trouble | undefined): Trouble {
    if (cut?.reason === 'internal') return cut;
    if (error instanceof ProbeFailure) return error;
    if (cut !== undefined && !(error instanceof OwnTroubleError)) return cut;
    return (
      classify(error, { stage: this.#stage }) ?? { reason: 'internal', message: describeOwnTrouble(error), trouble: ownTroubleOf(error) }
    );
  }

  /**
   * This process stood still in the attempt, or the whole machine slept: the monotonic counter of Linux sleeps with it, and the wall clock is
   * ahead afterwards. A step of the wall clock looks the same, and costs one result where the endpoint failed just then.
   */
  #ownStandstill(duration: DurationMs): Trouble | undefined {
    const { watch, clock, farClock = clock } = this.#options;
    const { least, most, share } = standstill;
    const bound = Math.min(Math.max(this.#endpoint.timeout * share, least), most);
    const still = watch.since(this.#began);
    const slept = farClock.wall() - this.startedAt - duration;
    const lost = Math.max(still, slept);
    if (lost < bound) return undefined;
    return stoodStill(lost);
  }

  #result(scheduledAt: EpochMs, duration: DurationMs, trouble: Trouble | undefined): ProbeResult {
    const attempt = {
      endpoint: this.#endpoint.id,
      vantage: this.#options.vantage,
      scheduledAt,
      startedAt: this.#startedAt,
      duration,
      phases: this.#phases,
      facts: this.#facts,
      notes: this.#notes,
    };
    if (trouble === undefined) return { ...attempt, outcome: 'ok' };
    const message = cleanText(trouble.message, messageLimit, secretsOf(this.#endpoint.options));
    const locked = trouble.reason === 'auth' && trouble.locked === true;
    const { reason, trouble: own } = trouble;
    return { ...attempt, outcome: 'fail', reason, message, ...(locked && { locked }), ...(own !== undefined && { trouble: own }) };
  }
}

function stoodStill(lost: DurationMs): Trouble {
  return { reason: 'internal', message: `Holter itself stood still for ${Math.round(lost)} ms in this attempt`, trouble: 'standstill' };
}

function declaredFacts(kind: ProbeKind): ReadonlySet<string> {
  const known = factsByKind.get(kind);
  if (known !== undefined) return known;
  const names = new Set(kind.facts.map((fact) => fact.name));
  factsByKind.set(kind, names);
  return names;
}
