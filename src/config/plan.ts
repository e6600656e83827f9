// From the merged tree to the plan that every other room works from, or to every mistake in it.
import { setImmediate } from 'node:timers/promises';
import type { LimitsPlan, Plan, ServicePlan } from '#model/plan.ts';
import { shorten } from '#schema/explain.ts';
import type { s } from '#schema/kit.ts';
import { didYouMean } from '#schema/nearest.ts';
import type { Problem } from '#schema/problem.ts';
import { inWords, isRequired, type Path } from '#schema/shape.ts';
import type { KindCatalog } from './catalog.ts';
import { checkDial, withDial } from './dial.ts';
import type { EndpointDraft } from './draft.ts';
import { withoutEmpty } from './empty.ts';
import { draftEndpoints, endpointNames } from './endpoints.ts';
import type { MapNode } from './node.ts';
import { checkHeard, type Names, planReceivers, planRoutes, planTokens } from './outlets.ts';
import { wholeFile } from './read.ts';
import { checkCircles, checkHosts, checkNames } from './references.ts';
import { Report } from './report.ts';
import { Config, parseListen, type Service } from './schema.ts';
import { planSelfCheck } from './selfcheck.ts';
import { syntheticRule } from './synthetic.ts';
import { type CronRules, cronChecker, timingRules } from './timing.ts';
import { planWindows } from './windows.ts';

export interface PlanOptions extends CronRules {
  readonly catalog: KindCatalog;
  /** The name of this machine: the default vantage. */
  readonly hostname: string;
  /** What the command line says in place of the file. */
  readonly listen?: string;
  readonly data?: string;
}

export type PlanOutcome = { readonly plan: Plan } | { readonly problems: readonly Problem[] };

const ServiceByName = Config.shape.services;

/** Services between two breaths of the event loop. */
const servicesAtOnce = 50;

/** A frozen plan, or all mistakes. Lets others run in between, so that a daemon may reload a large file. */
export async function makePlan(tree: MapNode, options: PlanOptions): Promise<PlanOutcome> {
  const root = withoutEmpty(tree);
  const report = new Report(root);
  checkTopKeys(report);
  const settings = { ...readSettings(report), ...overrides(report, options) };
  const names = readNames(report);
  const timing = timingRules(report, settings.schedule ?? {}, options);
  const synthetic = syntheticRule(report, setting(report, 'synthetic_patients', Config.shape.synthetic_patients));
  const context = { report, catalog: options.catalog, regions: names.regions, timing, synthetic };
  const drafts: EndpointDraft[] = [];
  for (const [index, id] of [...names.services].entries()) {
    drafts.push(...draftEndpoints(context, id));
    if (index % servicesAtOnce === servicesAtOnce - 1) await setImmediate();
  }
  const selfCheck = planSelfCheck(context);
  const services = planServices(report, names);
  const receivers = planReceivers(report, options.catalog);
  const routes = planRoutes(report, names, receivers);
  const tokens = planTokens(report);
  const maintenance = planWindows({ report, cron: cronChecker(report, options), names, endpoints: endpointNames(drafts), drafts });
  if (settings.limits !== undefined) checkHosts(report, drafts, planLimits(settings.limits));
  if (settings.paging !== undefined) checkDial(report, settings.paging.false_pages, services, drafts);
  checkHeard(report, services, routes);
  if (report.problems.length > 0 || !isComplete(settings)) return { problems: report.problems };
  return {
    plan: freeze({
      ...planSettings(settings, options.hostname),
      selfCheck,
      services,
      endpoints: withDial(settings.paging.false_pages, services, drafts),
      receivers,
      routes,
      maintenance,
      tokens,
    }),
  };
}

function checkTopKeys(report: Report): void {
  const known = Object.keys(Config.shape);
  for (const key of report.keys([])) {
    if (known.includes(key)) continue;
    const hint = didYouMean(key, known) ?? `known here: ${known.join(', ')}`;
    report.tell({ code: 'unknown_key', path: [key], at: 'key', message: `the key "${shorten(key)}" is not known here`, hint });
  }
}

function readSettings(report: Report) {
  return {
    system: setting(report, 'system', Config.shape.system),
    vantage: setting(report, 'vantage', Config.shape.vantage) ?? '',
    schedule: setting(report, 'schedule', Config.shape.schedule),
    paging: setting(report, 'paging', Config.shape.paging),
    listen: setting(report, 'listen', Config.shape.listen),
    publicUrl: setting(report, 'public_url', Config.shape.public_url) ?? '',
    data: setting(report, 'data', Config.shape.data),
    retention: setting(report, 'retention', Config.shape.retention),
    limits: setting(report, 'limits', Config.shape.limits),
    regions: setting(report, 'regions', Config.shape.regions),
  };
}

/** `--listen` and `--data` by the same rules as the keys of the file. */
function overrides(report: Report, { listen, data }: PlanOptions): { readonly listen?: string; readonly data?: string } {
  const isGood = listen === undefined || parseListen(listen) !== undefined;
  if (!isGood)
    report.problems.push({
      ...wholeFile('wrong_value', '--listen', `"${shorten(listen)}" is not host:port`),
      hint: 'write for instance 127.0.0.1:9715',
    });
  return { ...(listen !== undefined && isGood && { listen }), ...(data !== undefined && { data }) };
}

type Settings = ReturnType<typeof readSettings>;
type WholeSettings = { readonly [K in keyof Settings]: Exclude<Settings[K], undefined> };

function isComplete(settings: Settings): settings is WholeSettings {
  return Object.values(settings).every((value) => value !== undefined);
}

/** One key of the file by its schema, with its default; undefined when it is wrong, which is told. */
function setting<T extends s.ZodType>(report: Report, key: string, schema: T): s.output<T> | undefined {
  if (report.has([key]) || !isRequired(schema)) return report.check(schema, [key]);
  report.tell({ code: 'missing_key', path: [], at: 'key', message: `needs the key "${key}": ${inWords(schema)}` });
  return undefined;
}

function readNames(report: Report): Names {
  return {
    regions: new Set(report.keys(['regions'])),
    services: new Set(report.keys(['services'])),
    receivers: new Set(report.has(['receivers']) ? report.keys(['receivers']) : ['log']),
  };
}

function planServices(report: Report, names: Names): ServicePlan[] {
  if (names.services.size === 0) {
    if (report.has(['services'])) report.check(Config.shape.services, ['services']);
    report.tell({
      code: 'missing_key',
      path: [],
      at: 'key',
      message: 'needs the key "services" with at least one service',
      hint: 'services: { web: { endpoints: { site: { probe: http, url: "https://www.example.org/" } } } }',
    });
  }
  const services = [...names.services].flatMap((id) => planService(report, names, id));
  checkCircles(report, new Map([...names.services].map((id) => [id, namesAt(report, ['services', id, 'depends_on'])])));
  checkProbed(report, services);
  return services;
}

function planService(report: Report, names: Names, id: string): ServicePlan[] {
  const path = ['services', id];
  checkNames(report, [...path, 'depends_on'], 'service', names.services);
  checkNames(report, [...path, 'owner'], 'receiver', names.receivers);
  const value = report.value(path);
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  // The endpoints have been looked at one by one: here only their names are.
  const endpoints = isMap && 'endpoints' in value ? namesOnly(value.endpoints) : {};
  const service = report.check(ServiceByName, ['services'], { [id]: isMap ? { ...value, endpoints } : value })?.[id];
  return service === undefined ? [] : [fillService(id, service)];
}

function fillService(id: string, service: s.output<typeof Service>): ServicePlan {
  const { name = id, features = [], depends_on: dependsOn = [], owner = '', runbook = '', downtime = '', criticality } = service;
  const own = service.false_pages === undefined ? {} : { falsePagesPerYear: service.false_pages };
  return { id, name, features, dependsOn, owner, runbook, downtime, criticality, ...own };
}

/** The texts of a list, whatever else is wrong in it. */
function namesAt(report: Report, path: Path): readonly string[] {
  const value = report.value(path);
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

function namesOnly(endpoints: unknown): unknown {
  if (typeof endpoints !== 'object' || endpoints === null || Array.isArray(endpoints)) return endpoints;
  return Object.fromEntries(Object.keys(endpoints).map((name) => [name, { probe: 'any' }]));
}

/** A service may stand for something that is not probed, if another depends on it. */
function checkProbed(report: Report, services: readonly ServicePlan[]): void {
  const needed = new Set(services.flatMap(({ dependsOn }) => dependsOn));
  for (const { id } of services) {
    if (report.keys(['services', id, 'endpoints']).length > 0 || needed.has(id)) continue;
    report.tell({
      code: 'missing_key',
      path: ['services', id],
      at: 'key',
      message: 'has no endpoints, and no service depends on it',
      hint: 'add "endpoints", or remove it',
    });
  }
}

function planLimits(limits: WholeSettings['limits']): LimitsPlan {
  return { concurrency: limits.concurrency, hostConcurrency: limits.host_concurrency, hostRate: limits.host_rate };
}

function planSettings(settings: WholeSettings, hostname: string) {
  const { paging, retention, regions } = settings;
  const listen = parseListen(settings.listen) ?? { host: '127.0.0.1', port: 9715 };
  return {
    system: settings.system,
    vantage: settings.vantage || hostname,
    paging: { falsePagesPerYear: paging.false_pages, grace: paging.grace, remind: paging.remind },
    listen,
    publicUrl: settings.publicUrl === '' ? addressOf(listen) : settings.publicUrl.replace(/\/+$/, ''),
    data: settings.data,
    retention: { results: retention.results, hourly: retention.hourly },
    limits: planLimits(settings.limits),
    regions: Object.entries(regions).map(([id, name]) => ({ id, name })),
  };
}

/** `http://127.0.0.1:9715` */
function addressOf({ host, port }: Plan['listen']): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Freezes plain maps and lists all the way down. Values with a class of their own, as a Secret, look after themselves. */
function freeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype && prototype !== null) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) freeze(part);
  return value;
}
