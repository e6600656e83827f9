// Histories through the daemon's very engine, each endpoint for itself and those that one cause can break together; its pages written down.
import { countsOf, endOf, type History, indexAt, outcome, timeAt } from '#backtest/history.ts';
import type { Judgement, Page, Spell } from '#backtest/verdict.ts';
import { createEngine, freshState, step } from '#core/engine.ts';
import { groupKey, isGroupKey } from '#core/group/place.ts';
import type { Engine } from '#core/watch.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Event, IncidentEvent } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import { type DurationMs, type EpochMs, secondMs } from '#model/time.ts';
import { recordedPlan, recordedResult } from './recordedplan.ts';

export interface JudgePaging {
  /** The dial: for all endpoints and groups together. */
  readonly falsePagesPerYear: number;
  readonly grace: DurationMs;
}

/** Ticks in one round of the fastest endpoint: a held page waits no longer than a part of a round. */
const ticksARound = 4;
/** After a failure, for so many rounds. */
const stirredRounds = 10;
/** A silence of so many rounds is passed over: long after five intervals, which make an endpoint unknown, even of slow ones. */
const silentRounds = 20_000;
/** How often progress is told: every so many rounds. */
const roundsATelling = 4096;

/** Of histories from anywhere: half of the dial to the endpoints, in equal parts, as in a configuration. */
export function judgeHistories(histories: readonly History[], paging: JudgePaging, tell: (share: number) => void): Judgement {
  const named = namesOf(histories);
  const each = paging.falsePagesPerYear / 2 / Math.max(1, histories.length);
  const plan = recordedPlan(named, { falsePagesPerYear: each, grace: paging.grace });
  const titles = new Map<string, string>(
    histories.flatMap(({ labels: { service, region, host } }, place) => [
      [named[place]?.service ?? '', service],
      [named[place]?.region ?? '', region],
      [named[place]?.host ?? '', host],
    ]),
  );
  return judgePlan(plan, histories, { tell, title: (name) => titles.get(name) ?? name });
}

/** Labels are untrusted text: the engine sees numbers in their place. */
function namesOf(histories: readonly History[]) {
  const [service, region, host] = [numbered('service'), numbered('region'), numbered('host')];
  return histories.map(({ labels, interval }, place) => ({
    name: `history-${place}`,
    service: service(labels.service),
    region: region(labels.region),
    host: host(labels.host),
    interval,
  }));
}

function numbered(prefix: string): (label: string) => string {
  const known = new Map<string, string>();
  return (label) => {
    if (label === '') return '';
    const name = known.get(label) ?? `${prefix}-${known.size}`;
    known.set(label, name);
    return name;
  };
}

export interface JudgeOptions {
  readonly tell: (share: number) => void;
  /** What people call a service, region or host of the plan. */
  readonly title: (name: string) => string;
}

/** `plan.endpoints` are the histories, in their order. */
export function judgePlan(plan: Plan, histories: readonly History[], { tell, title }: JudgeOptions): Judgement {
  const quiet: Plan = { ...plan, receivers: [], routes: [] };
  const engine = createEngine(quiet);
  const state = freshState(engine);
  const ledger = new Ledger(engine, histories, title);
  const round = Math.min(...histories.map(({ interval }) => interval));
  const first = Math.min(...histories.map(({ start }) => start));
  const last = Math.max(...histories.map(endOf));
  const part = Math.max(Math.min(round, secondMs), round / ticksARound);
  const rounds = Math.ceil((last - first) / round);
  let ticked = first;
  let failedAt = Number.NEGATIVE_INFINITY;
  const pass = (until: EpochMs) => {
    // In a long silence nothing happens once everybody is unknown.
    if (until - ticked > silentRounds * round) {
      pass(ticked + (silentRounds / 2) * round);
      ticked = until - round;
    }
    while (ticked <= until) {
      ledger.hear(step(engine, state, { type: 'tick', at: ticked }));
      // While all is well nothing waits for a tick but silence.
      ticked += ledger.isBusy() || ticked - failedAt < stirredRounds * round ? part : round;
    }
  };
  const walks = histories.map((history) => ({ history, next: 0 }));
  for (let n = 0, told = 0; n < rounds; n += 1, told += 1) {
    if (told % roundsATelling === 0) tell(n / rounds);
    const due = dueWithin(walks, first + (n + 1) * round);
    for (const { place, at, code } of due) {
      pass(at);
      if (code === outcome.failed) failedAt = at;
      const id = quiet.endpoints[place]?.id ?? '';
      ledger.hear(step(engine, state, { type: 'result', result: recordedResult(id, at, code === outcome.ok ? 'ok' : 'failed') }));
    }
    if (due.length === 0) n = Math.max(n, Math.floor((nextOf(walks) - first) / round) - 1);
  }
  pass(last);
  tell(1);
  return ledger.judgement();
}

interface Walk {
  readonly history: History;
  next: number;
}

/** When the next outcome is due, known or missing; never, where there is none. */
function nextOf(walks: readonly Walk[]): EpochMs {
  let next = Number.POSITIVE_INFINITY;
  for (const { history, next: index } of walks) if (index < history.outcomes.length) next = Math.min(next, timeAt(history, index));
  return next;
}

interface Due {
  readonly place: number;
  readonly at: EpochMs;
  readonly code: number;
}

/** Known outcomes before `end` that were not taken yet, by time. What is missing is silence: nobody tells the engine of it. */
function dueWithin(walks: readonly Walk[], end: EpochMs): readonly Due[] {
  const due: Due[] = [];
  let sorted = true;
  let latest = Number.NEGATIVE_INFINITY;
  for (let place = 0; place < walks.length; place += 1) {
    const walk = walks[place] as Walk;
    const { history } = walk;
    for (let at = timeAt(history, walk.next); at < end && walk.next < history.outcomes.length; at = timeAt(history, walk.next)) {
      const code = history.outcomes[walk.next] as number;
      walk.next += 1;
      if (code === outcome.missing) continue;
      due.push({ place, at, code });
      if (at < latest) sorted = false;
      latest = at;
    }
  }
  return sorted ? due : due.toSorted((a, b) => a.at - b.at);
}

interface OpenPage {
  readonly at: EpochMs;
  until: EpochMs | undefined;
  level: Page['level'];
  name: string;
  worst: Page['worst'];
  /** Estimated onset. */
  since: EpochMs;
  /** Members of a group that it explains; of an endpoint itself. */
  readonly places: Set<number>;
}

function freshPage(at: EpochMs, level: Page['level']): OpenPage {
  return { at, until: undefined, level, name: '', worst: 'intermittent', since: at, places: new Set() };
}

/** One endpoint: which incidents tell of it, and since when. */
interface Course {
  own: boolean;
  within: string;
  since: EpochMs | undefined;
  readonly spells: Spell[];
}

/** What becomes of endpoints and groups, written down as it comes. */
class Ledger {
  readonly #histories: readonly History[];
  readonly #title: (name: string) => string;
  readonly #places: ReadonlyMap<EndpointId, number>;
  /** Of groups, by id. */
  readonly #members: ReadonlyMap<string, readonly number[]>;
  readonly #courses: Course[];
  /** By incident: an id lives on when a wider incident takes over. */
  readonly #pages = new Map<string, OpenPage>();
  readonly #closed: OpenPage[] = [];

  constructor(engine: Engine, histories: readonly History[], title: (name: string) => string) {
    this.#histories = histories;
    this.#title = title;
    this.#places = new Map(engine.plan.endpoints.map(({ id }, place) => [id, place]));
    this.#members = new Map(engine.groups.map(({ group }) => [group.id, group.members.flatMap((id) => this.#places.get(id) ?? [])]));
    this.#courses = histories.map(() => ({ own: false, within: '', since: undefined, spells: [] }));
  }

  hear(events: readonly Event[]): void {
    // Nearly always there is one event, the result itself.
    if (events.length === 0 || (events.length === 1 && events[0]?.type === 'result')) return;
    const touched = new Map<number, EpochMs>();
    // Incidents first: they say which page a group's members belong to.
    for (const event of events) if (event.type === 'incident') this.#incident(event, touched);
    for (const event of events) if (event.type === 'attached') this.#attach(event, touched);
    for (const [place, at] of touched) this.#settle(place, at);
  }

  #attach({ endpoint, group, at }: Event & { readonly type: 'attached' }, touched: Map<number, EpochMs>): void {
    const place = this.#places.get(endpoint);
    const course = this.#courses[place ?? -1];
    if (place === undefined || course === undefined) return;
    course.within = group;
    // Its own page goes on as the group's.
    if (group !== '') course.own = false;
    for (const page of this.#pages.values()) if (page.level !== 'endpoint' && page.name === group) page.places.add(place);
    touched.set(place, at);
  }

  #incident({ incident, kind, at }: IncidentEvent, touched: Map<number, EpochMs>): void {
    const { scope, endpoint, id } = incident;
    const begins = kind === 'opened' || kind === 'reopened' || (kind === 'widened' && !this.#pages.has(id));
    if (begins) this.#pages.set(id, freshPage(at, scope.level));
    const page = this.#pages.get(id);
    if (page === undefined) return;
    Object.assign(page, { level: scope.level, worst: incident.worst, since: Math.min(page.since, incident.since) });
    const over = incident.state === 'resolved';
    if (isGroupKey(endpoint.id)) {
      page.name = endpoint.id.slice(groupKey('').length);
      const members = (incident.members ?? []).flatMap((member) => this.#places.get(member) ?? []);
      for (const member of members) page.places.add(member);
    } else this.#own(endpoint.id, page, { over, at, touched });
    if (!over) return;
    page.until = at;
    this.#closed.push(page);
    this.#pages.delete(id);
  }

  #own(endpoint: EndpointId, page: OpenPage, { over, at, touched }: { over: boolean; at: EpochMs; touched: Map<number, EpochMs> }): void {
    const place = this.#places.get(endpoint) ?? -1;
    const course = this.#courses[place];
    if (course === undefined) return;
    page.name = this.#histories[place]?.name ?? '';
    page.places.add(place);
    course.own = !over;
    touched.set(place, at);
  }

  /** Begins or ends the spell of an endpoint. */
  #settle(place: number, at: EpochMs): void {
    const course = this.#courses[place];
    if (course === undefined) return;
    const ill = course.own || course.within !== '';
    if (ill && course.since === undefined) course.since = at;
    if (ill || course.since === undefined) return;
    course.spells.push({ from: course.since, until: at });
    course.since = undefined;
  }

  /** True while somebody is ill. */
  isBusy(): boolean {
    return this.#pages.size > 0;
  }

  judgement(): Judgement {
    const pages = [...this.#closed, ...this.#pages.values()].toSorted((a, b) => a.at - b.at);
    return {
      pages: pages.map((page) => this.#told(page)),
      spells: this.#courses.map(({ spells, since }, place) => {
        const history = this.#histories[place];
        return since === undefined || history === undefined ? spells : [...spells, { from: since, until: Math.max(since, endOf(history)) }];
      }),
    };
  }

  /** With its figures: what its endpoints' probes were, from the onset on. A group that explains no endpoint's trouble is ill as a whole. */
  #told(page: OpenPage): Page {
    const { at, until, level, worst, since } = page;
    const places = page.places.size > 0 ? [...page.places] : (this.#members.get(page.name) ?? []);
    let [failures, attempts] = [0, 0];
    for (const place of places) {
      const history = this.#histories[place];
      if (history === undefined) continue;
      const spell = countsOf(history, indexAt(history, since), until === undefined ? history.outcomes.length : indexAt(history, until) + 1);
      failures += spell.failed;
      attempts += spell.known;
    }
    return { at, until, level, name: this.#nameOf(page), worst, failures, attempts, places };
  }

  /** `dependency/network/norcal` as "network, norcal"; what is not a group goes by its history's name. */
  #nameOf({ level, name }: Pick<OpenPage, 'level' | 'name'>): string {
    if (level === 'endpoint') return name;
    return name
      .split('/')
      .slice(1)
      .map((part) => this.#title(part))
      .join(', ');
  }
}
