// How fast an endpoint answers, in words.
import { type DurationMs, secondMs } from '#model/time.ts';
import type { Slowness } from '#model/verdict.ts';
import { amount, listed, percent, plain, span } from './words.ts';

const nameLimit = 60;
/** What the phases are called that every protocol has; others go by their own name. */
const phaseWords: Readonly<Record<string, string>> = {
  resolve: 'resolve (DNS)',
  connect: 'connect (TCP)',
  tls: 'tls (the handshake)',
  processing: 'processing (the far end at work)',
  transfer: 'transfer (reading the answer)',
};

/** "about 34 % of answers take over 420 ms (usually 2 %), typically 1.9 s instead of 120 ms". */
export function slownessText({ slow, attempts, limit, usualShare, typical, usual }: Slowness): string {
  const share = attempts > 0 ? percent(slow / attempts) : 'some';
  return `about ${share} of answers take over ${lengthText(limit)} (usually ${percent(usualShare)}), typically ${lengthText(typical)} instead of ${lengthText(usual)}`;
}

/** "the time goes into resolve (DNS)"; '' where it is spread. */
export function phasesText(slowness: Pick<Slowness, 'phases'>): string {
  const names = phaseNames(slowness);
  return names === '' ? '' : `the time goes into ${names}`;
}

/** "resolve (DNS) and tls (the handshake)". */
export function phaseNames({ phases }: Pick<Slowness, 'phases'>): string {
  return listed(phases.map(({ name }) => phaseWords[name] ?? plain(name, nameLimit)));
}

/** `0.4 ms`, `420 ms`, `1.9 s`, `12 s`. */
function lengthText(length: DurationMs): string {
  if (length < 9.95) return `${Number(length.toFixed(1))} ms`;
  if (length < 999.5) return `${amount(length)} ms`;
  const seconds = length / secondMs;
  return seconds < 9.95 ? `${Number(seconds.toFixed(1))} s` : span(length);
}
