// The endpoints: each one's own keys, the options of its kind, fanned out over regions.
import { type EndpointId, endpointId } from '#model/endpoint.ts';
import type { EndpointPlan, FactThreshold } from '#model/plan.ts';
import type { DurationMs } from '#model/time.ts';
import { shorten } from '#schema/explain.ts';
import { s } from '#schema/kit.ts';
import { didYouMean } from '#schema/nearest.ts';
import { Secret } from '#schema/secret.ts';
import { type Path, shapeOf } from '#schema/shape.ts';
import type { FactInfo, KindCatalog, ProbeInfo } from './catalog.ts';
import type { EndpointDraft } from './draft.ts';
import { fingerprint } from './fingerprint.ts';
import { checkNames } from './references.ts';
import { fillRegion, mentionsRegion } from './region.ts';
import type { Report } from './report.ts';
import { endpointKeys, type Threshold } from './schema.ts';
import type { SyntheticRule } from './synthetic.ts';
import type { TimingRules } from './timing.ts';

export interface EndpointContext {
  readonly report: Report;
  readonly catalog: KindCatalog;
  readonly regions: ReadonlySet<string>;
  readonly timing: TimingRules;
  readonly synthetic: SyntheticRule;
}

const Own = s.strictObject(endpointKeys);
type OwnOptions = s.output<typeof Own>;
type OwnThreshold = s.output<typeof Threshold>;

/** Every endpoint of a service that can be probed as it is written; mistakes are told, and the others still looked at. */
export function draftEndpoints(context: EndpointContext, service: string): EndpointDraft[] {
  const path = ['services', service, 'endpoints'];
  return context.report.keys(path).flatMap((name) => draftEndpoint(context, { service, name, path: [...path, name] }));
}

interface Written {
  readonly service: string;
  readonly name: string;
  readonly path: Path;
}

function draftEndpoint(context: EndpointContext, written: Written): EndpointDraft[] {
  const { report } = context;
  const { path } = written;
  const value = report.value(path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    report.check(s.looseObject(endpointKeys), path);
    return [];
  }
  const { own, rest } = divide(value as Readonly<Record<string, unknown>>);
  const options = report.check(Own, path, own);
  const kind = findKind(context, path, own['probe']);
  if (kind === undefined) return [];
  const known = knownOptions(context, path, kind, { options: rest, keys: Object.keys(endpointKeys) });
  checkFacts(report, path, kind);
  const regions = regionsOf(context, path, own['regions']);
  const parsed = parseOptions({ context, written, kind, options: known, regions });
  if (options === undefined || parsed === undefined || Object.keys(known).length < Object.keys(rest).length) return [];
  const facts = thresholds(report, path, kind, options);
  return parsed.flatMap(({ least, ...one }) => {
    const when = context.timing({ path, own: options, kind, host: one.host, least });
    if (when === undefined) return [];
    const { service, name } = written;
    const endpoint = { id: endpointId(service, name, one.region), service, name, kind: kind.kind, ...one, ...when, facts };
    return [{ endpoint, path }];
  });
}

function divide(value: Readonly<Record<string, unknown>>): { own: Record<string, unknown>; rest: Record<string, unknown> } {
  const own: Record<string, unknown> = Object.create(null);
  const rest: Record<string, unknown> = Object.create(null);
  for (const [key, part] of Object.entries(value)) (Object.hasOwn(endpointKeys, key) ? own : rest)[key] = part;
  return { own, rest };
}

/** The kind of that name; undefined where there is none, which is told. */
export function findKind({ report, catalog }: EndpointContext, path: Path, name: unknown): ProbeInfo | undefined {
  if (typeof name !== 'string') return undefined;
  const kind = catalog.probes.get(name);
  if (kind !== undefined) return kind;
  const kinds = [...catalog.probes.keys()];
  const message = `there is no probe kind "${shorten(name)}"; there are ${kinds.join(', ')}`;
  tellHint(report, { code: 'unknown_kind', path: [...path, 'probe'], at: 'value', message }, didYouMean(name, kinds));
  return undefined;
}

function tellHint(report: Report, mistake: Parameters<Report['tell']>[0], hint: string | undefined): void {
  report.tell(hint === undefined ? mistake : { ...mistake, hint });
}

/** The options without those that the kind does not know, which are told with all keys that may stand here: those of the kind, and `keys`. */
export function knownOptions(
  { report }: EndpointContext,
  path: Path,
  kind: ProbeInfo,
  { options, keys }: { readonly options: Readonly<Record<string, unknown>>; readonly keys: readonly string[] },
): Record<string, unknown> {
  const shape = shapeOf(kind.options) ?? {};
  const words = [...keys, ...Object.keys(shape)];
  const known: Record<string, unknown> = Object.create(null);
  for (const [key, value] of Object.entries(options)) {
    if (Object.hasOwn(shape, key)) known[key] = value;
    else {
      report.tell({
        code: 'unknown_key',
        path: [...path, key],
        at: 'key',
        message: `the key "${shorten(key)}" is not known to the probe kind ${kind.kind}`,
        hint: didYouMean(key, words) ?? `known here: ${words.join(', ')}`,
      });
    }
  }
  return known;
}

/** The regions to fan out over; `['']` where there are none; undefined when what is written is no list of regions. */
function regionsOf({ report, regions }: EndpointContext, path: Path, said: unknown): readonly string[] | undefined {
  const place = [...path, 'regions'];
  if (said === undefined) return [''];
  if (said === 'all') {
    if (regions.size > 0) return [...regions];
    report.tell({
      code: 'unknown_reference',
      path: place,
      at: 'value',
      message: '"all" regions, but no region is configured',
      hint: 'add "regions:" with their ids and names',
    });
    return undefined;
  }
  if (!Array.isArray(said)) return undefined;
  checkNames(report, place, 'region', regions);
  const found = new Set<string>();
  for (const [index, region] of said.entries()) {
    if (typeof region !== 'string' || !regions.has(region)) continue;
    if (found.has(region))
      report.tell({ code: 'duplicate', path: [...place, index], at: 'value', message: `the region "${region}" is named twice` });
    found.add(region);
  }
  return found.size === 0 ? undefined : [...found];
}

interface OptionsCase {
  readonly context: EndpointContext;
  readonly written: Written;
  readonly kind: ProbeInfo;
  readonly options: Record<string, unknown>;
  readonly regions: readonly string[] | undefined;
}

type ParsedOptions = Pick<EndpointPlan, 'region' | 'options' | 'host' | 'fingerprint' | 'pausesAfterAuth'> & {
  readonly least: DurationMs;
};

/** The options for every region, parsed by the kind. A mistake is told for the first region that shows it. */
function parseOptions({ context, written, kind, options, regions }: OptionsCase): readonly ParsedOptions[] | undefined {
  const { report } = context;
  const { path } = written;
  checkPlaceholder(report, path, options, regions);
  const parsed: ParsedOptions[] = [];
  for (const region of regions ?? ['region']) {
    const filled = fillRegion(options, region);
    const result = report.check(kind.options, path, filled);
    if (result === undefined || !context.synthetic(path, kind.patients?.(result) ?? [])) return undefined;
    const least = Math.max(kind.leastInterval, kind.leastIntervalFor?.(result) ?? 0);
    const pausesAfterAuth = kind.pausesAfterAuth && hasCredentials(result);
    parsed.push({ region, options: result, host: kind.host(result), fingerprint: fingerprint(kind.kind, filled), pausesAfterAuth, least });
  }
  return regions === undefined ? undefined : parsed;
}

/** A secret anywhere but under `tls`: a refused client certificate locks nobody out. */
export function hasCredentials(options: unknown): boolean {
  if (options instanceof Secret) return true;
  if (typeof options !== 'object' || options === null) return false;
  return Object.entries(options).some(([key, value]) => key !== 'tls' && hasCredentials(value));
}

/** `{region}` and `regions` go together: without the one every region would be probed at the same place, without the other none. */
function checkPlaceholder(report: Report, path: Path, options: unknown, regions: readonly string[] | undefined): void {
  if (regions === undefined) return;
  const isMentioned = mentionsRegion(options);
  if (isMentioned && regions[0] === '') {
    report.tell({
      code: 'missing_key',
      path,
      at: 'key',
      message: 'mentions {region} and has no "regions"',
      hint: 'add regions: all, or a list of regions',
    });
  }
  if (!isMentioned && regions.length > 1) {
    const message = `is one and the same in ${regions.length} regions: no option mentions {region}`;
    report.tell({
      code: 'wrong_value',
      path: [...path, 'regions'],
      at: 'value',
      message,
      hint: 'write {region} into its address, or one endpoint for each region',
    });
  }
}

function checkFacts(report: Report, path: Path, kind: ProbeInfo): void {
  const names = kind.facts.map(({ name }) => name);
  for (const name of report.keys([...path, 'facts'])) {
    if (names.includes(name)) continue;
    const message = `the probe kind ${kind.kind} learns no fact "${shorten(name)}"; it learns ${names.join(', ') || 'none'}`;
    tellHint(report, { code: 'unknown_reference', path: [...path, 'facts', name], at: 'key', message }, didYouMean(name, names));
  }
}

function thresholds(report: Report, path: Path, kind: ProbeInfo, { facts }: OwnOptions): readonly FactThreshold[] {
  return kind.facts.flatMap((fact) => {
    const said = facts?.[fact.name];
    const bounds = boundsOf(fact, said);
    const isTurned = bounds.worse === 'above' ? bounds.warn > bounds.fail : bounds.warn < bounds.fail;
    if (said !== undefined && isTurned) {
      const message = `"warn" (${bounds.warn}) is worse than "fail" (${bounds.fail}): ${bounds.worse} is worse here`;
      report.tell({ code: 'wrong_value', path: [...path, 'facts', fact.name], at: 'key', message });
    }
    return Number.isFinite(bounds.warn) || Number.isFinite(bounds.fail) ? [bounds] : [];
  });
}

/** What is written, else what the kind proposes; a bound that nobody set is infinitely far away. */
function boundsOf({ name, warn, fail, worse = 'above' }: FactInfo, said: OwnThreshold | undefined): FactThreshold {
  const never = worse === 'above' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  const last = said?.fail ?? fail ?? never;
  return { fact: name, warn: said?.warn ?? warn ?? last, fail: last, worse };
}

/** Ids of drafts by what people may write: with and without the region. */
export function endpointNames(drafts: readonly EndpointDraft[]): ReadonlyMap<string, readonly EndpointId[]> {
  const names = new Map<string, EndpointId[]>();
  for (const { endpoint } of drafts) {
    const { id, service, name } = endpoint;
    const short = `${service}/${name}`;
    for (const key of new Set([id, short])) {
      const ids = names.get(key);
      if (ids === undefined) names.set(key, [id]);
      else ids.push(id);
    }
  }
  return names;
}
