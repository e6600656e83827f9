// Whether the network works where this process stands: asks the targets of the configuration, on a slow beat and whenever somebody must know.
import type { SelfCheckPlan, SelfCheckTarget } from '#model/plan.ts';
import { type Clock, type DurationMs, type EpochMs, minuteMs, secondMs, type Timers } from '#model/time.ts';

/** What one check found. It is well as soon as one target answers. */
export interface SelfCheckOutcome {
  /** Counts the checks: `want` names them. */
  readonly run: number;
  readonly ok: boolean;
  /** When it began and ended, monotonic. */
  readonly startedAt: EpochMs;
  readonly endedAt: EpochMs;
  /** What each target said, where none answered: "gateway: no route to the host, resolver: ..."; '' where one did. */
  readonly why: string;
}

export interface SelfCheckOptions {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Asks one target: '' when it answered, else why not. Never rejects; settles at the target's timeout. */
  ask(target: SelfCheckTarget): Promise<string>;
  onOutcome(outcome: SelfCheckOutcome): void;
}

/** From the start of one check to that of the next at least: no target is asked more often. */
export const leastGap: DurationMs = secondMs;
/** While it is well nobody needs to know sooner, and while it is not, its end shall be seen soon. */
const beat = { well: minuteMs, ill: 5 * secondMs };

export class SelfCheck {
  readonly #options: SelfCheckOptions;
  #plan: SelfCheckPlan = { timeout: 0, targets: [] };
  /** The latest that has begun. */
  #run = 0;
  #startedAt: EpochMs = Number.NEGATIVE_INFINITY;
  #underWay = false;
  #wanted = false;
  #cancel = (): void => {};
  /** What each target said last: '' well. None before its first answer. */
  readonly #said = new Map<string, string>();

  constructor(options: SelfCheckOptions) {
    this.#options = options;
  }

  /** There are targets: a failure may wait for what they say. */
  get active(): boolean {
    return this.#plan.targets.length > 0;
  }

  /** Whether each target answered when it was asked last; those that were never asked are left out. */
  get targets(): readonly { readonly target: string; readonly ok: boolean }[] {
    return [...this.#said].map(([target, said]) => ({ target, ok: said === '' }));
  }

  /** Takes the targets of a plan, and asks them soon. Without any it stops. */
  configure(plan: SelfCheckPlan): void {
    this.#plan = plan;
    for (const target of this.#said.keys()) if (!plan.targets.some(({ id }) => id === target)) this.#said.delete(target);
    if (this.active) this.want();
    else this.close();
  }

  /** The number of the first check that begins from now on; it begins within `leastGap`, and ends within the targets' timeout of that. */
  want(): number {
    if (!this.#wanted) {
      this.#wanted = true;
      if (!this.#underWay) this.#begin();
    }
    return this.#run + 1;
  }

  /** Asks nobody any more. */
  close(): void {
    this.#cancel();
    this.#wanted = false;
  }

  #begin(): void {
    this.#cancel();
    const wait = this.#startedAt + leastGap - this.#options.clock.monotonic();
    // Never in the same turn: failures of one moment share one check.
    this.#cancel = this.#options.timers.after(Math.max(0, wait), () => this.#start());
  }

  #start(): void {
    this.#wanted = false;
    this.#underWay = true;
    this.#run += 1;
    this.#startedAt = this.#options.clock.monotonic();
    // A rejection stays unhandled on purpose: it is a bug, and ends the process.
    void this.#check(this.#run, this.#startedAt);
  }

  async #check(run: number, startedAt: EpochMs): Promise<void> {
    const { targets } = this.#plan;
    const { clock, timers } = this.#options;
    let told = false;
    const tell = (ok: boolean, why: string) => {
      // Of targets that a reload took away nobody wants to know.
      if (told || !this.active) return;
      told = true;
      this.#options.onOutcome({ run, ok, startedAt, endedAt: clock.monotonic(), why });
    };
    const said = await Promise.all(
      targets.map(async (target) => {
        const text = await this.#options.ask(target);
        if (this.#plan.targets.includes(target)) this.#said.set(target.id, text);
        if (text === '') tell(true, '');
        return `${target.id}: ${text}`;
      }),
    );
    const isWell = told;
    tell(false, said.join(', '));
    this.#underWay = false;
    if (!this.active) return;
    if (this.#wanted) this.#begin();
    else this.#cancel = timers.after(isWell ? beat.well : beat.ill, () => void this.want());
  }
}
