// The way out: receivers, routes, and the tokens of people.
import { createHash } from 'node:crypto';
import type { ReceiverPlan, RoutePlan, ServicePlan, TokenPlan } from '#model/plan.ts';
import { shorten } from '#schema/explain.ts';
import type { s } from '#schema/kit.ts';
import { didYouMean } from '#schema/nearest.ts';
import type { Path } from '#schema/shape.ts';
import type { KindCatalog } from './catalog.ts';
import { checkNames } from './references.ts';
import type { Report } from './report.ts';
import { Config, Route, Token } from './schema.ts';

/** Names that other parts refer to, right or wrong in themselves. */
export interface Names {
  readonly regions: ReadonlySet<string>;
  readonly services: ReadonlySet<string>;
  readonly receivers: ReadonlySet<string>;
}

const leastTokenLength = 16;

/** The receivers as written; without any, one named `log` where that kind exists. */
export function planReceivers(report: Report, catalog: KindCatalog): ReceiverPlan[] {
  const names = report.keys(['receivers']);
  if (!report.has(['receivers'])) return defaultReceivers(catalog);
  report.check(Config.shape.receivers, ['receivers']);
  return names.flatMap((name) => planReceiver(report, catalog, name));
}

function defaultReceivers(catalog: KindCatalog): ReceiverPlan[] {
  const kind = catalog.receivers.get('log');
  const options = kind?.options.safeParse({});
  return options?.success === true ? [{ name: 'log', kind: 'log', options: options.data }] : [];
}

function planReceiver(report: Report, catalog: KindCatalog, name: string): ReceiverPlan[] {
  const path = ['receivers', name];
  const kinds = [...catalog.receivers.keys()];
  const [key, ...others] = report.keys(path);
  if (key === undefined || others.length > 0) {
    const message =
      key === undefined ? 'has no kind' : `has ${others.length + 1} kinds: ${[key, ...others].map(shorten).join(', ')}; a receiver has one`;
    report.tell({
      code: 'wrong_value',
      path,
      at: 'key',
      message,
      hint: `write one of ${kinds.join(', ')} with its options, for instance log: {}`,
    });
    return [];
  }
  const kind = catalog.receivers.get(key);
  if (kind === undefined) {
    const message = `there is no receiver kind "${shorten(key)}"; there are ${kinds.join(', ')}`;
    const hint = didYouMean(key, kinds);
    report.tell({ code: 'unknown_kind', path: [...path, key], at: 'key', message, ...(hint === undefined ? {} : { hint }) });
    return [];
  }
  const options = report.check(kind.options, [...path, key]);
  return options === undefined ? [] : [{ name, kind: key, options }];
}

/** The routes as written; without any, everything goes to every receiver. */
export function planRoutes(report: Report, names: Names, receivers: readonly ReceiverPlan[]): RoutePlan[] {
  if (!report.has(['routes'])) return [{ services: [], regions: [], to: receivers.map(({ name }) => name) }];
  if (!report.isList(['routes'])) report.check(Config.shape.routes, ['routes']);
  const routes: RoutePlan[] = [];
  let all: Path | undefined;
  for (let index = 0; index < report.length(['routes']); index++) {
    const path = ['routes', index];
    const route = report.check(Route, path);
    checkNames(report, [...path, 'services'], 'service', names.services);
    checkNames(report, [...path, 'regions'], 'region', names.regions);
    checkNames(report, [...path, 'to'], 'receiver', names.receivers);
    if (route === undefined) continue;
    if (all !== undefined) {
      const message = `is never reached: the route at ${report.where(all)} takes everything`;
      report.tell({ code: 'wrong_value', path, at: 'key', message, hint: 'move the route for everything to the end' });
    }
    const { services = [], regions = [], to } = route;
    if (services.length === 0 && regions.length === 0) all ??= path;
    routes.push({ services, regions, to });
  }
  return routes;
}

/** Tells of services whose pages nobody would get: no owner, and no route for them in every region. */
export function checkHeard(report: Report, services: readonly ServicePlan[], routes: readonly RoutePlan[]): void {
  if (!report.has(['routes']) || report.problems.length > 0) return;
  for (const { id, owner } of services) {
    const isHeard = routes.some((route) => route.regions.length === 0 && (route.services.length === 0 || route.services.includes(id)));
    if (owner !== '' || isHeard) continue;
    report.tell({
      code: 'unheard',
      path: ['services', id],
      at: 'key',
      message: 'has no owner, and no route takes its pages from every region: they would reach nobody',
      hint: 'add "owner", or a last route { to: [...] }; to: [] says that nobody is meant to be told',
    });
  }
}

export function planTokens(report: Report): TokenPlan[] {
  const tokens: TokenPlan[] = [];
  const names = report.keys(['tokens']);
  if (report.has(['tokens'])) report.check(Config.shape.tokens, ['tokens']);
  for (const name of names) {
    const path = ['tokens', name];
    const token = Token.safeParse(report.value(path)).data;
    const sha256 = token === undefined ? undefined : tokenHash(report, path, token);
    if (token === undefined || sha256 === undefined) continue;
    const twin = tokens.find((other) => other.sha256 === sha256);
    if (twin !== undefined) report.tell({ code: 'duplicate', path, at: 'key', message: `is the same token as "${twin.name}"` });
    tokens.push({ name, sha256, rights: token.rights });
  }
  return tokens;
}

function tokenHash(report: Report, path: Path, { sha256, secret }: s.output<typeof Token>): string | undefined {
  if ((sha256 === undefined) === (secret === undefined)) {
    const message = sha256 === undefined ? 'needs the key "sha256" or "secret"' : 'has both "sha256" and "secret"';
    report.tell({
      code: sha256 === undefined ? 'missing_key' : 'wrong_value',
      path,
      at: 'key',
      message,
      hint: 'sha256: is what `printf %s TOKEN | sha256sum` prints',
    });
    return undefined;
  }
  const text = secret?.reveal();
  // An empty text stands for a secret that could not be read, which is told already.
  if (text === undefined || text === '') return sha256?.toLowerCase();
  if (text.length >= leastTokenLength) return createHash('sha256').update(text).digest('hex');
  const message = `the token is shorter than ${leastTokenLength} characters`;
  report.tell({ code: 'secret', path: [...path, 'secret'], at: 'value', message, hint: 'make one with `openssl rand -hex 24`' });
  return undefined;
}
