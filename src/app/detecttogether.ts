// `holter detect --groups`: recorded traces judged together, by the daemon's very engine: each for itself, and with those that one cause can
// break as well.
import { readTrace, type Trace } from '#core/detect/detect.ts';
import { createEngine, freshState, step } from '#core/engine.ts';
import { groupKey } from '#core/group/place.ts';
import type { Engine } from '#core/watch.ts';
import type { Event } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import { secondMs } from '#model/time.ts';
import { type RecordedPaging, recordedPlan, recordedResult } from './recordedplan.ts';

/** What a trace says of where it belongs: one name, or labels. */
interface Labels {
  readonly service: string;
  readonly region: string;
  readonly host: string;
}

export interface LabelledTrace extends Trace {
  readonly labels: Labels;
}

/** `level`: of the incident that the state belongs to: `endpoint`, or that of the group which explains it. */
interface LevelledEvent {
  readonly i: number;
  readonly state: string;
  readonly level: string;
  /** Of traces with latencies. */
  readonly slow?: boolean;
}

export interface TogetherVerdict {
  /** Of the trace; of a group `level/name`. */
  readonly id: string;
  /** Of a group: which traces its incidents explained. */
  readonly members?: readonly string[];
  readonly events: readonly LevelledEvent[];
}

/** As `readTrace`, with the labels; one sentence where they are none. */
export function readLabelledTrace(line: unknown): { readonly trace: LabelledTrace } | { readonly error: string } {
  const read = readTrace(line);
  if ('error' in read) return read;
  const labels = labelsOf((line as Readonly<Record<string, unknown>>)['group']);
  return labels === undefined
    ? { error: '"group" must be a name, or labels such as {"service", "region", "host"}' }
    : { trace: { ...read.trace, labels } };
}

/** A bare name counts as a service. Labels that are not known are left aside. */
function labelsOf(group: unknown): Labels | undefined {
  if (group === undefined) return { service: '', region: '', host: '' };
  if (typeof group === 'string') return { service: group, region: '', host: '' };
  if (typeof group !== 'object' || group === null || Array.isArray(group)) return undefined;
  const { service = '', region = '', host = '' } = group as Readonly<Record<string, unknown>>;
  return typeof service === 'string' && typeof region === 'string' && typeof host === 'string' ? { service, region, host } : undefined;
}

export type TogetherOptions = RecordedPaging;

/** A line a trace in their order, then one for each group that had an incident. */
export function judgeTogether(traces: readonly LabelledTrace[], options: TogetherOptions): readonly TogetherVerdict[] {
  const plan = planOf(traces, options);
  const engine = createEngine(plan);
  const state = freshState(engine);
  // A first page that waits for its groups is told when it is known whose it is.
  const isHeld = (endpoint: string) => (state.endpoints.get(endpoint)?.ties.heldUntil ?? null) !== null;
  const isSlow = (endpoint: string) => state.endpoints.get(endpoint)?.slow.test.open === 1;
  const ledger = new Ledger({ engine, plan, traces, isHeld, isSlow });
  for (const { at, place, code, latency } of inOrder(traces)) {
    const endpoint = plan.endpoints[place];
    if (endpoint === undefined) continue;
    const result = recordedResult(endpoint.id, at, outcomes[code] ?? 'missing', latency ?? undefined);
    ledger.hear(step(engine, state, { type: 'result', result }), at);
    ledger.hear(step(engine, state, { type: 'tick', at }), at);
    if (traces[place]?.latency_ms !== undefined) ledger.look(endpoint.id, at);
  }
  return ledger.verdicts();
}

/** Outcomes of all traces by time; those of one interval and moment in the order of the traces. Linear in the outcomes. */
function* inOrder(
  traces: readonly LabelledTrace[],
): Generator<{ readonly at: number; readonly place: number; readonly code: string; readonly latency: number | null }> {
  const places = Map.groupBy(traces.keys(), (place) => traces[place]?.interval_s ?? 1);
  const paces = [...places].map(([interval, same]) => ({
    interval,
    same,
    index: 0,
    end: Math.max(...same.map((place) => lengthOf(traces, place))),
  }));
  for (;;) {
    const [soonest] = paces.filter(({ index, end }) => index < end).toSorted((a, b) => a.index * a.interval - b.index * b.interval);
    if (soonest === undefined) return;
    const { interval, same, index } = soonest;
    for (const place of same) {
      const code = traces[place]?.outcomes[index];
      const latency = traces[place]?.latency_ms?.[index] ?? null;
      if (code !== undefined) yield { at: index * interval * secondMs, place, code, latency };
    }
    soonest.index += 1;
  }
}

function lengthOf(traces: readonly LabelledTrace[], place: number): number {
  return traces[place]?.outcomes.length ?? 0;
}

interface Scene {
  readonly engine: Engine;
  readonly plan: Plan;
  readonly traces: readonly LabelledTrace[];
  readonly isHeld: (endpoint: string) => boolean;
  readonly isSlow: (endpoint: string) => boolean;
}

/** What becomes of traces and groups, written down as it comes. */
class Ledger {
  readonly #scene: Scene;
  readonly #places: ReadonlyMap<string, number>;
  readonly #levels: ReadonlyMap<string, string>;
  readonly #events: LevelledEvent[][];
  readonly #now: { state: string; level: string }[];
  readonly #groups = new Map<string, { readonly members: Set<string>; readonly events: LevelledEvent[] }>();

  constructor(scene: Scene) {
    const { engine, plan, traces } = scene;
    this.#scene = scene;
    this.#places = new Map(plan.endpoints.map(({ id }, place) => [id, place]));
    this.#levels = new Map(engine.groups.map(({ group }) => [group.id, group.level]));
    this.#events = traces.map(() => []);
    this.#now = traces.map(() => ({ state: 'up', level: 'endpoint' }));
  }

  hear(events: readonly Event[], at: number): void {
    for (const event of events) {
      if (event.type === 'attached') this.#turn(event.endpoint, at, { level: this.#levels.get(event.group) ?? 'endpoint' });
      else if (event.type === 'state') this.#turn(event.endpoint, at, { state: event.to });
      else if (event.type === 'incident' && event.incident.scope.level !== 'endpoint') this.#tell(event, at);
      else if (event.type === 'incident') this.#show(event.incident.endpoint.id, at);
    }
  }

  /** Slowness is no state, and has no event where an incident that is open already explains it. */
  look(endpoint: string, at: number): void {
    if (!this.#scene.isHeld(endpoint)) this.#show(endpoint, at);
  }

  #turn(endpoint: string, at: number, change: { readonly state?: string; readonly level?: string }): void {
    Object.assign(this.#now[this.#places.get(endpoint) ?? -1] ?? {}, change);
    if (!this.#scene.isHeld(endpoint)) this.#show(endpoint, at);
  }

  /** Writes down what holds now, where it is news: a level without trouble is none. */
  #show(endpoint: string, at: number): void {
    const place = this.#places.get(endpoint) ?? -1;
    const [now, trace, events] = [this.#now[place], this.#scene.traces[place], this.#events[place]];
    if (now === undefined || trace === undefined || events === undefined) return;
    const pace = trace.latency_ms === undefined ? {} : { slow: this.#scene.isSlow(endpoint) };
    const next: LevelledEvent = { i: indexAt(trace, at), state: now.state, level: now.level, ...pace };
    if (isNews(next, events.at(-1) ?? { i: 0, state: 'up', level: now.level })) events.push(next);
  }

  #tell({ incident }: Event & { readonly type: 'incident' }, at: number): void {
    const { engine, traces } = this.#scene;
    const group = engine.groups.find(({ group: { id } }) => groupKey(id) === incident.endpoint.id)?.group;
    if (group === undefined) return;
    const known = this.#groups.get(group.id) ?? { members: new Set<string>(), events: [] };
    this.#groups.set(group.id, known);
    for (const id of incident.members ?? []) known.members.add(traces[this.#places.get(id) ?? -1]?.id ?? id);
    const state = incident.state === 'resolved' ? 'up' : incident.verdict.state;
    if (known.events.at(-1)?.state !== state) known.events.push({ i: Math.floor(at / group.round), state, level: group.level });
  }

  verdicts(): readonly TogetherVerdict[] {
    const own = this.#scene.traces.map(({ id }, place) => ({ id, events: this.#events[place] ?? [] }));
    return [...own, ...[...this.#groups].map(([id, { members, events }]) => ({ id, members: [...members], events }))];
  }
}

function isNews(next: LevelledEvent, last: LevelledEvent): boolean {
  if (next.state !== last.state || (next.slow ?? false) !== (last.slow ?? false)) return true;
  return next.level !== last.level && next.state !== 'up';
}

function indexAt({ interval_s: interval, outcomes }: Trace, at: number): number {
  return Math.min(outcomes.length - 1, Math.floor(at / (interval * secondMs)));
}

/** The traces as an installation: one endpoint each. */
function planOf(traces: readonly LabelledTrace[], options: TogetherOptions): Plan {
  const endpoints = traces.map(({ labels, interval_s }, place) => ({ ...labels, name: `trace-${place}`, interval: interval_s * secondMs }));
  return recordedPlan(endpoints, options);
}

const outcomes: Readonly<Record<string, 'ok' | 'failed'>> = { '0': 'ok', '1': 'failed' };
