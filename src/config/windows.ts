// Maintenance windows: once from one instant until another, or again and again by cron.
import type { WindowPlan } from '#model/plan.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';
import { shorten } from '#schema/explain.ts';
import { formatDuration, type s } from '#schema/kit.ts';
import { didYouMean } from '#schema/nearest.ts';
import type { Path } from '#schema/shape.ts';
import type { EndpointDraft } from './draft.ts';
import { fingerprint } from './fingerprint.ts';
import type { Names } from './outlets.ts';
import { checkNames } from './references.ts';
import type { Report } from './report.ts';
import { Config, Window } from './schema.ts';
import { checkTimezone, type cronChecker } from './timing.ts';
import { readInstant } from './zone.ts';

export interface WindowContext {
  readonly report: Report;
  readonly cron: ReturnType<typeof cronChecker>;
  readonly names: Names;
  /** Ids of endpoints by what people may write. */
  readonly endpoints: ReadonlyMap<string, readonly string[]>;
  readonly drafts: readonly EndpointDraft[];
}

type WindowOptions = s.output<typeof Window>;
type WindowTime =
  | { readonly kind: 'once'; readonly from: EpochMs; readonly until: EpochMs }
  | { readonly kind: 'cron'; readonly expression: string; readonly timezone: string; readonly length: DurationMs };

export function planWindows(context: WindowContext): WindowPlan[] {
  const { report } = context;
  const windows: WindowPlan[] = [];
  if (report.has(['maintenance']) && !report.isList(['maintenance'])) report.check(Config.shape.maintenance, ['maintenance']);
  for (let index = 0; index < report.length(['maintenance']); index++) {
    const path = ['maintenance', index];
    checkNames(report, [...path, 'services'], 'service', context.names.services);
    checkNames(report, [...path, 'regions'], 'region', context.names.regions);
    const said = report.check(Window, path);
    const time = said === undefined ? undefined : timeOf(context, path, said);
    if (said === undefined || time === undefined) continue;
    const { services = [], regions = [], why = '' } = said;
    const endpoints = endpointsOf(context, path, said);
    const scope = { services, regions, endpoints };
    if (endpoints.length > 0 || said.endpoints === undefined) checkCover(context, path, scope);
    windows.push({ id: fingerprint('window', scope, time, why).slice(0, 16), ...scope, why, ...time });
  }
  return windows;
}

function timeOf(context: WindowContext, path: Path, said: WindowOptions): WindowTime | undefined {
  const isOnce = said.from !== undefined || said.until !== undefined;
  const isCron = said.cron !== undefined || said.for !== undefined;
  if (isOnce === isCron) {
    const message = isOnce ? 'mixes "from"/"until" with "cron"/"for"' : 'does not say when';
    context.report.tell({
      code: 'impossible_schedule',
      path,
      at: 'key',
      message,
      hint: 'write either from: and until:, or cron: and for:',
    });
    return undefined;
  }
  return isOnce ? onceOf(context.report, path, said) : cronOf(context, path, said);
}

function onceOf(report: Report, path: Path, said: WindowOptions): WindowTime | undefined {
  const zone = said.timezone ?? 'UTC';
  if (!checkTimezone(report, zone, [...path, 'timezone'])) return undefined;
  const from = instant(report, path, 'from', said.from, zone);
  const until = instant(report, path, 'until', said.until, zone);
  if (from === undefined || until === undefined) return undefined;
  if (from < until) return { kind: 'once', from, until };
  report.tell({
    code: 'impossible_schedule',
    path: [...path, 'until'],
    at: 'value',
    message: 'the window ends before it starts',
    hint: '"until" must be later than "from"',
  });
  return undefined;
}

// oxlint-disable-next-line max-params -- the five are one value and where it stands
function instant(report: Report, path: Path, key: 'from' | 'until', text: string | undefined, zone: string): EpochMs | undefined {
  if (text === undefined) {
    report.tell({ code: 'missing_key', path, at: 'key', message: `needs the key "${key}": an instant such as 2026-03-02T04:00:00Z` });
    return undefined;
  }
  const found = readInstant(text, zone);
  if (found !== undefined) return found;
  const message = `"${shorten(text)}" is not an instant`;
  report.tell({
    code: 'wrong_value',
    path: [...path, key],
    at: 'value',
    message,
    hint: 'write 2026-03-02T04:00:00Z, 2026-03-02T04:00:00-08:00, or 2026-03-02 04:00 with timezone:',
  });
  return undefined;
}

function cronOf({ report, cron }: WindowContext, path: Path, said: WindowOptions): WindowTime | undefined {
  if (said.cron === undefined || said.for === undefined) {
    const key = said.cron === undefined ? '"cron": when it starts' : '"for": how long it lasts';
    report.tell({ code: 'missing_key', path, at: 'key', message: `needs the key ${key}` });
    return undefined;
  }
  const timing = cron(said.cron, said.timezone ?? 'UTC', path);
  if (timing === undefined) return undefined;
  if (said.for >= timing.interval) {
    const message = `a window of ${formatDuration(said.for)} that starts every ${formatDuration(timing.interval)} never ends`;
    report.tell({
      code: 'impossible_schedule',
      path: [...path, 'for'],
      at: 'value',
      message,
      hint: `write a length below ${formatDuration(timing.interval)}`,
    });
    return undefined;
  }
  return { kind: 'cron', expression: timing.expression, timezone: timing.timezone, length: said.for };
}

/** Full ids: `service/endpoint` stands for its endpoints in all regions. */
function endpointsOf({ report, endpoints }: WindowContext, path: Path, said: WindowOptions): readonly string[] {
  const ids = new Set<string>();
  for (const [index, name] of (said.endpoints ?? []).entries()) {
    const found = endpoints.get(name);
    for (const id of found ?? []) ids.add(id);
    if (found !== undefined) continue;
    const place = [...path, 'endpoints', index];
    const hint = didYouMean(name, endpoints.keys()) ?? 'write service/endpoint, or service/endpoint/region';
    report.tell({ code: 'unknown_reference', path: place, at: 'value', message: `there is no endpoint "${shorten(name)}"`, hint });
  }
  return [...ids];
}

interface WindowScope {
  readonly services: readonly string[];
  readonly regions: readonly string[];
  readonly endpoints: readonly string[];
}

/** A window covers the endpoints that are in every list that it has; one that covers none is a mistake. */
function checkCover({ report, drafts }: WindowContext, path: Path, { services, regions, endpoints }: WindowScope): void {
  const covers = drafts.some(
    ({ endpoint }) => isIn(services, endpoint.service) && isIn(regions, endpoint.region) && isIn(endpoints, endpoint.id),
  );
  if (covers || report.problems.length > 0) return;
  report.tell({
    code: 'wrong_value',
    path,
    at: 'key',
    message: 'covers no endpoint: none is in all of its lists',
    hint: 'look at its services, regions and endpoints',
  });
}

/** An empty list takes everything. */
function isIn(list: readonly string[], name: string): boolean {
  return list.length === 0 || list.includes(name);
}
