// What one part of the configuration says of another: names that must exist, circles, hosts that are probed too hard.
import type { LimitsPlan } from '#model/plan.ts';
import { shorten } from '#schema/explain.ts';
import { didYouMean } from '#schema/nearest.ts';
import type { Path } from '#schema/shape.ts';
import type { EndpointDraft } from './draft.ts';
import type { Report } from './report.ts';

/** Tells of every name in the list (or the one name) at `path` that is not configured. `what`: `region`, `service` ... */
export function checkNames(report: Report, path: Path, what: string, known: ReadonlySet<string>): void {
  const value = report.value(path);
  const names: readonly unknown[] = Array.isArray(value) ? value : [value];
  for (const [index, name] of names.entries()) {
    if (typeof name !== 'string' || known.has(name)) continue;
    const place = Array.isArray(value) ? [...path, index] : path;
    const list =
      known.size === 0 ? 'none is configured' : `configured: ${[...known].slice(0, 12).join(', ')}${known.size > 12 ? ', ...' : ''}`;
    const message = `there is no ${what} "${shorten(name)}"`;
    report.tell({ code: 'unknown_reference', path: place, at: 'value', message, hint: didYouMean(name, known) ?? list });
  }
}

/** Tells of circles in `depends_on`, each once, by name. */
export function checkCircles(report: Report, dependsOn: ReadonlyMap<string, readonly string[]>): void {
  const done = new Set<string>();
  for (const start of dependsOn.keys()) walk(report, start, dependsOn, done);
}

function walk(report: Report, start: string, dependsOn: ReadonlyMap<string, readonly string[]>, done: Set<string>): void {
  const trail: { readonly service: string; next: number }[] = [];
  const enter = (service: string) => {
    const at = trail.findIndex((step) => step.service === service);
    if (at >= 0)
      tellCircle(
        report,
        trail.slice(at).map((step) => step.service),
      );
    else if (!done.has(service) && dependsOn.has(service)) trail.push({ service, next: 0 });
  };
  enter(start);
  for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
    const target = dependsOn.get(top.service)?.[top.next++];
    if (target !== undefined) enter(target);
    else {
      done.add(top.service);
      trail.pop();
    }
  }
}

function tellCircle(report: Report, services: readonly string[]): void {
  const [first = '', ...others] = services;
  const circle = [...services, first].join(' -> ');
  const message = others.length === 0 ? `"${first}" depends on itself` : `these services depend on one another in a circle: ${circle}`;
  const hint = others.length === 0 ? 'remove it from its own depends_on' : 'remove one of these dependencies';
  report.tell({ code: 'circle', path: ['services', services.at(-1) ?? first, 'depends_on'], at: 'key', message, hint });
}

/** Tells of hosts that could not keep up: by starts a second, and by probes under way if every one took its whole timeout. */
export function checkHosts(report: Report, drafts: readonly EndpointDraft[], limits: LimitsPlan): void {
  const hosts = Map.groupBy(drafts, ({ endpoint }) => endpoint.host);
  for (const [host, endpoints] of hosts) {
    const first = endpoints[0];
    if (first === undefined) continue;
    let rate = 0;
    let busy = 0;
    for (const { endpoint } of endpoints) {
      rate += 1000 / endpoint.timing.interval;
      busy += endpoint.timeout / endpoint.timing.interval;
    }
    const who = endpoints.length === 1 ? 'this endpoint' : `${endpoints.length} endpoints`;
    const tell = (message: string, hint: string) => report.tell({ code: 'too_hard', path: first.path, at: 'key', message, hint });
    // A hair of tolerance: thirty times one thirtieth is not quite one.
    if (rate > limits.hostRate * (1 + 1e-9)) {
      tell(
        `${who} would probe ${shorten(host)} ${round(rate)} times a second; limits.host_rate allows ${limits.hostRate}`,
        `probe less often, or set limits.host_rate to ${round(rate)} or more`,
      );
    } else if (busy > limits.hostConcurrency * (1 + 1e-9)) {
      tell(
        `if ${shorten(host)} hung, ${who} would keep ${Math.ceil(busy)} probes under way there; limits.host_concurrency allows ${limits.hostConcurrency}, so they would wait for one another`,
        `shorten their timeouts, probe less often, or set limits.host_concurrency to ${Math.ceil(busy)} or more`,
      );
    }
  }
}

/** Two digits that count, rounded up: a limit of this size is enough. */
function round(value: number): number {
  const step = 10 ** (Math.floor(Math.log10(value)) - 1);
  return Number((Math.ceil(value / step - 1e-9) * step).toPrecision(3));
}
