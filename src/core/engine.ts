// The whole monitor as one fold: results, ticks and maintenance in, events out. No I/O, no clock, no chance.
import type { EndpointId } from '#model/endpoint.ts';
import type { Event, Input } from '#model/event.ts';
import type { Incident } from '#model/incident.ts';
import type { Plan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import type { EpochMs } from '#model/time.ts';
import type { Verdict } from '#model/verdict.ts';
import { destinationOf } from './alert/route.ts';
import { departed, namelessService, placesOf, sharedDetectors } from './compile.ts';
import * as detect from './detect/detector.ts';
import { compileGroup } from './detect/group.ts';
import { hushSlow } from './detect/slow.ts';
import { conclude, follow, followAccess, introduce, join, openIncidentsOf, remindAccess, remindAt, type Scene } from './follow.ts';
import { countTogether, followGroup, hasNews } from './group/course.ts';
import { openOfGroups } from './group/opened.ts';
import { isGroupKey } from './group/place.ts';
import { regroup } from './group/regroup.ts';
import { groupScene } from './group/scene.ts';
import { layOutStanding, stand } from './group/standing.ts';
import { layOutTallies, tellGroups } from './group/tell.ts';
import { consult } from './group/together.ts';
import { groupsOf } from './group/topology.ts';
import * as access from './incident/access.ts';
import { type Course, countOutcome, isFault, isOpen, noteStretch } from './incident/lifecycle.ts';
import { noteFailure, noteMissing, noteOk, stripCounts } from './incident/trail.ts';
import { askAgain } from './reprobe.ts';
import { shownState, shownVerdict, timeOfDay } from './shown.ts';
import { followSlow, hearDuration } from './slow/brownout.ts';
import { concludeSlow, followSlowGroup, settleSlow } from './slow/together.ts';
import { type EndpointState, type EngineState, engineStateVersion, freshEndpoint, freshGroupRecord, freshVantage } from './state.ts';
import { blindIncident, followVantage, hearOfVantage } from './vantage.ts';
import type { Engine, GroupWatch, Watch } from './watch.ts';

const nothing: readonly Event[] = [];

/** Makes a plan ready. Cost grows linearly with its endpoints; two engines of one plan behave alike. */
export function createEngine(plan: Plan): Engine {
  const services = new Map(plan.services.map((service) => [service.id, service]));
  const regions = new Map(plan.regions.map((region) => [region.id, region.name]));
  const detectorsFor = sharedDetectors(plan);
  const groups = groupsOf(plan);
  const places = placesOf(groups);
  const watches = new Map<EndpointId, Watch>();
  for (const endpoint of plan.endpoints) {
    const service = services.get(endpoint.service) ?? namelessService(endpoint.service);
    const regionName = regions.get(endpoint.region) ?? endpoint.region;
    watches.set(endpoint.id, {
      plan: endpoint,
      service,
      regionName,
      ...detectorsFor(endpoint),
      destination: destinationOf(plan, endpoint),
      groups: places.get(endpoint.id) ?? [],
    });
  }
  const all = [...watches.values()];
  const standingOn = new Map<string, string[]>();
  for (const service of plan.services) {
    for (const needed of service.dependsOn) standingOn.set(needed, [...(standingOn.get(needed) ?? []), service.name]);
  }
  const byService = Map.groupBy(all, (watch) => watch.plan.service);
  const groupWatches = groups.map((group): GroupWatch => {
    const { round, falsePagesPerYear, members } = group;
    return { group, test: compileGroup({ round, falsePagesPerYear }), members: members.flatMap((id) => watches.get(id) ?? []) };
  });
  return { plan, watches, groups: groupWatches, byService, byRegion: Map.groupBy(all, (watch) => watch.plan.region), standingOn };
}

/** Every endpoint of the plan, never probed yet. */
export function freshState(engine: Engine): EngineState {
  const endpoints = new Map<EndpointId, EndpointState>();
  for (const [id, watch] of engine.watches) endpoints.set(id, freshEndpoint(watch.plan));
  const groups = engine.groups.map(({ group }) => freshGroupRecord(group.id));
  const laidOut = { tallies: new Float64Array(), standing: new Int32Array() };
  const state = { version: engineStateVersion, endpoints, groups, vantage: freshVantage(), ...laidOut, clockOffset: 0 };
  layOutTallies(engine, state);
  layOutStanding(engine, state, 0);
  return state;
}

/**
 * Folds one input in and tells what changed. Mutates the state, which nobody else may keep a part of.
 * The same inputs after the same state give the same events with the same ids, so a replay after a crash is idempotent.
 * Never throws for any input; one about an endpoint that the plan does not have is ignored.
 */
export function step(engine: Engine, state: EngineState, input: Input): readonly Event[] {
  switch (input.type) {
    case 'result':
      return takeResult(engine, state, input.result);
    case 'tick':
      return passTime(engine, state, input.at);
    case 'maintenance': {
      const scene = sceneOf(engine, state, input.endpoint, input.at);
      return scene === undefined ? nothing : maintain(scene, input.open, input.why);
    }
    case 'vantage':
      return hearOfVantage(engine, state, input);
    case 'clock_stepped':
      break;
  }
  if (Number.isFinite(input.by)) state.clockOffset += input.by;
  return nothing;
}

/**
 * A reload, or a start after `restoreEndpoint` (with `from` = `to`). The state of an endpoint with an equal fingerprint lives on; what was
 * removed or changed ends its open incident with an event that says so; what is new starts fresh; receivers that are new are told of what is
 * open. Linear in the endpoints.
 */
export function replan(from: Engine, to: Engine, state: EngineState, at: EpochMs): readonly Event[] {
  const events: Event[] = [];
  for (const [id, own] of state.endpoints) {
    const watch = to.watches.get(id);
    const before = from.watches.get(id);
    if (watch === undefined) {
      conclude({ engine: to, state, watch: departed(to, before, own), own, at, events }, 'removed from the configuration');
      state.endpoints.delete(id);
    } else if (watch.plan.fingerprint !== own.fingerprint) {
      conclude({ engine: to, state, watch, own, at, events }, 'changed in the configuration: judged afresh');
      // The last course stays: trouble that goes on reopens the incident under its old id.
      const { course, notices, slow } = own;
      const next = freshEndpoint(watch.plan);
      state.endpoints.set(id, { ...next, course, notices, slow: { ...next.slow, course: slow.course, notices: slow.notices } });
    } else if ((isOpen(own.course) && own.detector.course === 'up') || (isOpen(own.slow.course) && own.slow.test.open === 0)) {
      conclude({ engine: to, state, watch, own, at, events }, 'its saved state is of another version of Holter: judged afresh');
    } else {
      if (before !== undefined && before.detector !== watch.detector) detect.retune(before.detector, watch.detector, own.detector);
      introduce({ engine: to, state, watch, own, at, events });
    }
  }
  for (const [id, watch] of to.watches) if (!state.endpoints.has(id)) state.endpoints.set(id, freshEndpoint(watch.plan));
  concludeSlow(from, to, state, { at, events });
  regroup(from, to, state, { at, events });
  settleSlow(to, state, { at, events });
  return events;
}

/** What is believed of one endpoint now, or of a group (`*` and its id) while its incident is open; undefined when the plan does not have it. */
export function verdictOf(engine: Engine, state: EngineState, id: EndpointId): Verdict | undefined {
  if (isGroupKey(id)) return openTogether(engine, state).find(({ endpoint }) => endpoint.id === id)?.verdict;
  const scene = sceneOf(engine, state, id, 0);
  return scene === undefined ? undefined : shownVerdict(scene);
}

/** All incidents that are open: those of groups, then the others in the order of the plan. */
export function openIncidents(engine: Engine, state: EngineState): readonly Incident[] {
  const open: Incident[] = [];
  for (const [id, own] of state.endpoints) {
    if (!isOpen(own.course) && !isOpen(own.slow.course) && !isOpen(own.refused.course)) continue;
    const scene = sceneOf(engine, state, id, own.detector.lastAt);
    if (scene !== undefined) open.push(...openIncidentsOf(scene));
  }
  return [...openTogether(engine, state), ...open];
}

/** The open incidents of groups, and that of the vantage. */
function openTogether(engine: Engine, state: EngineState): readonly Incident[] {
  const blind = blindIncident(engine, state);
  return [...(blind === undefined ? [] : [blind]), ...openOfGroups(engine, state)];
}

function takeResult(engine: Engine, state: EngineState, result: ProbeResult): readonly Event[] {
  const watch = engine.watches.get(result.endpoint);
  const own = state.endpoints.get(result.endpoint);
  return watch === undefined || own === undefined
    ? nothing
    : judge({ engine, state, watch, own, at: result.scheduledAt, events: [] }, result);
}

function judge(scene: Scene, result: ProbeResult): readonly Event[] {
  const { watch, own, at, events } = scene;
  const maintenance = own.maintenance !== null;
  // Missing for the detector: Holter's own fault, and refusals after which the endpoint is left alone.
  const entry = watch.plan.pausesAfterAuth && at > own.trail.lastAt ? access.answer(own.access, result) : '';
  const isMissing = entry === 'paused' || isInternal(result);
  const taken = isMissing ? pass(scene) : observe(scene, result.outcome === 'fail');
  events.push({ type: 'result', result, counted: taken !== '' && !maintenance, maintenance });
  if (taken !== '') note(own, result);
  else if (maintenance || isMissing) noteMissing(own.trail, at);
  if (taken === 'stirring') judgeTogether(scene, result);
  followBoth(scene, taken !== '', result);
  if (entry !== '') followAccess(scene, entry, result);
  askAgain(scene);
  return events;
}

/** Failing first: what it explains is no slowness. */
function followBoth(scene: Scene, counts: boolean, result: ProbeResult): void {
  const pace = counts ? hearDuration(scene, result) : '';
  if (isToFollow(scene.own)) follow(scene);
  followSlow(scene, pace);
}

/** Nothing is known of this probe: it does not count. */
function pass({ watch, own, at }: Scene): '' {
  detect.miss(watch.detector, own.detector, at);
  return '';
}

/** The groups hear of the outcome before the endpoint's own detector learns from it. '' where it does not count; `stirring` may concern a group. */
function observe(scene: Scene, failed: boolean): '' | 'quiet' | 'stirring' {
  const { state, watch, own, at } = scene;
  const time = timeOfDay(state, at);
  const stirred = tellGroups(scene, failed, time);
  const isCounted = detect.observe(watch.detector, own.detector, failed, at, time);
  stand(state, watch, own, at);
  if (!isCounted) return '';
  return stirred || isFault(own.detector.state) ? 'stirring' : 'quiet';
}

function judgeTogether(scene: Scene, result: ProbeResult): void {
  if (scene.watch.groups.length === 0) return;
  countTogether(scene, result);
  consult(scene, join);
}

/** A new state, or a fault that nobody has been told of and no group explains. */
function isToFollow(own: EndpointState): boolean {
  const { detector, course, ties } = own;
  return shownState(own) !== own.shown || (isFault(detector.state) && !isOpen(course) && ties.within === '');
}

function isInternal(result: ProbeResult): boolean {
  return result.outcome === 'fail' && result.reason === 'internal';
}

function note(own: EndpointState, result: ProbeResult): void {
  if (result.outcome === 'fail') noteFailure(own.trail, result);
  else noteOk(own.trail, result.scheduledAt);
  if (isOpen(own.course)) attend(own.course, own, result);
}

/** One more outcome of an open incident. */
function attend(course: Course, own: EndpointState, result: ProbeResult): void {
  countOutcome(course, result);
  if (result.outcome === 'fail') noteStretch(course, stripCounts(own.trail));
}

function passTime(engine: Engine, state: EngineState, at: EpochMs): readonly Event[] {
  let events: Event[] | undefined;
  for (const [id, own] of state.endpoints) {
    const watch = engine.watches.get(id);
    if (watch === undefined) continue;
    const silent = detect.tick(watch.detector, own.detector, at);
    const reminded = at >= remindAt(own) || at >= remindAt(own.slow) || at >= remindAt(own.refused);
    const due = reminded || own.ties.heldUntil !== null;
    if (silent) stand(state, watch, own, at);
    if (!silent && !due) continue;
    events ??= [];
    const scene = { engine, state, watch, own, at, events };
    if (own.ties.heldUntil !== null) consult(scene, join);
    follow(scene);
    followSlow(scene, '');
    remindAccess(scene);
  }
  const grouped = [...passGroups(engine, state, at), ...followVantage(engine, state, at)];
  return events === undefined ? grouped : [...events, ...grouped];
}

/** Rounds end, incidents of groups go on, and a group may have crossed since the last result. */
function passGroups(engine: Engine, state: EngineState, at: EpochMs): readonly Event[] {
  const events: Event[] = [];
  for (let place = 0; place < engine.groups.length; place += 1) {
    const isSlow = isOpen(state.groups[place]?.slow.course ?? null);
    if (!isSlow && !hasNews(state, place, at)) continue;
    const scene = groupScene({ engine, state, at, events }, place);
    followGroup(scene);
    if (isSlow) followSlowGroup(scene);
  }
  return events;
}

/** Windows of one endpoint are told as one: the caller says `open` when the first opens and closes when the last is over. */
function maintain(scene: Scene, open: boolean, why: string): readonly Event[] {
  const { own, watch, at, events } = scene;
  if (open === (own.maintenance !== null)) return nothing;
  detect.maintain(watch.detector, own.detector, open, at);
  own.maintenance = open ? { since: at, why } : null;
  stand(scene.state, watch, own, at);
  // A fault that nobody was told of, since a group explained it when the window began, is found afresh.
  if (!open && !isOpen(own.course) && own.ties.within === '') detect.acquit(own.detector, 0);
  if (open) hushSlow(own.slow.test);
  follow(scene);
  followSlow(scene, '');
  return events;
}

function sceneOf(engine: Engine, state: EngineState, id: EndpointId, at: EpochMs): Scene | undefined {
  const watch = engine.watches.get(id);
  const own = state.endpoints.get(id);
  return watch === undefined || own === undefined ? undefined : { engine, state, watch, own, at, events: [] };
}
