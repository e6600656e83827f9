// `holter validate`: what a valid configuration amounts to, in a few lines or as JSON.
import { printPlan } from '#config/print.ts';
import { groupsOf } from '#core/group/topology.ts';
import type { Plan } from '#model/plan.ts';
import { secondMs } from '#model/time.ts';

/** The whole plan as JSON; secrets print as `***`. */
export function printablePlan(plan: Plan): string {
  return printPlan(plan);
}

/** A few lines for a person: what will be watched, how hard, and who hears of it. */
export function summary(plan: Plan): string {
  const { endpoints, services, regions, receivers, routes, maintenance, paging } = plan;
  const byKind = Map.groupBy(endpoints, (endpoint) => endpoint.kind);
  const rate = endpoints.reduce((sum, endpoint) => sum + secondMs / endpoint.timing.interval, 0);
  return [
    `The configuration of ${plan.system} is well.`,
    `${count(endpoints.length, 'endpoint')} of ${count(services.length, 'service')} in ${count(regions.length, 'region')}: ${[...byKind]
      .map(([kind, list]) => `${list.length} ${kind}`)
      .join(', ')}; ${rate.toFixed(rate < 10 ? 1 : 0)} probes a second.`,
    `${count(receivers.length, 'receiver')}, ${count(routes.length, 'route')}, ${count(maintenance.length, 'maintenance window')}.`,
    `${groupText(plan)}At most ${paging.falsePagesPerYear} false pages a year in all; a restart of up to ${paging.grace / secondMs} s is not a fault.`,
  ].join('\n');
}

/** What is judged together, so that one cause costs one page. */
function groupText(plan: Plan): string {
  const levels = Map.groupBy(groupsOf(plan), ({ level }) => level);
  if (levels.size === 0) return '';
  const each = [...levels].map(([level, same]) => `${same.length} by ${level}`);
  return `Judged together as well, so that one cause gives one page: ${each.join(', ')}.\n`;
}

function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? '' : 's'}`;
}
