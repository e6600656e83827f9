// The whole monitor as one fold: results, ticks and maintenance in, events out. No I/O, no clock, no chance.
import type { EndpointId } from '#model/endpoint.ts';
import type { Event, Input } from '#model/event.ts';
import type { Incident } from '#model/incident.ts';
import type { EndpointPlan, Plan, ServicePlan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import type { EpochMs } from '#model/time.ts';
import type { Verdict } from '#model/verdict.ts';
import { destinationOf } from './alert/route.ts';
import * as detect from './detect/detector.ts';
import {
  conclude,
  follow,
  followAccess,
  introduce,
  openIncidentsOf,
  remindAccess,
  remindAt,
  type Scene,
  shownState,
  shownVerdict,
  timeOfDay,
} from './follow.ts';
import * as access from './incident/access.ts';
import { type Course, countOutcome, isOpen, noteStretch } from './incident/lifecycle.ts';
import { noteFailure, noteMissing, noteOk, stripCounts } from './incident/trail.ts';
import { type EndpointState, type EngineState, engineStateVersion, freshEndpoint } from './state.ts';
import type { Engine, Watch } from './watch.ts';

const nothing: readonly Event[] = [];

/** Makes a plan ready. Cost grows linearly with its endpoints; two engines of one plan behave alike. */
export function createEngine(plan: Plan): Engine {
  const services = new Map(plan.services.map((service) => [service.id, service]));
  const regions = new Map(plan.regions.map((region) => [region.id, region.name]));
  const detectorFor = sharedDetectors(plan);
  const watches = new Map<EndpointId, Watch>();
  for (const endpoint of plan.endpoints) {
    const service = services.get(endpoint.service) ?? namelessService(endpoint.service);
    const regionName = regions.get(endpoint.region) ?? endpoint.region;
    const watch = { plan: endpoint, service, regionName, detector: detectorFor(endpoint), destination: destinationOf(plan, endpoint) };
    watches.set(endpoint.id, watch);
  }
  const all = [...watches.values()];
  const standingOn = new Map<string, string[]>();
  for (const service of plan.services) {
    for (const needed of service.dependsOn) standingOn.set(needed, [...(standingOn.get(needed) ?? []), service.name]);
  }
  const byService = Map.groupBy(all, (watch) => watch.plan.service);
  return { plan, watches, byService, byRegion: Map.groupBy(all, (watch) => watch.plan.region), standingOn };
}

/** Every endpoint of the plan, never probed yet. */
export function freshState(engine: Engine): EngineState {
  const endpoints = new Map<EndpointId, EndpointState>();
  for (const [id, watch] of engine.watches) endpoints.set(id, freshEndpoint(watch.plan));
  return { version: engineStateVersion, endpoints, clockOffset: 0 };
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
      state.endpoints.set(id, { ...freshEndpoint(watch.plan), course: own.course, notices: own.notices });
    } else if (isOpen(own.course) && own.detector.course === 'up') {
      conclude({ engine: to, state, watch, own, at, events }, 'its saved state is of another version of Holter: judged afresh');
    } else {
      if (before !== undefined && before.detector !== watch.detector) detect.retune(before.detector, watch.detector, own.detector);
      introduce({ engine: to, state, watch, own, at, events });
    }
  }
  for (const [id, watch] of to.watches) if (!state.endpoints.has(id)) state.endpoints.set(id, freshEndpoint(watch.plan));
  return events;
}

/** What is believed of one endpoint now; undefined when the plan does not have it. */
export function verdictOf(engine: Engine, state: EngineState, id: EndpointId): Verdict | undefined {
  const scene = sceneOf(engine, state, id, 0);
  return scene === undefined ? undefined : shownVerdict(scene);
}

/** All incidents that are open, in the order of the plan. */
export function openIncidents(engine: Engine, state: EngineState): readonly Incident[] {
  const open: Incident[] = [];
  for (const [id, own] of state.endpoints) {
    if (!isOpen(own.course) && !isOpen(own.refused.course)) continue;
    const scene = sceneOf(engine, state, id, own.detector.lastAt);
    if (scene !== undefined) open.push(...openIncidentsOf(scene));
  }
  return open;
}

function takeResult(engine: Engine, state: EngineState, result: ProbeResult): readonly Event[] {
  const watch = engine.watches.get(result.endpoint);
  const own = state.endpoints.get(result.endpoint);
  return watch === undefined || own === undefined
    ? nothing
    : judge({ engine, state, watch, own, at: result.scheduledAt, events: [] }, result);
}

function judge(scene: Scene, result: ProbeResult): readonly Event[] {
  const { state, watch, own, at, events } = scene;
  const maintenance = own.maintenance !== null;
  // Missing for the detector: Holter's own fault, and refusals after which the endpoint is left alone.
  const entry = watch.plan.pausesAfterAuth && at > own.trail.lastAt ? access.answer(own.access, result) : '';
  const isMissing = entry === 'paused' || isInternal(result);
  if (isMissing) detect.miss(watch.detector, own.detector, at);
  const taken = !isMissing && detect.observe(watch.detector, own.detector, result.outcome === 'fail', at, timeOfDay(state, at));
  events.push({ type: 'result', result, counted: taken && !maintenance, maintenance });
  if (taken) note(own, result);
  else if (maintenance || isMissing) noteMissing(own.trail, at);
  if (shownState(own) !== own.shown) follow(scene);
  if (entry !== '') followAccess(scene, entry, result);
  return events;
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
    const due = at >= remindAt(own) || at >= remindAt(own.refused);
    if (!silent && !due) continue;
    events ??= [];
    const scene = { engine, state, watch, own, at, events };
    follow(scene);
    remindAccess(scene);
  }
  return events ?? nothing;
}

/** Windows of one endpoint are told as one: the caller says `open` when the first opens and closes when the last is over. */
function maintain(scene: Scene, open: boolean, why: string): readonly Event[] {
  const { own, watch, at, events } = scene;
  if (open === (own.maintenance !== null)) return nothing;
  detect.maintain(watch.detector, own.detector, open, at);
  own.maintenance = open ? { since: at, why } : null;
  follow(scene);
  return events;
}

function sceneOf(engine: Engine, state: EngineState, id: EndpointId, at: EpochMs): Scene | undefined {
  const watch = engine.watches.get(id);
  const own = state.endpoints.get(id);
  return watch === undefined || own === undefined ? undefined : { engine, state, watch, own, at, events: [] };
}

/** The last of an endpoint that the new plan does not have: its incident is told as far as the old plan knew it. */
function departed(to: Engine, before: Watch | undefined, own: EndpointState): Watch {
  if (before !== undefined) return { ...before, destination: { receivers: [], fallback: false } };
  const settings = { interval: 30_000, falsePagesPerYear: 1, grace: to.plan.paging.grace };
  const plan: EndpointPlan = {
    ...own.endpoint,
    timing: { kind: 'every', interval: settings.interval },
    timeout: 0,
    options: {},
    pausesAfterAuth: false,
    host: '',
    falsePagesPerYear: settings.falsePagesPerYear,
    facts: [],
    fingerprint: own.fingerprint,
  };
  const service = to.plan.services.find((candidate) => candidate.id === own.endpoint.service) ?? namelessService(own.endpoint.service);
  const regionName = to.plan.regions.find((region) => region.id === own.endpoint.region)?.name ?? own.endpoint.region;
  return { plan, service, regionName, detector: detect.compile(settings), destination: { receivers: [], fallback: false } };
}

/** One detector for each distinct set of settings: tables are the same for thousands of endpoints. */
function sharedDetectors(plan: Plan): (endpoint: EndpointPlan) => detect.Detector {
  const made = new Map<string, detect.Detector>();
  return ({ timing, falsePagesPerYear }) => {
    const key = `${timing.interval} ${falsePagesPerYear}`;
    let detector = made.get(key);
    if (detector === undefined) {
      detector = detect.compile({ interval: timing.interval, falsePagesPerYear, grace: plan.paging.grace });
      made.set(key, detector);
    }
    return detector;
  };
}

function namelessService(id: string): ServicePlan {
  return { id, name: id, features: [], dependsOn: [], owner: '', runbook: '', downtime: '', criticality: 'normal' };
}
