// Where a value stands on an axis, and which values an axis names.
import { dayMs, hourMs, minuteMs, secondMs } from '#model/time.ts';
import { figure, tickTime } from './words.ts';

export type ScaleKind = 'linear' | 'log' | 'time';

/** An axis: of numbers, of numbers by their logarithm, or of times (milliseconds since 1970). */
export interface Axis {
  readonly label: string;
  /** '' where the values have none. */
  readonly unit: string;
  readonly scale: ScaleKind;
  /** What the axis shows at least and at most; without it, what the data have. */
  readonly range?: readonly [low: number, high: number];
}

export interface Scale {
  /** 0 at the low end, 1 at the high end; a value beyond an end stands there. NaN for NaN. */
  place(value: number): number;
  readonly ticks: readonly { readonly place: number; readonly label: string }[];
}

/** A logarithmic axis that nobody bounded shows at most so many decades below its largest value. */
const mostDecades = 9;
const timeSteps: readonly number[] = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * secondMs),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minuteMs),
  ...[1, 2, 3, 6, 12].map((n) => n * hourMs),
  ...[1, 2, 7, 14, 28, 91, 365].map((n) => n * dayMs),
];

/** `values`: what shall be seen; those that are not finite are left out. `most`: about how many ticks there is room for. */
export function scaleOf(axis: Axis, values: Iterable<number>, most: number): Scale {
  const [low, high] = bounds(axis, values);
  if (axis.scale === 'log') return logScale(low, high, most);
  const span = high - low;
  const place = (value: number): number => clamp((value - low) / span);
  const step = axis.scale === 'time' ? timeStep(span, most) : niceStep(span / most);
  const name = axis.scale === 'time' ? (value: number): string => tickTime(value, step) : figure;
  return { place, ticks: multiples(low, high, step).map((value) => ({ place: place(value), label: name(value) })) };
}

function bounds({ scale, range }: Axis, values: Iterable<number>): readonly [number, number] {
  const isUsable = (value: number): boolean => Number.isFinite(value) && (scale !== 'log' || value > 0);
  if (range !== undefined && range.every(isUsable) && range[0] < range[1]) return range;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (!isUsable(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (scale === 'log') return logBounds(low, high);
  return scale === 'time' ? timeBounds(low, high) : linearBounds(low, high);
}

function timeBounds(low: number, high: number): readonly [number, number] {
  if (low > high) return [0, minuteMs];
  return low === high ? [low - minuteMs / 2, high + minuteMs / 2] : [low, high];
}

/** Amounts begin at zero, unless their own spread would be lost. */
function linearBounds(least: number, most: number): readonly [number, number] {
  if (least > most) return [0, 1];
  const [low, high] = [Math.max(-1e300, least), Math.min(1e300, most)];
  const from = low >= 0 && low < 0.5 * high ? 0 : low;
  if (from < high) return [from, high];
  const half = Math.max(Math.abs(high) / 2, 0.5);
  return [high - half, high + half];
}

/** Whole decades. */
function logBounds(low: number, high: number): readonly [number, number] {
  if (low > high) return [0.1, 1];
  const top = Math.ceil(Math.log10(high) - 1e-9);
  const bottom = Math.max(Math.floor(Math.log10(low) + 1e-9), top - mostDecades);
  return [10 ** Math.min(bottom, top - 1), 10 ** top];
}

function logScale(low: number, high: number, most: number): Scale {
  const from = Math.log10(low);
  const span = Math.log10(high) - from;
  const place = (value: number): number => (value <= 0 ? 0 : clamp((Math.log10(value) - from) / span));
  const factors = span * 3 <= most ? [1, 2, 5] : [1];
  const every = Math.max(1, Math.ceil(span / most));
  const ticks: { readonly place: number; readonly label: string }[] = [];
  for (let decade = Math.floor(from); decade <= Math.ceil(from + span); decade += 1) {
    if (decade % every !== 0) continue;
    for (const factor of factors) {
      const value = factor * 10 ** decade;
      if (value >= low * 0.999 && value <= high * 1.001) ticks.push({ place: place(value), label: figure(value) });
    }
  }
  return { place, ticks };
}

function clamp(place: number): number {
  return Math.max(0, Math.min(1, place));
}

/** 1, 2 or 5 times a power of ten, at least `least`. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((factor) => factor * power >= least * 0.999) ?? 10);
}

function timeStep(span: number, most: number): number {
  return timeSteps.find((step) => span / step <= most) ?? niceStep(span / most);
}

function multiples(low: number, high: number, step: number): readonly number[] {
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.max(0, Math.min(100, Math.floor(high / step + 1e-9) - first + 1));
  return Array.from({ length: count }, (_, index) => (first + index) * step);
}
