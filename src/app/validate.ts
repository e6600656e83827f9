// `holter validate`: what a valid configuration amounts to, in some lines or as JSON.
import { printPlan } from '#config/print.ts';
import type { Delay } from '#core/detect/forecast.ts';
import type { Plan } from '#model/plan.ts';
import { type DurationMs, secondMs } from '#model/time.ts';
import { chanceOf } from './chance.ts';
import { learnedRates } from './learned.ts';
import { type Outlook, outlookOf, sharedExcess } from './outlook.ts';
import { count, outlookText } from './outlooktext.ts';

/** The whole plan as JSON; secrets print as `***`. */
export function printablePlan(plan: Plan): string {
  return printPlan(plan);
}

/** For a person: what will be watched, how hard, who hears of it, and how soon which fault is found. */
export function summary(plan: Plan): string {
  const { endpoints, services, regions, receivers, routes, maintenance } = plan;
  const byKind = Map.groupBy(endpoints, (endpoint) => endpoint.kind);
  const rate = endpoints.reduce((sum, endpoint) => sum + secondMs / endpoint.timing.interval, 0);
  const outlook = lookAhead(plan);
  return [
    `The configuration of ${plan.system} is well.`,
    `${count(endpoints.length, 'endpoint')} of ${count(services.length, 'service')} in ${count(regions.length, 'region')}: ${[...byKind]
      .map(([kind, list]) => `${list.length} ${kind}`)
      .join(', ')}; ${rate.toFixed(rate < 10 ? 1 : 0)} probes a second.`,
    `${count(receivers.length, 'receiver')}, ${count(routes.length, 'route')}, ${count(maintenance.length, 'maintenance window')}.`,
    `${groupText(outlook)}${outlookText(outlook)}`,
  ].join('\n');
}

/** Everything that the summary stands on, endpoint by endpoint and group by group. Times in seconds; null: longer than is looked at. */
export function jsonSummary(plan: Plan): string {
  const { endpoints, groups, problem } = lookAhead(plan);
  return JSON.stringify(
    {
      system: plan.system,
      false_pages_per_year: plan.paging.falsePagesPerYear,
      grace_seconds: plan.paging.grace / secondMs,
      learned_problem: problem,
      endpoints: endpoints.map(({ endpoint, healthyRate, learnedOver, faults, noisy }) => ({
        id: endpoint.id,
        interval_seconds: endpoint.timing.interval / secondMs,
        suspected_interval_seconds: endpoint.reprobe === undefined ? null : endpoint.reprobe.spacing / secondMs,
        false_pages_per_year: endpoint.falsePagesPerYear,
        healthy_failure_ratio: healthyRate,
        learned_seconds: learnedOver === undefined ? null : Math.round(learnedOver / secondMs),
        noisy: noisy !== undefined,
        faults: [...faults, ...(noisy?.weakest === undefined ? [] : [noisy.weakest])].map(({ rate, wait }) => ({
          failure_ratio: rate,
          ...seconds(wait),
        })),
      })),
      groups: groups.map(({ group, wait }) => ({
        id: group.id,
        endpoints: group.members.length,
        round_seconds: group.round / secondMs,
        false_pages_per_year: group.falsePagesPerYear,
        excess_failure_ratio: sharedExcess,
        ...seconds(wait),
      })),
    },
    null,
    2,
  );
}

function lookAhead(plan: Plan): Outlook {
  return outlookOf(plan, learnedRates(plan), chanceOf);
}

function seconds({ median, p95 }: Delay) {
  return { median_seconds: inSeconds(median), p95_seconds: inSeconds(p95) };
}

function inSeconds(length: DurationMs | undefined): number | null {
  return length === undefined ? null : Number((length / secondMs).toFixed(1));
}

/** What is judged together, so that one cause costs one page. */
function groupText({ groups }: Outlook): string {
  const levels = Map.groupBy(groups, ({ group }) => group.level);
  if (levels.size === 0) return '';
  const each = [...levels].map(([level, same]) => `${same.length} by ${level}`);
  return `Judged together as well, so that one cause gives one page: ${each.join(', ')}.\n`;
}
