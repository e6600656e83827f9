// A story for the engine in virtual time: what the probes find, and what people are told.
import { createEngine, freshState, replan, step } from '#core/engine.ts';
import { restoreEndpoint } from '#core/restore.ts';
import { saveEndpoint } from '#core/state.ts';
import type { Alert } from '#model/alert.ts';
import type { Event, IncidentEvent, Input } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import type { Reason } from '#model/reason.ts';
import { epoch, failResult, okResult } from './results.ts';

/** Tells the story of one endpoint; the others of the plan may be told of by name. Each probe is followed by a tick. */
export class Timeline {
  engine: ReturnType<typeof createEngine>;
  state: ReturnType<typeof freshState>;
  /** When the next probe is due. */
  now = epoch;
  readonly events: Event[] = [];
  /** What went into the engine, in order. */
  readonly inputs: Input[] = [];
  readonly #interval: number;
  readonly endpoint: string;

  constructor(plan: Plan) {
    this.engine = createEngine(plan);
    this.state = freshState(this.engine);
    this.endpoint = plan.endpoints[0]?.id ?? '';
    this.#interval = plan.endpoints[0]?.timing.interval ?? 30_000;
  }

  /** In the notation of traces: 0 ok, 1 failed, ? missing by Holter's own fault, - not probed at all. */
  probes(outcomes: string, how: { readonly endpoint?: string; readonly reason?: Reason; readonly message?: string } = {}): this {
    for (const outcome of outcomes) {
      this.#probe(outcome, how);
      this.input({ type: 'tick', at: this.now + 1000 });
      this.now += this.#interval;
    }
    return this;
  }

  /** Successful answers that take so long, milliseconds; `phases` says where the time goes. */
  answers(durations: readonly number[], phases?: (duration: number) => Readonly<Record<string, number>>, endpoint = this.endpoint): this {
    for (const duration of durations) {
      const at = { scheduledAt: this.now, startedAt: this.now, duration, phases: phases?.(duration) ?? {} };
      this.input({ type: 'result', result: okResult(endpoint, at) });
      this.input({ type: 'tick', at: this.now + 1000 });
      this.now += this.#interval;
    }
    return this;
  }

  /** The same pattern so many times. */
  repeatedly(times: number, outcomes: string): this {
    return this.probes(outcomes.repeat(times));
  }

  /** One refusal that says "locked". */
  locks(): this {
    const at = { scheduledAt: this.now, startedAt: this.now };
    this.input({ type: 'result', result: failResult(this.endpoint, 'auth', { ...at, locked: true }) });
    this.now += this.#interval;
    return this;
  }

  maintenance(position: 'opens' | 'closes', endpoint = this.endpoint): this {
    return this.input({ type: 'maintenance', at: this.now, endpoint, open: position === 'opens', why: 'patching' });
  }

  reloads(plan: Plan): this {
    const to = createEngine(plan);
    this.events.push(...replan(this.engine, to, this.state, this.now));
    this.engine = to;
    return this;
  }

  /** Ends the process and starts it again from what was saved. */
  restarts(plan: Plan = this.engine.plan): this {
    const saved = [...this.state.endpoints.keys()].map((id) => [id, saveEndpoint(this.state, id)] as const);
    this.engine = createEngine(plan);
    this.state = freshState(this.engine);
    for (const [id, text] of saved) restoreEndpoint(this.engine, this.state, id, text);
    this.events.push(...replan(this.engine, this.engine, this.state, this.now));
    return this;
  }

  input(input: Input): this {
    this.inputs.push(input);
    this.events.push(...step(this.engine, this.state, input));
    return this;
  }

  get alerts(): readonly Alert[] {
    return this.events.flatMap((event) => (event.type === 'alert' ? [event.alert] : []));
  }

  get incidents(): readonly IncidentEvent[] {
    return this.events.filter((event) => event.type === 'incident');
  }

  /** What people were told, in order: "opened intermittent". */
  get told(): readonly string[] {
    return this.alerts.map((alert) => `${alert.event} ${alert.page.state}`);
  }

  /** The states that were shown, in order. */
  get shown(): readonly string[] {
    return this.events.flatMap((event) => (event.type === 'state' ? [event.to] : []));
  }

  #probe(outcome: string, how: { readonly endpoint?: string; readonly reason?: Reason; readonly message?: string }): void {
    const endpoint = how.endpoint ?? this.endpoint;
    const at = { scheduledAt: this.now, startedAt: this.now };
    const message = how.message === undefined ? {} : { message: how.message };
    if (outcome === '0') this.input({ type: 'result', result: okResult(endpoint, at) });
    if (outcome === '1') this.input({ type: 'result', result: failResult(endpoint, how.reason ?? 'reset', { ...at, ...message }) });
    if (outcome === '?') this.input({ type: 'result', result: failResult(endpoint, 'internal', at) });
  }
}
