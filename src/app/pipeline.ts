// The one place that carries a value from one column to the next: an attempt's result into the engine, the engine's events to the
// journal and the sinks. `run` feeds it from the scheduler, `check` with one round; tests and histories feed results of their own.
import { createEngine, freshState, replan, step } from '#core/engine.ts';
import { groupKey, isGroupKey } from '#core/group/place.ts';
import { bringBack, restoreEndpoint, restoreGroup, restoreVantage } from '#core/restore.ts';
import { blindKey, type EngineState, lastAppliedAt, saveEndpoint, saveGroup, saveVantage } from '#core/state.ts';
import type { Engine } from '#core/watch.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Event, Input, Sink } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import type { EpochMs } from '#model/time.ts';
import type { Loaded, ResultRecord, SavedState, Transition } from '#sinks/store/contract.ts';

/** What the pipeline needs of the store. */
export interface Journal {
  /** A result without consequences: may wait for the batch of the second. */
  quiet(record: ResultRecord): void;
  /** All that one step changed: one transaction, on disk before anybody is told. */
  transition(change: Transition): boolean;
  /** A slice of the periodic snapshot. */
  saveStates(states: readonly SavedState[]): void;
}

export interface PipelineOptions {
  readonly plan: Plan;
  readonly journal: Journal;
  readonly sinks: readonly Sink[];
  /** Called when alerts are owed: they are on disk, and every sink knows of them. */
  onAlerts(): void;
  /** The engine wishes that an endpoint is not probed before `until` (monotonic). */
  onPause?(endpoint: EndpointId, until: EpochMs): void;
  /** The engine wishes for one more probe of an endpoint at `notBefore` (monotonic) or soon after. */
  onProbeWanted?(endpoint: EndpointId, notBefore: EpochMs): void;
}

export interface Pipeline {
  /** The engine and what it knows, to be read: verdicts, incidents, roll-ups. */
  readonly engine: Engine;
  readonly state: EngineState;
  /** One input, its events journalled, then told. Never waits. */
  feed(input: Input): void;
  /** Many inputs of one moment: one transaction for all of them. For a window that opens over thousands of endpoints. */
  feedAll(inputs: readonly Input[]): void;
  /** Results of one moment, as they come: a single quiet one costs no transaction, and several cost one together. */
  feedResults(results: readonly ProbeResult[]): void;
  /** Takes up where the last process ended: saved states, then the results that came after them. Tells nobody what was told before. */
  resume(loaded: Loaded, at: EpochMs): void;
  /** Goes on with another plan; endpoints with an equal fingerprint keep their state. */
  replan(plan: Plan, at: EpochMs): void;
  /** Hands the next `share` (0 to 1) of all states, of endpoints and groups, to the journal, round and round. */
  snapshot(share: number): void;
}

/** `at` of a group: no result is replayed in its name, so none needs to be looked for. */
const noResults = Number.MAX_SAFE_INTEGER;

export function createPipeline(options: PipelineOptions): Pipeline {
  return new Flow(options);
}

class Flow implements Pipeline {
  engine: Engine;
  readonly state: EngineState;
  readonly #options: PipelineOptions;
  #next = 0;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.engine = createEngine(options.plan);
    this.state = freshState(this.engine);
  }

  feed(input: Input): void {
    const events = this.#step(input);
    const [first] = events;
    if (first?.type === 'result' && isQuiet(events)) this.#options.journal.quiet(first);
    else this.#transition(events);
    this.#tell(events);
  }

  feedAll(inputs: readonly Input[]): void {
    this.#settle(inputs.flatMap((input) => this.#step(input)));
  }

  feedResults(results: readonly ProbeResult[]): void {
    const [only] = results;
    if (results.length === 1 && only !== undefined) this.feed({ type: 'result', result: only });
    else this.feedAll(results.map((result) => ({ type: 'result', result })));
  }

  resume(loaded: Loaded, at: EpochMs): void {
    const same = new Set<EndpointId>();
    for (const { endpoint, fingerprint, state } of loaded.states) {
      if (endpoint === blindKey) {
        restoreVantage(this.state, state);
        continue;
      }
      if (isGroupKey(endpoint)) {
        restoreGroup(this.engine, this.state, endpoint.slice(1), state);
        continue;
      }
      restoreEndpoint(this.engine, this.state, endpoint, state);
      if (fingerprint === this.engine.watches.get(endpoint)?.plan.fingerprint) same.add(endpoint);
    }
    bringBack(this.state, at);
    // What the configuration lost or changed while nobody ran ends its incidents aloud.
    this.#settle(replan(this.engine, this.engine, this.state, at));
    for (const record of loaded.replay) {
      const { endpoint, scheduledAt } = record.result;
      // Results of what the endpoint was before say nothing of what it is now, nor do those of a clock that was ahead.
      if (!same.has(endpoint) || scheduledAt <= lastAppliedAt(this.state, endpoint) || scheduledAt > at) continue;
      // In the store already, so only what follows from it may be new; event ids make writing it again harmless. Wishes of then are over.
      const events = this.#step({ type: 'result', result: record.result });
      this.#settle(events.filter(({ type }) => type !== 'result' && type !== 'probe_wanted'));
    }
  }

  replan(plan: Plan, at: EpochMs): void {
    const next = createEngine(plan);
    const events = replan(this.engine, next, this.state, at);
    this.engine = next;
    this.#settle(events);
  }

  snapshot(share: number): void {
    const { plan, groups } = this.engine;
    const whole = plan.endpoints.length + groups.length;
    if (whole === 0) return;
    const count = Math.min(whole, Math.ceil(whole * share));
    const ids: EndpointId[] = [];
    for (let i = 0; i < count; i += 1) {
      const place = (this.#next + i) % whole;
      ids.push(plan.endpoints[place]?.id ?? groupKey(groups[place - plan.endpoints.length]?.group.id ?? ''));
    }
    this.#next = (this.#next + count) % whole;
    this.#options.journal.saveStates(this.#saveAll(ids));
  }

  #step(input: Input): readonly Event[] {
    return step(this.engine, this.state, input);
  }

  #settle(events: readonly Event[]): void {
    this.#transition(events);
    this.#tell(events);
  }

  #transition(events: readonly Event[]): void {
    if (events.length === 0) return;
    const results = events.filter((event) => event.type === 'result');
    const incidentEvents = events.filter((event) => event.type === 'incident');
    const alerts = events.filter((event) => event.type === 'alert').map((event) => event.alert);
    // Of an endpoint that left an empty state is saved: should it come back, its incident of then is over.
    const touched = events.flatMap(endpointOf);
    // What the incident of a group takes over from others, or makes them forget, has no event of its own.
    const groups = touched.some(isGroupKey) ? this.state.groups.map(({ id }) => groupKey(id)) : [];
    this.#options.journal.transition({ results, incidentEvents, alerts, states: this.#saveAll([...touched, ...groups]) });
  }

  #tell(events: readonly Event[]): void {
    for (const event of events) for (const sink of this.#options.sinks) sink.accept(event);
    for (const event of events) this.#carry(event);
    if (events.some((event) => event.type === 'alert')) this.#options.onAlerts();
  }

  /** Wishes of the engine, to the schedule. */
  #carry(event: Event): void {
    if (event.type === 'pause_wanted') this.#options.onPause?.(event.endpoint, event.until);
    if (event.type === 'probe_wanted') this.#options.onProbeWanted?.(event.endpoint, event.notBefore);
  }

  /**
   * With each endpoint its groups, as they are at the same moment: a replay begins behind what the endpoint has taken in, so a group that was
   * saved earlier would never hear what the endpoint had told it in between.
   */
  #saveAll(ids: readonly EndpointId[]): readonly SavedState[] {
    const { watches, groups } = this.engine;
    const places = new Set(ids.flatMap((id) => watches.get(id)?.groups ?? []));
    const keys = [...places].flatMap((place) => (groups[place] === undefined ? [] : [groupKey(groups[place].group.id)]));
    return [...new Set([...ids, ...keys])].map((id) => this.#save(id));
  }

  /** Of an endpoint, of a group by its key, or of the vantage. */
  #save(id: EndpointId): SavedState {
    if (id === blindKey) return { endpoint: id, fingerprint: '', at: noResults, state: saveVantage(this.state) };
    if (isGroupKey(id)) return { endpoint: id, fingerprint: '', at: noResults, state: saveGroup(this.state, id.slice(1)) };
    return {
      endpoint: id,
      fingerprint: this.#fingerprint(id),
      at: lastAppliedAt(this.state, id),
      state: saveEndpoint(this.state, id),
    };
  }

  #fingerprint(id: EndpointId): string {
    return this.state.endpoints.get(id)?.fingerprint ?? '';
  }
}

/** A result from which nothing follows but the wish for another one: no transaction of its own. */
function isQuiet(events: readonly Event[]): boolean {
  return events.length === 1 || (events.length === 2 && events[1]?.type === 'probe_wanted');
}

/** Whose state the event changed; results alone change it too, and wait for the periodic snapshot. */
function endpointOf(event: Event): EndpointId[] {
  if (event.type === 'state' || event.type === 'pause_wanted' || event.type === 'attached') return [event.endpoint];
  return event.type === 'incident' ? [event.incident.endpoint.id] : [];
}
