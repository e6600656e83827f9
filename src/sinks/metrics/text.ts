// The exposition formats of Prometheus: text 0.0.4 and OpenMetrics 1.0, written from the same families.

export type Format = 'text' | 'openmetrics';

/** Content-Type of each format (protocols.md 11.1). */
export const contentTypes: Readonly<Record<Format, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

/** One metric with all its series. */
export interface Family {
  /** Name of its samples; a counter's ends in `_total`. */
  readonly name: string;
  readonly help: string;
  readonly type: 'counter' | 'gauge' | 'histogram';
  /** Whole lines, each ended by `\n`; several may come as one string. Both formats write them alike. */
  lines(): Iterable<string>;
}

/** OpenMetrics only for a client that asks for version 1.0.0 and likes it at least as well as text. Never throws. */
export function negotiate(accept: string | undefined): Format {
  const wishes = (accept ?? '').slice(0, 1000).toLowerCase().split(',').map(parseWish);
  const openmetrics = best(wishes.filter((wish) => wish.type === 'application/openmetrics-text' && wish.version === '1.0.0'));
  const text = best(wishes.filter((wish) => wish.type === 'text/plain'));
  return openmetrics > 0 && openmetrics >= text ? 'openmetrics' : 'text';
}

/** The two comment lines before a family. OpenMetrics names a counter without its `_total`. */
export function header(family: Pick<Family, 'name' | 'help' | 'type'>, format: Format): string {
  const name = format === 'openmetrics' && family.type === 'counter' ? family.name.replace(/_total$/, '') : family.name;
  const help = family.help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
  return `# HELP ${name} ${format === 'openmetrics' ? help.replaceAll('"', '\\"') : help}\n# TYPE ${name} ${family.type}\n`;
}

/** What ends an exposition. */
export function trailer(format: Format): string {
  return format === 'openmetrics' ? '# EOF\n' : '';
}

/** `a="1",b="2"`, values escaped. One flat string: it is copied into thousands of lines. */
export function labelPairs(labels: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(String(value))}"`);
  // Through bytes and back, so that the engine keeps no tree of its parts.
  return Buffer.from(pairs.join(','), 'utf8').toString('utf8');
}

/** A sample's value. */
export function numeral(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  if (value === Number.NEGATIVE_INFINITY) return '-Inf';
  return String(value);
}

/** Seconds of milliseconds, to the microsecond: shorter to write and finer than what is measured. */
export function seconds(milliseconds: number): number {
  return Math.round(milliseconds * 1000) / 1_000_000;
}

/** A bucket's bound as OpenMetrics wants it (`1.0`), in text too, so that the series is the same whichever format is scraped. */
export function bound(upper: number): string {
  return Number.isInteger(upper) ? `${upper}.0` : numeral(upper);
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('\n', '\\n').replaceAll('"', '\\"');
}

interface Wish {
  readonly type: string;
  readonly version: string;
  readonly quality: number;
}

function parseWish(text: string): Wish {
  const [type, ...parameters] = text.split(';').map((part) => part.trim());
  const value = (name: string) => parameters.find((parameter) => parameter.startsWith(`${name}=`))?.slice(name.length + 1);
  const quality = Number(value('q') ?? '1');
  return { type: type ?? '', version: value('version') ?? '', quality: Number.isFinite(quality) ? quality : 0 };
}

function best(wishes: readonly Wish[]): number {
  return Math.max(0, ...wishes.map((wish) => wish.quality));
}
