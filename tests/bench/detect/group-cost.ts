// What the tests of groups cost: a quiet round of 10,000 endpoints, and thousands that go down in one.
import { createEngine, freshState, step } from '#core/engine.ts';
import { tellGroups } from '#core/group/tell.ts';
import type { Engine } from '#core/watch.ts';
import type { Plan } from '#model/plan.ts';
import { planOf } from '../../support/plan.ts';
import { epoch, failResult, okResult } from '../../support/results.ts';

const count = 10_000;
const roundMs = 30_000;
const apartMs = 3;

/** Processor time of this thread: other work on the machine is not in it, but for what it does to the caches. */
function cpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

/** Fifty services in ten regions, all but the first stand on it; so many endpoints share a host. */
function planWith(eachHost: number): Plan {
  const plan = planOf(
    Array.from({ length: count }, (_, i) => ({
      service: `s${i % 50}`,
      name: `e${Math.floor(i / 500)}`,
      region: `r${Math.floor(i / 50) % 10}`,
    })),
    { receivers: [{ name: 'log', kind: 'log', options: {} }], paging: { falsePagesPerYear: 12, grace: 60_000, remind: 0 } },
  );
  return {
    ...plan,
    services: plan.services.map((service) => ({ ...service, dependsOn: service.id === 's0' ? [] : ['s0'] })),
    endpoints: plan.endpoints.map((one, i) => ({ ...one, host: `h${Math.floor(i / eachHost)}:1`, falsePagesPerYear: 6 / count })),
  };
}

/** Milliseconds that the groups of 10,000 endpoints take of a quiet round, over so many: the clock of a thread ticks every 4 ms only. */
function quietRound(engine: Engine, rounds: number): number {
  const state = freshState(engine);
  const { endpoints } = engine.plan;
  let now = epoch;
  for (let round = 0; round < 5; round += 1, now += roundMs) {
    for (const [i, { id }] of endpoints.entries())
      step(engine, state, { type: 'result', result: okResult(id, { scheduledAt: now + i * apartMs }) });
  }
  const moments = endpoints.flatMap(({ id }) => {
    const watch = engine.watches.get(id);
    const own = state.endpoints.get(id);
    return watch === undefined || own === undefined ? [] : [{ engine, state, watch, own, at: 0, events: [] }];
  });
  const before = cpuMs();
  for (let round = 0; round < rounds; round += 1, now += roundMs) {
    for (const [i, moment] of moments.entries()) {
      moment.at = now + i * apartMs;
      tellGroups(moment, false, 0);
      moment.own.detector.lastAt = moment.at;
    }
  }
  return (cpuMs() - before) / rounds;
}

/** Engine time in which `down` of them fail six rounds long: of the dearest round, and of the dearest step in all. */
function outage(
  engine: Engine,
  isDown: (place: number) => boolean,
): { readonly round: number; readonly step: number; readonly pages: number } {
  const state = freshState(engine);
  const { endpoints } = engine.plan;
  let now = epoch;
  let pages = 0;
  const worst = { round: 0, step: 0 };
  for (let round = 0; round < 36; round += 1, now += roundMs) {
    let sum = 0;
    let ticked = 0;
    for (const [i, { id }] of endpoints.entries()) {
      const times = { scheduledAt: now + i * apartMs };
      const result = round >= 30 && isDown(i) ? failResult(id, 'reset', times) : okResult(id, times);
      const before = cpuMs();
      const events = step(engine, state, { type: 'result', result });
      if (times.scheduledAt - ticked >= 1000) {
        ticked = times.scheduledAt;
        step(engine, state, { type: 'tick', at: ticked });
      }
      const took = cpuMs() - before;
      sum += took;
      if (round >= 30) worst.step = Math.max(worst.step, took);
      pages += events.filter((event) => event.type === 'alert').length;
    }
    if (round >= 30) worst.round = Math.max(worst.round, sum);
  }
  return { ...worst, pages };
}

/** Number of the endpoint's region. */
function region(place: number): number {
  return Math.floor(place / 50) % 10;
}

export function groupCostReport(rounds: number): string {
  const lines = [1, 4].map((eachHost) => {
    const engine = createEngine(planWith(eachHost));
    return `- ${quietRound(engine, rounds).toFixed(2)} ms of processor time a quiet round of 10,000 endpoints in ${engine.groups.length} groups (mean of ${rounds} rounds). Target 2 ms.`;
  });
  const engine = createEngine(planWith(4));
  outage(engine, () => false);
  for (const [name, isDown] of [
    ['one region of 1,000', (i: number) => region(i) === 0],
    ['2,500 in two and a half regions', (i: number) => region(i) < 2 || (region(i) === 2 && i % 2 === 0)],
    ['all 10,000', () => true],
  ] as const) {
    const { round, step: longest, pages } = outage(engine, isDown);
    lines.push(
      `- ${name} down in one round: ${round.toFixed(0)} ms of processor time in the dearest round, ${longest.toFixed(0)} ms at a stretch; ${pages} notices.`,
    );
  }
  return lines.join('\n');
}
