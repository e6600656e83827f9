// The shape of the failures, in words that a person can act on.
import { type DurationMs, secondMs } from '#model/time.ts';
import type { Pattern } from '#model/verdict.ts';
import { downPattern, firstBurst, patternCount } from './evidence.ts';
import type { Stretch } from './onset.ts';

/** Alternatives below this share are not worth a word. */
const leastShare = 0.05;

type Family = { readonly kind: Pattern['kind']; readonly share: number };

/** The pattern that the weights favour; spell and gap are those seen since the onset, by probes `pace` apart. */
export function pattern(weights: readonly number[], stretch: Stretch, pace: DurationMs): Pattern {
  const families: Family[] = [
    { kind: 'steady', share: sum(weights, 0, downPattern) },
    { kind: 'down', share: sum(weights, downPattern, firstBurst) },
    { kind: 'bursts', share: sum(weights, firstBurst, patternCount) },
  ];
  families.sort((x, y) => y.share - x.share);
  const [best, ...others] = families as [Family, ...Family[]];
  const alternatives = others.filter((family) => family.share >= leastShare);
  if (best.kind !== 'bursts' || stretch.episodes === 0) return { ...best, alternatives };
  const perEpisode = pace / secondMs / stretch.episodes;
  return {
    ...best,
    spellSeconds: stretch.failures * perEpisode,
    gapSeconds: (stretch.attempts - stretch.failures) * perEpisode,
    alternatives,
  };
}

function sum(weights: readonly number[], from: number, to: number): number {
  let share = 0;
  for (let j = from; j < to; j += 1) share += weights[j] as number;
  return Math.min(1, share);
}
