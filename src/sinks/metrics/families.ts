// The metrics of endpoints and services, by the names of design.md and of blackbox_exporter (protocols.md 11.2).
import type { Reason } from '#model/reason.ts';
import type { Phase } from '#model/result.ts';
import { rollUp } from '#model/rollup.ts';
import { states } from '#model/verdict.ts';
import type { EndpointSeries } from './series.ts';
import { type Family, numeral, seconds } from './text.ts';

/** What a probe kind says of itself, as far as metrics go. */
export interface KindFacts {
  readonly kind: string;
  readonly facts: readonly {
    readonly name: string;
    readonly help: string;
    /** Name of the blackbox_exporter gauge that carries the same value. */
    readonly metric?: string;
    readonly warn?: number;
  }[];
  readonly reasons: readonly Reason[];
}

/** Endpoints of one service in one region. */
export interface ServiceSeries {
  readonly labels: string;
  readonly endpoints: readonly EndpointSeries[];
}

const stateTexts = states.map((state) => ({ state, zero: `,state="${state}"} 0\n`, one: `,state="${state}"} 1\n` }));

/** Families of the endpoints that are in the plan. `kinds` must not change between calls for one rendering. */
export function endpointFamilies(series: readonly EndpointSeries[], kinds: readonly KindFacts[]): readonly Family[] {
  return [
    gauge('probe_success', 'Whether the last probe found the endpoint well.', series, (s) =>
      s.last === undefined ? undefined : Number(s.last.outcome === 'ok'),
    ),
    gauge('probe_duration_seconds', 'How long the last probe took.', series, (s) =>
      s.last === undefined ? undefined : seconds(s.last.duration),
    ),
    gauge('probe_dns_lookup_time_seconds', 'Time that the last probe took to resolve names.', series, (s) => {
      const resolve = s.last?.phases['resolve'];
      return resolve === undefined ? undefined : seconds(resolve);
    }),
    ...phaseFamilies(series, kinds),
    ...blackboxFamilies(series, kinds),
    factFamily(series, kinds),
    {
      name: 'holter_probe_results_total',
      help: 'Probes by how they ended; every probe ends in exactly one.',
      type: 'counter',
      lines: () => series.values().map((s) => s.resultLines('holter_probe_results_total{')),
    },
    {
      name: 'holter_endpoint_state',
      help: '1 for the present state of the endpoint, 0 for the others.',
      type: 'gauge',
      lines: () => series.values().map((s) => stateLines('holter_endpoint_state{', s.labels, s.figures?.state ?? 'unknown')),
    },
    gauge('holter_endpoint_slow', 'Whether the endpoint answers slowly more often than is its way; apart from its state.', series, (s) =>
      Number(s.figures?.slow ?? false),
    ),
    gauge(
      'holter_failure_ratio',
      'Estimated share of probes that fail: the learned healthy rate while up, since the onset while an incident is open.',
      series,
      (s) => s.figures?.failureRatio,
    ),
    gauge(
      'holter_evidence_ratio',
      'Evidence for a fault or for slowness over what a page needs; 1 pages.',
      series,
      (s) => s.figures?.evidenceRatio,
    ),
  ];
}

export function serviceFamilies(services: readonly ServiceSeries[]): readonly Family[] {
  return [serviceStates(services), serviceSlow(services)];
}

function serviceSlow(services: readonly ServiceSeries[]): Family {
  return {
    name: 'holter_service_slow',
    help: 'Whether any endpoint of the service in the region is slow.',
    type: 'gauge',
    lines: () =>
      services
        .values()
        .map(({ labels, endpoints }) => `holter_service_slow{${labels}} ${Number(endpoints.some((s) => s.figures?.slow === true))}\n`),
  };
}

function serviceStates(services: readonly ServiceSeries[]): Family {
  return {
    name: 'holter_service_state',
    help: '1 for the present state of the service in the region, 0 for the others.',
    type: 'gauge',
    lines: () =>
      services
        .values()
        .map((service) =>
          stateLines('holter_service_state{', service.labels, rollUp(service.endpoints.map((s) => s.figures?.state ?? 'unknown'))),
        ),
  };
}

/** Blackbox names its phase metrics after the protocol; a kind that has the protocol's other gauges has its phases too. */
function phaseFamilies(series: readonly EndpointSeries[], kinds: readonly KindFacts[]): readonly Family[] {
  const http = ['resolve', 'connect', 'tls', 'processing', 'transfer'] as const;
  const dns = ['resolve', 'connect', 'request'] as const;
  return [
    phaseFamily('probe_http_duration_seconds', http, speaking(series, kinds, 'probe_http_')),
    phaseFamily('probe_dns_duration_seconds', dns, speaking(series, kinds, 'probe_dns_')),
  ];
}

function speaking(series: readonly EndpointSeries[], kinds: readonly KindFacts[], prefix: string): readonly EndpointSeries[] {
  const names = new Set(kinds.filter((k) => k.facts.some((f) => f.metric?.startsWith(prefix) === true)).map((k) => k.kind));
  return series.filter((s) => names.has(s.of.kind));
}

function phaseFamily(name: string, phases: readonly Phase[], series: readonly EndpointSeries[]): Family {
  const texts = phases.map((phase) => ({ phase, text: `,phase="${phase}"} ` }));
  const lines = (s: EndpointSeries): string => {
    if (s.last === undefined) return '';
    let text = '';
    for (const part of texts) {
      const duration = s.last.phases[part.phase];
      if (duration !== undefined) text += `${name}{${s.labels}${part.text}${seconds(duration)}\n`;
    }
    return text;
  };
  return {
    name,
    help: 'Time that each phase of the last probe took, summed over redirects.',
    type: 'gauge',
    lines: () => series.values().map(lines),
  };
}

/** One gauge per blackbox name; several kinds may carry the same one. */
function blackboxFamilies(series: readonly EndpointSeries[], kinds: readonly KindFacts[]): readonly Family[] {
  const metrics = new Map<string, { readonly help: string; readonly facts: Map<string, string> }>();
  for (const kind of kinds) {
    for (const fact of kind.facts) {
      if (fact.metric === undefined) continue;
      const metric = metrics.get(fact.metric) ?? { help: fact.help, facts: new Map<string, string>() };
      metric.facts.set(kind.kind, fact.name);
      metrics.set(fact.metric, metric);
    }
  }
  return Array.from(metrics, ([name, metric]) => {
    const having = series.filter((s) => metric.facts.has(s.of.kind));
    return gauge(name, metric.help, having, (s) => s.last?.facts[metric.facts.get(s.of.kind) ?? '']);
  });
}

/** Facts that may warn, and facts that have no name of blackbox's: the others go out under that name alone. */
function factFamily(series: readonly EndpointSeries[], kinds: readonly KindFacts[]): Family {
  const name = 'holter_probe_fact';
  const facts = new Map(
    kinds.map((kind) => [
      kind.kind,
      kind.facts
        .filter((fact) => fact.metric === undefined || fact.warn !== undefined)
        .map((fact) => ({ name: fact.name, text: `,fact="${fact.name}"} ` })),
    ]),
  );
  const lines = (s: EndpointSeries): string => {
    let text = '';
    for (const fact of facts.get(s.of.kind) ?? []) {
      const value = s.last?.facts[fact.name];
      if (value !== undefined) text += `${name}{${s.labels}${fact.text}${numeral(value)}\n`;
    }
    return text;
  };
  return {
    name,
    help: 'Numbers that the last probe learned, in the unit that ends the name of the fact.',
    type: 'gauge',
    lines: () => series.values().map(lines),
  };
}

function gauge(
  name: string,
  help: string,
  series: readonly EndpointSeries[],
  value: (series: EndpointSeries) => number | undefined,
): Family {
  const prefix = `${name}{`;
  const line = (s: EndpointSeries): string => {
    const found = value(s);
    return found === undefined ? '' : `${prefix}${s.labels}} ${numeral(found)}\n`;
  };
  return { name, help, type: 'gauge', lines: () => series.values().map(line) };
}

function stateLines(prefix: string, labels: string, present: string): string {
  let text = '';
  for (const entry of stateTexts) text += `${prefix}${labels}${entry.state === present ? entry.one : entry.zero}`;
  return text;
}
