// The page for people: a plain table of states in words, made on the server. No script, no picture, nothing from elsewhere.
import { createHash } from 'node:crypto';
import type { EndpointView, IncidentView, ServiceView, StatusSource, VantageView } from './views.ts';

/** Endpoints and incidents that are listed one by one; the API lists all. */
const listed = 200;

const style = [
  'body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem;color:#1b1f24;background:#fff}',
  'table{border-collapse:collapse;width:100%;margin:1rem 0}',
  'th,td{text-align:left;padding:.35rem .6rem;border-bottom:1px solid #d0d7de;vertical-align:top}',
  '.up{color:#116329}.intermittent{color:#7d4e00;font-weight:600}.down{color:#a40e26;font-weight:600}',
  '.recovering,.maintenance{color:#0550ae}.slow{color:#7d4e00;font-weight:600}.unknown{color:#57606a}',
].join('');

/** Content-Security-Policy of an answer that may hold this one style, and nothing else that does anything. */
export function policyOf(content: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(content).digest('base64')}'`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** That of every answer, unless it says otherwise. */
export const pagePolicy = policyOf(style);

/** The page, part by part. Every text from outside is escaped. */
export function* pageParts(source: StatusSource, at: string, version: string): Iterable<string> {
  const title = `${escapeHtml(source.system)}: service states`;
  yield `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n`;
  yield `<meta http-equiv="refresh" content="15">\n<title>${title}</title>\n<style>${style}</style>\n</head>\n<body>\n<h1>${title}</h1>\n`;
  yield vantagePart(source.vantage());
  yield* incidentParts([...source.incidents()].filter((incident) => incident.state === 'open'));
  yield '<h2>Services</h2>\n<table>\n<thead><tr><th>Service</th><th>Region</th><th>State</th><th>Endpoints</th></tr></thead>\n<tbody>\n';
  for (const service of source.services()) yield serviceRows(service);
  yield '</tbody>\n</table>\n';
  yield* endpointParts(source.endpoints());
  yield `<p>As of ${escapeHtml(at)}; the page renews itself every 15 seconds. Holter ${escapeHtml(version)}. `;
  yield 'For programs: <a href="/metrics">metrics</a>, <a href="/api/v1/services">services</a>, ';
  yield '<a href="/api/v1/endpoints">endpoints</a>, <a href="/api/v1/incidents">incidents</a>.</p>\n</body>\n</html>\n';
}

/** Safe as text and inside double-quoted attributes. */
function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;');
}

/** Nothing while Holter itself is well: then the page is about the services. */
function vantagePart({ vantage, state, since, why }: VantageView): string {
  if (state !== 'trouble') return '';
  const who = `The prober at ${escapeHtml(vantage)} has trouble of its own since ${escapeHtml(since ?? '')}`;
  return `<p class="down" role="alert">${who}: ${escapeHtml(why)}; failures are missing, not failed.</p>\n`;
}

function* incidentParts(open: readonly IncidentView[]): Iterable<string> {
  yield '<h2>Open incidents</h2>\n';
  if (open.length === 0) {
    yield '<p>None.</p>\n';
    return;
  }
  yield '<table>\n<thead><tr><th>What</th><th>State</th><th>Since</th><th>Failed or slow</th><th>Latest failure</th><th>Why</th></tr></thead>\n<tbody>\n';
  for (const incident of open.slice(0, listed)) {
    const { verdict } = incident;
    const sample = incident.trouble === 'slow' ? undefined : incident.samples.at(-1);
    const failure = sample === undefined ? '' : `${sample.reason}: ${sample.message}`;
    yield row([
      link(`/api/v1/incidents/${encodeURIComponent(incident.id)}`, whatOf(incident)),
      word(verdict.state, verdict.slow),
      escapeHtml(incident.since),
      counted(incident),
      escapeHtml(failure),
      link(`/api/v1/incidents/${encodeURIComponent(incident.id)}/explanation.svg`, 'evidence'),
    ]);
  }
  yield `</tbody>\n</table>\n${more(open.length)}`;
}

function serviceRows(service: ServiceView): string {
  return service.regions
    .map((region) =>
      row([escapeHtml(service.name), escapeHtml(region.name || region.region), word(region.state, region.slow), String(region.endpoints)]),
    )
    .join('');
}

function counted({ trouble, verdict: { attempts, failures, slowness } }: IncidentView): string {
  if (trouble === 'slow') return slowness === null ? '' : `${slowness.slow} of ${slowness.attempts} slow`;
  return `${failures} of ${attempts}`;
}

/** Only those that are not up, or slow: a page of thousands of lines tells nobody anything. */
function* endpointParts(endpoints: Iterable<EndpointView>): Iterable<string> {
  yield '<h2>Endpoints that are not up, or slow</h2>\n<table>\n<thead><tr><th>Endpoint</th><th>State</th><th>Since</th><th>Last result</th></tr></thead>\n<tbody>\n';
  let count = 0;
  for (const endpoint of endpoints) {
    // An empty part lets the writer rest between thousands of healthy ones.
    const isWell = endpoint.state === 'up' && !endpoint.slow;
    if (isWell || count >= listed) yield '';
    else yield endpointRow(endpoint);
    if (!isWell) count += 1;
  }
  yield `</tbody>\n</table>\n${count === 0 ? '<p>None.</p>\n' : more(count)}`;
}

function endpointRow(endpoint: EndpointView): string {
  const { last } = endpoint;
  const result = last === null ? 'none yet' : last.outcome === 'ok' ? 'ok' : `${last.reason}: ${last.message}`;
  const path = endpoint.id.split('/').map(encodeURIComponent).join('/');
  return row([
    link(`/api/v1/endpoints/${path}`, endpoint.id),
    word(endpoint.state, endpoint.slow),
    escapeHtml(endpoint.since ?? ''),
    escapeHtml(result),
  ]);
}

function more(count: number): string {
  return count > listed ? `<p>And ${count - listed} more.</p>\n` : '';
}

/** The endpoint, or the group in words. */
function whatOf({ endpoint, scope, trouble }: IncidentView): string {
  if (trouble === 'blind') return `Holter itself, at ${scope.name}`;
  return endpoint === '' ? `${leads[scope.level]} ${scope.name}`.trim() : endpoint;
}

const leads: Readonly<Record<IncidentView['scope']['level'], string>> = {
  dependency: 'everything behind',
  host: 'everything on',
  region: 'everything in',
  vantage: 'everything seen from',
  system: 'everything',
  service: 'service',
  endpoint: 'endpoint',
};

function link(path: string, text: string): string {
  return `<a href="${escapeHtml(path)}">${escapeHtml(text)}</a>`;
}

/** In words first: colour says nothing that they do not. Slow is told beside the state, whatever that is. */
function word(state: string, slow: boolean): string {
  return `<span class="${escapeHtml(state)}">${escapeHtml(state)}</span>${slow ? ' <span class="slow">slow</span>' : ''}`;
}

function row(cells: readonly string[]): string {
  return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>\n`;
}
