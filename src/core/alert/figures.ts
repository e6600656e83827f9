// The figures of a page: how often, why, in what shape, on what evidence.
import { type Reason, reasonMeanings } from '#model/reason.ts';
import { hourMs, minuteMs, secondMs } from '#model/time.ts';
import type { Pattern } from '#model/verdict.ts';
import type { Facts } from './facts.ts';
import { amount, listed, percent, percentRange, span } from './words.ts';

/** Reasons that a page names. */
const reasonLimit = 3;
/** From this share on a text names the pattern without its alternatives (detection.md 6). */
const sure = 0.8;

/** While open "17 of the last 60 probes failed, about 28 % (19 to 39 %)", counted since the onset; afterwards without the interval. */
export function rateText({ event, spell, incident }: Facts): string {
  const { failures, attempts } = spell;
  if (attempts === 0) return '';
  if (event === 'resolved') return `${amount(failures)} of ${amount(attempts)} probes failed, about ${percent(failures / attempts)}`;
  const { mean, low, high } = incident.verdict.failureRate;
  if (failures === attempts) return `all of the last ${amount(attempts)} probes failed (${percentRange(low, high)})`;
  return `${amount(failures)} of the last ${amount(attempts)} probes failed, about ${percent(mean)} (${percentRange(low, high)})`;
}

/** "9 connect_timeout, 5 reset": the commonest three. */
export function reasonsText(reasons: Facts['incident']['reasons']): string {
  return commonest(reasons)
    .map(([reason, count]) => `${amount(count)} ${reason}`)
    .join(', ');
}

/** "9 connect_timeout (the connection was not accepted in time) and 5 reset (…)". */
export function reasonsExplained(reasons: Facts['incident']['reasons']): string {
  return listed(commonest(reasons).map(([reason, count]) => `${amount(count)} ${reason} (${reasonMeanings[reason]})`));
}

/** The commonest, where it is more than half of all; else ''. */
export function commonestReason(reasons: Facts['incident']['reasons']): string {
  const [first] = commonest(reasons);
  const all = Object.values(reasons).reduce((sum, count) => sum + count, 0);
  return first !== undefined && first[1] * 2 > all ? first[0] : '';
}

/** "bursts of about 2 min every 11 min"; with the alternatives when it is not sure. */
export function patternText(pattern: Pattern): string {
  const { alternatives, share } = pattern;
  const shape = shapeText(pattern);
  if (share >= sure || alternatives.length === 0) return shape;
  const others = alternatives.map((other) => `${shapeNames[other.kind]} ${percent(other.share)}`);
  return `${shape} (${percent(share)} likely; else ${others.join(', ')})`;
}

/** "Evidence: 1.3 times what a page needs; this endpoint may cost at most one false page in 83 years". */
export function evidenceText({ incident, falsePagesPerYear }: Facts): string {
  return `Evidence: ${strengthText(incident.verdict.evidenceRatio)}; this endpoint may cost at most ${allowance(falsePagesPerYear)}`;
}

/** "just what a page needs", "1.3 times what a page needs". */
export function strengthText(ratio: number): string {
  return ratio < 1.05 ? 'just what a page needs' : `${ratio > 1e6 ? 'over 1,000,000' : figure(ratio)} times what a page needs`;
}

const shapeNames: Readonly<Record<Pattern['kind'], string>> = {
  steady: 'single failures spread evenly',
  bursts: 'bursts',
  down: 'nearly every probe fails',
};

function shapeText({ kind, spellSeconds, gapSeconds }: Pattern): string {
  if (kind !== 'bursts' || spellSeconds === undefined || gapSeconds === undefined) return shapeNames[kind];
  return `bursts of about ${roughly(spellSeconds)} every ${roughly(spellSeconds + gapSeconds)}`;
}

function commonest(reasons: Facts['incident']['reasons']): readonly (readonly [Reason, number])[] {
  const entries = Object.entries(reasons) as [Reason, number][];
  return entries.toSorted((x, y) => y[1] - x[1] || x[0].localeCompare(y[0])).slice(0, reasonLimit);
}

export function allowance(falsePagesPerYear: number): string {
  if (falsePagesPerYear >= 1) return `${figure(falsePagesPerYear)} false page${falsePagesPerYear === 1 ? '' : 's'} a year`;
  const years = 1 / falsePagesPerYear;
  return years < 1.5 ? 'one false page a year' : `one false page in ${amount(years)} years`;
}

/** `1.3`, `25`, `1,200`. */
function figure(value: number): string {
  return value < 9.95 ? String(Number(value.toFixed(1))) : amount(value);
}

function roughly(seconds: number): string {
  const length = seconds * secondMs;
  if (length < 90 * secondMs || length >= 2 * hourMs) return span(length);
  return `${Math.round(length / minuteMs)} min`;
}
