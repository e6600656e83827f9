// What a series is called, and where it belongs, by its labels.
import type { Labels } from '../history.ts';

/** Names of labels; '' takes the usual ones. */
export interface LabelNames {
  readonly service: string;
  readonly region: string;
  readonly endpoint: string;
}

export interface Named {
  readonly name: string;
  readonly labels: Labels;
}

type Metric = Readonly<Record<string, string>>;

/** Series in their order; each name is another. Those that would be called alike carry the labels that tell them apart. */
export function nameSeries(metrics: readonly Metric[], names: LabelNames): readonly Named[] {
  const placed = metrics.map((metric) => place(metric, names));
  const alike = Map.groupBy(placed.keys(), (i) => placed[i]?.name ?? '');
  for (const same of alike.values()) {
    if (same.length < 2) continue;
    const all = same.map((i) => metrics[i] ?? {});
    const keys = [...new Set(all.flatMap((metric) => Object.keys(metric)))].filter(
      (key) => new Set(all.map((metric) => metric[key])).size > 1,
    );
    for (const i of same) {
      const differing = keys.toSorted().flatMap((key) => (metrics[i]?.[key] === undefined ? [] : [`${key}="${metrics[i][key]}"`]));
      const one = placed[i];
      if (one !== undefined) placed[i] = { ...one, name: `${one.name}{${differing.join(',')}}` };
    }
  }
  return placed;
}

function place(metric: Metric, names: LabelNames): Named {
  const service = pick(metric, names.service, ['service', 'job']);
  const region = pick(metric, names.region, ['region']);
  // Holter's own metrics say `endpoint` and `vantage`; elsewhere an `endpoint` is the name of a port.
  const usual = metric['vantage'] === undefined ? ['target', 'instance'] : ['endpoint', 'instance'];
  const endpoint = pick(metric, names.endpoint, usual);
  const name = [service, endpoint, region].filter((part) => part !== '').join('/');
  return { name: name === '' ? seriesText(metric) : name, labels: { service, region, host: hostOf(endpoint) } };
}

function pick(metric: Metric, wanted: string, usual: readonly string[]): string {
  return (wanted === '' ? usual : [wanted]).map((name) => metric[name]).find((value) => value !== undefined && value !== '') ?? '';
}

/** `https://a.example/x` and `a.example:443` are of the host `a.example`. */
function hostOf(endpoint: string): string {
  const host = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(endpoint)?.[1] ?? endpoint;
  return host
    .replace(/^.*@/, '')
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}

/** As Prometheus writes it: `probe_success{instance="a",job="b"}`. */
export function seriesText({ __name__: name = '', ...labels }: Metric): string {
  return `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}="${value}"`)
    .toSorted()
    .join(',')}}`;
}
