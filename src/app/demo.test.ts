// What the demo runs is config/holter.yaml, nothing of it leaves this machine, and each scenario ends as it says: here without sockets, through
// the daemon's very engine, in a time that is made up.
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { createEngine, freshState, step } from '#core/engine.ts';
import { Course } from '#demo/course.ts';
import { placesOf } from '#demo/places.ts';
import { type Scenario, scenarios } from '#demo/scenarios.ts';
import { startWorld, type World } from '#demo/world.ts';
import type { EndpointPlan, Plan } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import { minuteMs, secondMs } from '#model/time.ts';
import { probeKinds } from '#probes/index.ts';
import { simulators } from '#probes/simulators.ts';
import { Secret } from '#schema/secret.ts';
import { demoFile, loadDemoPlan } from './demo.ts';
import { redirect } from './redirect.ts';

const pace = 30;
let plan: Plan;
let world: World;
let redirected: Plan;
const farEnds = (id: string) => world.options(id);

beforeAll(async () => {
  plan = await loadDemoPlan({ listen: '127.0.0.1:0', data: join(tmpdir(), 'holter-demo-unused') });
  world = await startWorld(plan.endpoints);
  redirected = redirect(plan, { options: farEnds, pace });
});

afterAll(() => world.close());

interface Written {
  readonly system: string;
  readonly regions: Readonly<Record<string, string>>;
  readonly services: Readonly<Record<string, { readonly name: string; readonly downtime?: string; readonly endpoints: object }>>;
}

describe('the configuration of the demo', () => {
  test('is the example, read as it stands: its names, regions, services and procedures', () => {
    const written = parse(readFileSync('config/holter.yaml', 'utf8').replaceAll(/!(?:env|file) /g, '')) as Written;
    expect(demoFile).toBe(join(process.cwd(), 'config/holter.yaml'));
    expect(redirected.system).toBe(written.system);
    expect(Object.fromEntries(redirected.regions.map(({ id, name }) => [id, name]))).toEqual(written.regions);
    expect(redirected.services.map(({ id, name, downtime }) => ({ id, name, downtime }))).toEqual(
      Object.entries(written.services).map(([id, { name, downtime = '' }]) => ({ id, name, downtime })),
    );
    const names = redirected.endpoints.map(({ service, name }) => `${service}/${name}`);
    const all = Object.entries(written.services).flatMap(([id, { endpoints }]) => Object.keys(endpoints).map((name) => `${id}/${name}`));
    expect([...new Set(names)]).toEqual(all);
  });

  test('shows every kind of probe that there is, and each has a simulator', () => {
    const used = new Set(plan.endpoints.map(({ kind }) => kind));
    expect([...used].toSorted()).toEqual(probeKinds.map(({ kind }) => kind).toSorted());
    for (const kind of used) expect(simulators.some((simulator) => simulator.kind === kind)).toBe(true);
  });

  test('is probed as often as the file says; a far end that hangs is given up before the next probe', () => {
    for (const [index, { timing, timeout }] of redirected.endpoints.entries()) {
      expect(timing).toEqual(plan.endpoints[index]?.timing);
      expect(timeout).toBeLessThan(timing.interval / pace);
    }
    const real = redirect(plan, { options: farEnds, pace: 1 });
    expect(real.endpoints.map(({ timeout }) => timeout)).toEqual(plan.endpoints.map(({ timeout }) => timeout));
  });
});

/** Every text of the options, by the names of the keys that lead to it. */
function textsIn(value: unknown, path = ''): readonly (readonly [string, string])[] {
  if (value instanceof Secret) return [];
  if (typeof value === 'string') return [[path, value]];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) => textsIn(part, `${path}.${key}`));
}

/** Texts that name a place elsewhere: an address that a probe or a receiver could go to. */
function strangersIn(options: unknown): readonly string[] {
  return textsIn(options)
    .filter(([path, text]) => !path.includes('.expect') && !text.startsWith('-----BEGIN'))
    .filter(([path, text]) => {
      // A path of the same host.
      if (/^\/(?!\/)/.test(text)) return false;
      const url = URL.parse(text);
      if (url !== null && text.includes('://')) return url.hostname !== '127.0.0.1';
      if (/\.(?:host|hosts|address|addresses|server|servers|url|issuer)(?:\.\d+)?$/.test(path))
        return !/^127\.0\.0\.1(?::\d+)?$/.test(text);
      return /^[\w.-]+\.[\w-]+:\d+$/.test(text) && !text.startsWith('127.0.0.1:');
    })
    .map(([path, text]) => `${path} = ${text}`);
}

describe('nothing leaves this machine', () => {
  test('no option of a redirected endpoint names another place', () => {
    expect(redirected.endpoints.flatMap(({ id, options }) => strangersIn(options).map((stranger) => `${id}${stranger}`))).toEqual([]);
  });

  test('and the original would be caught: every endpoint that goes by the network names one', () => {
    const caught = plan.endpoints.filter(({ options }) => strangersIn(options).length > 0).map(({ kind }) => kind);
    expect(new Set(caught)).toEqual(new Set(plan.endpoints.map(({ kind }) => kind).filter((kind) => kind !== 'exec')));
  });

  test('programs are those of the simulators', () => {
    const programs = redirected.endpoints.flatMap(({ options }) =>
      textsIn(options).filter(([path]) => /^\.(?:program|command\.0)$/.test(path)),
    );
    expect(programs.length).toBeGreaterThan(0);
    for (const [, program] of programs) expect(program.startsWith(tmpdir())).toBe(true);
  });

  test('the self-check, whose targets lie elsewhere, is left out', () => {
    expect(plan.selfCheck.targets.length).toBeGreaterThan(0);
    expect(redirected.selfCheck.targets).toEqual([]);
  });

  test('pages go to the terminal alone, and to the webhook that a person names', () => {
    expect(redirected.receivers.map(({ kind }) => kind)).toEqual(['log']);
    expect(redirected.routes).toEqual([]);
    const asked = redirect(plan, { options: farEnds, pace, webhook: 'http://127.0.0.1:9/' });
    expect(asked.receivers.map(({ name, kind }) => [name, kind])).toEqual([
      ['terminal', 'log'],
      ['webhook', 'webhook'],
    ]);
  });
});

describe('every scenario', () => {
  test.each(scenarios)('$name hits somebody, and can show itself at everybody whom it hits', (scenario) => {
    const places = placesOf(plan);
    const course = new Course(scenario, 1);
    const hit = places.filter((place) => course.isHit(place));
    expect(hit.length).toBeGreaterThan(0);
    if (scenario.name !== 'certificate') expect(hit).toEqual(places.filter((place) => scenario.hits(place)));
    for (const { id, shows } of hit) for (const look of scenario.looks) if (shows.has(look)) world.behave(id, look);
    for (const { id } of hit) world.behave(id, undefined);
  });
});

interface Told {
  /** Endpoints that were paged, once for each page. */
  readonly paged: readonly string[];
  readonly resolved: number;
  readonly hit: ReadonlySet<string>;
}

/** The scenario from its beginning to its end. */
function playOut(scenario: Scenario, seed: number): Told {
  const engine = createEngine(redirected);
  const state = freshState(engine);
  const course = new Course(scenario, seed);
  const places = new Map(placesOf(plan).map((place) => [place.id, place]));
  const paged: string[] = [];
  let resolved = 0;
  let ticked = 0;
  for (const { at, endpoint } of schedule(scenario.endsAt)) {
    const place = places.get(endpoint.id);
    const reason = place === undefined ? undefined : course.throwFor(place, (at - began) / minuteMs);
    const isTick = at - ticked >= 5 * secondMs;
    if (isTick) ticked = at;
    const ticks = isTick ? step(engine, state, { type: 'tick', at }) : [];
    for (const event of [...ticks, ...step(engine, state, { type: 'result', result: resultOf(endpoint, at, reason) })]) {
      if (event.type !== 'incident') continue;
      if (event.kind === 'opened' || event.kind === 'reopened') paged.push(event.incident.endpoint.id);
      if (event.kind === 'resolved') resolved += 1;
    }
  }
  const hit = new Set([...places.values()].filter((place) => course.isHit(place)).map(({ id }) => id));
  return { paged, resolved, hit };
}

const began = Date.UTC(2026, 5, 1, 12);

/** Every probe of so many minutes, in order. */
function schedule(minutes: number): readonly { readonly at: number; readonly endpoint: EndpointPlan }[] {
  const probes = redirected.endpoints.flatMap((endpoint, index) => {
    const phase = (index * 7 * secondMs) % endpoint.timing.interval;
    const count = Math.floor((minutes * minuteMs - phase) / endpoint.timing.interval);
    return Array.from({ length: count }, (_, number) => ({ at: began + phase + number * endpoint.timing.interval, endpoint }));
  });
  return probes.toSorted((left, right) => left.at - right.at);
}

function resultOf(endpoint: EndpointPlan, at: number, reason: string | undefined): ProbeResult {
  const attempt = { endpoint: endpoint.id, vantage: 'here', scheduledAt: at, startedAt: at, duration: 5, phases: {}, facts: {}, notes: {} };
  return reason === undefined
    ? { ...attempt, outcome: 'ok' }
    : { ...attempt, outcome: 'fail', reason: reason as 'timeout', message: 'simulated' };
}

function told(name: string, seed: number): Told {
  const scenario = scenarios.find((one) => one.name === name);
  if (scenario === undefined) throw new Error(`no scenario ${name}`);
  return playOut(scenario, seed);
}

describe('played out in full', () => {
  test.each([1, 2, 8])('nobody whom a scenario does not hit is paged, and most is resolved at its end (dice %i)', (seed) => {
    for (const { name } of scenarios) {
      const { paged, resolved, hit } = told(name, seed);
      // Of a group, whose name begins with an asterisk, the members are hit.
      expect(paged.filter((id) => !id.startsWith('*') && !hit.has(id))).toEqual([]);
      expect(resolved).toBeGreaterThanOrEqual(Math.floor(0.7 * paged.length));
    }
  });

  test.each([1, 2, 8])(
    'the story costs one page that names the data center, as an outage does; what is of one endpoint is told of it (dice %i)',
    (seed) => {
      expect(told('story', seed).paged).toEqual(['*dependency/network']);
      expect(told('outage', seed).paged).toEqual(['*dependency/network']);
      expect(told('balancer', seed).paged).toEqual(['ehr/front-door/norcal']);
      expect(told('certificate', seed).paged.toSorted()).toEqual(['ehr/certificate/norcal', 'ehr/front-door/norcal']);
    },
  );

  test.each([1, 2, 8])('the calm costs no page (dice %i)', (seed) => expect(told('calm', seed).paged).toEqual([]));
});
