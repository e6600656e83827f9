// The schema kit: the one place that knows zod. Every option in the house is written with `s` and the texts below, and
// types, defaults, checks, the JSON Schema and the reference page are made from them.
import { z } from 'zod';
import { Secret } from './secret.ts';

export { z as s };

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_557_600_000,
};

/** Milliseconds of `30s`, `1m30s`, `500ms`, `2h`, `14d`, `2y`; undefined when the text is not a length of time. */
export function parseDuration(text: string): number | undefined {
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d|w|y))+$/.test(text)) return undefined;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h|d|w|y)/g)) total += Number(amount) * (units[unit ?? ''] ?? 0);
  return total;
}

/** `1h30m` of 5400000: the shortest text that `parseDuration` reads back. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds === 0) return '0s';
  let rest = milliseconds;
  let text = '';
  for (const unit of ['d', 'h', 'm', 's', 'ms'] as const) {
    const size = units[unit] ?? 1;
    const amount = unit === 'ms' ? Math.round(rest) : Math.floor(rest / size);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * size;
  }
  return text;
}

/** A length of time as people write it; parsed to milliseconds, within bounds (texts such as `1s`). */
export function duration(bounds: { readonly least?: string; readonly most?: string } = {}) {
  const least = parseDuration(bounds.least ?? '0s') ?? 0;
  const most = parseDuration(bounds.most ?? '10y') ?? Number.POSITIVE_INFINITY;
  return z
    .string()
    .regex(/^(\d+(\.\d+)?(ms|s|m|h|d|w|y))+$/, 'is not a length of time; write for instance 30s, 1m30s or 2h')
    .transform((text) => parseDuration(text) ?? 0)
    .refine((value) => value >= least && value <= most, {
      error: `must be between ${bounds.least ?? '0s'} and ${bounds.most ?? '10y'}`,
    })
    .meta({ unit: 'duration', least: bounds.least, most: bounds.most });
}

/** Host and port of `host:port`, `[::1]:port`; undefined when it is not one. */
export function parseAddress(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-fA-F:.%]+)\]|([^\s:/[\]@]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port };
}

/** `host:port`. */
export function address() {
  return z
    .string()
    .refine((text) => parseAddress(text) !== undefined, {
      error: 'is not host:port; write for instance pay.example.org:5000 or [::1]:5000',
    })
    .meta({ words: 'host:port' });
}

/** An http or https URL without user name and password in it. */
export function httpUrl() {
  return z
    .string()
    .refine(isHttpUrl, { error: 'is not an http:// or https:// address without user and password in it' })
    .meta({ words: 'an http:// or https:// address' });
}

function isHttpUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (url.protocol === 'http:' || url.protocol === 'https:') && url.username === '' && url.password === '' && url.hostname !== '';
}

/** A secret: `!env NAME` or `!file path` in the YAML. A text written out is a mistake. */
export function secret() {
  return z.instanceof(Secret, { error: 'must be !env NAME or !file path, never the secret itself' }).meta({ secret: true });
}

/** A text that may be secret: plain, `!env NAME` or `!file path`. */
export function maybeSecret() {
  return z.union([z.string(), secret()]);
}

/** The text of a `maybeSecret` value, at the last moment. */
export function reveal(value: string | Secret): string {
  return typeof value === 'string' ? value : value.reveal();
}
