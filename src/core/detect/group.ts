// Judges a group of endpoints together: one test over the failures that begin among its members (detection.md 7).
//
// Shiryaev-Roberts over rounds, mixed over alternatives as for one endpoint: that every member fails by so much more than it does when
// healthy. The Poisson form bounds the sum of unequal Bernoulli terms, so the threshold is again the mean number of rounds to a false page.
import { type DurationMs, dayMs, type EpochMs, minuteMs, yearMs } from '#model/time.ts';
import { excessCount, excesses, type GroupState } from './group-state.ts';
import { begin as beginShared, endRound as endShared, settle as settleShared } from './shared.ts';
import * as tally from './tally.ts';

export { bringBack, freshGroup, type GroupState, restoreGroup, saved } from './group-state.ts';

/** What the thresholds of a group are made from. `round` and `falsePagesPerYear` above 0. */
export interface GroupSettings {
  /** Length of a round: the median interval of the members. */
  readonly round: DurationMs;
  readonly falsePagesPerYear: number;
}

/** Tables made once from the settings; groups with equal settings share one. */
export interface GroupTest {
  readonly settings: GroupSettings;
  /** A: evidence that pages. */
  readonly threshold: number;
  /** Logarithm of the most that one round may say. */
  readonly cap: number;
  /** V that closes. */
  readonly closing: number;
}

/** Gives back the slack of the bound, as `zeta` does for one endpoint; measured by the same bench. */
export const groupZeta = 1.5;
/** A page takes at least so many rounds: a blip of the prober's own network is one or two. */
const leastRounds = 4;
/** At most one premature close per so much time of continuing fault. */
const prematureCloseEvery: DurationMs = 7 * dayMs;
/** Many members prove a pause in a minute, and interruptions come in spells: a calm must last so long, and so many times the longest false one. */
const leastCalm: DurationMs = 15 * minuteMs;
const timesFalseCalm = 2;
const mostEvidence = 1e100;
const leastWeight = 1e-7;
const heldRatio = 0.99;
/** A fault is over when so small a part of it is: what remains of less is left to the page test, which begins anew. */
const leastResidue = 0.25;

/** What a round without a failure leaves of R, for so few members that there may be thousands of such groups. */
const fewMembers = 64;
const calmFactors = Float64Array.from({ length: (fewMembers + 1) * excessCount }, (_, i) =>
  Math.exp(-Math.floor(i / excessCount) * (excesses[i % excessCount] as number)),
);

export function compileGroup(settings: GroupSettings): GroupTest {
  const threshold = yearMs / settings.round / (settings.falsePagesPerYear * groupZeta);
  return { settings, threshold, cap: Math.log(threshold) / leastRounds, closing: prematureCloseEvery / settings.round };
}

/**
 * One outcome of a member that could tell: its previous outcome was a success, and it has not begun to fail in the last minutes. `rate`: its
 * healthy rate. Ends the round before where `at` lies behind it; outcomes that come late count in the round under way. The engine takes the
 * same steps over the tallies of all groups.
 */
// oxlint-disable-next-line max-params -- as the engine does it, without an object of arguments
export function contribute(test: GroupTest, state: GroupState, at: EpochMs, rate: number, failed: boolean): void {
  const { tally: own } = state;
  if (at < (own[tally.from] as number)) return;
  if (at >= (own[tally.due] as number)) pass(test, state, at);
  tally.count(own, 0, at, rate);
  if (failed) begin(state, at);
}

/** The outcome that was counted is a failure. */
export function begin({ shared, tally: own }: GroupState, at: EpochMs): void {
  own[tally.starts] = (own[tally.starts] as number) + 1;
  beginShared(shared, own, at);
}

/** The outcome after a failure that was counted: it failed once more, or the failure was a single one. */
export function goOn({ shared }: GroupState, failed: boolean): void {
  if (failed) shared.stayed += 1;
  else shared.ended += 1;
}

/** Whether a failure that began at `since` is one of many that began at about the same time. */
export function isShared({ settings }: GroupTest, { tally: own }: GroupState, since: EpochMs): boolean {
  const at = own[tally.sharedAt] as number;
  return at >= since && at - since <= settings.round;
}

/** Time goes by: ends the round under way where `at` lies behind it. Returns true when it did. */
export function pass(test: GroupTest, state: GroupState, at: EpochMs): boolean {
  const { tally: own } = state;
  const round = at - (at % test.settings.round);
  if (round <= state.round) return false;
  if (state.round >= 0) endRound(test, state);
  state.round = round;
  own[tally.due] = round + test.settings.round;
  own[tally.members] = 0;
  own[tally.expected] = 0;
  own[tally.starts] = 0;
  mark(test, state);
  return true;
}

/** What the per-probe path sees of the evidence. */
function mark(test: GroupTest, state: GroupState): void {
  state.tally[tally.stirring] = state.open === 1 ? 2 : hasCrossed(test, state) ? 1 : 0;
}

/** The evidence pages, and is not that of a round that may have been a blink. */
export function hasCrossed(test: GroupTest, state: GroupState): boolean {
  return state.open === 0 && state.sum >= test.threshold && state.shared.pending === 0;
}

/** The numbers lie in `own` from now on, those of all groups together; the length of a round may be another one. */
export function layOut(test: GroupTest, state: GroupState, own: Float64Array): void {
  own.set(state.tally);
  state.tally = own;
  if (state.round >= 0) own[tally.due] = state.round + test.settings.round;
  mark(test, state);
}

function endRound(test: GroupTest, state: GroupState): void {
  const found = endShared(state.shared, state.tally, state.round);
  if (state.open === 1) {
    if ((state.tally[tally.members] as number) > 0) attend(test, state);
    return;
  }
  if (found === 'blink') takeBack(state);
  // While it is not known what it was, what was known before it is kept.
  else if (found === 'nothing' || found === 'fault') keep(state);
  if (found !== 'blink' && (state.tally[tally.members] as number) > 0) watch(test, state);
}

function keep({ evidence, score, scoreSince, before }: GroupState): void {
  for (let j = 0; j < excessCount; j += 1) {
    before[j] = evidence[j] as number;
    before[excessCount + j] = score[j] as number;
    before[2 * excessCount + j] = scoreSince[j] as number;
  }
}

/** The many that failed at once said nothing of the group: as if nobody had told anything in these rounds. */
function takeBack(state: GroupState): void {
  const { evidence, score, scoreSince, before } = state;
  let sum = 0;
  for (let j = 0; j < excessCount; j += 1) {
    evidence[j] = before[j] as number;
    score[j] = before[excessCount + j] as number;
    scoreSince[j] = before[2 * excessCount + j] as number;
    sum += evidence[j] as number;
  }
  state.sum = sum / excessCount;
}

function watch(test: GroupTest, state: GroupState): void {
  const { evidence, score, scoreSince } = state;
  const at = state.round;
  let sum = 0;
  for (let j = 0; j < excessCount; j += 1) {
    const says = logRatio(state, j);
    const next = Math.min(mostEvidence, (1 + (evidence[j] as number)) * factorOf(test, state, j, says));
    evidence[j] = next;
    sum += next;
    const before = score[j] as number;
    if (before === 0) scoreSince[j] = at;
    score[j] = Math.max(0, before + says);
  }
  state.sum = sum / excessCount;
}

// oxlint-disable-next-line max-params -- the end of a round, for thousands of groups
function factorOf(test: GroupTest, { tally: own }: GroupState, j: number, says: number): number {
  const able = own[tally.members] as number;
  if ((own[tally.starts] as number) === 0 && able <= fewMembers) return calmFactors[able * excessCount + j] as number;
  return Math.exp(Math.min(test.cap, says));
}

/** Logarithm of the likelihood of this round under an excess, over that when healthy. */
function logRatio({ tally: own }: GroupState, j: number): number {
  const begun = own[tally.starts] as number;
  const more = (own[tally.members] as number) * (excesses[j] as number);
  return begun === 0 ? -more : begun * Math.log1p(more / (own[tally.expected] as number)) - more;
}

/** S/A as it would be if the round under way ended now: 1 pages. */
export function suspicion(test: GroupTest, state: GroupState): number {
  if ((state.tally[tally.members] as number) === 0) return state.sum / test.threshold;
  let sum = 0;
  for (let j = 0; j < excessCount; j += 1) {
    sum += (1 + (state.evidence[j] as number)) * Math.exp(Math.min(test.cap, logRatio(state, j)));
  }
  return sum / excessCount / test.threshold;
}

/** The best explanation so far: its log-likelihood ratio, the excess, and since when. */
export function explanation(state: GroupState): { readonly score: number; readonly excess: number; readonly since: EpochMs } {
  let best = 0;
  for (let j = 1; j < excessCount; j += 1) if ((state.score[j] as number) > (state.score[best] as number)) best = j;
  return { score: state.score[best] as number, excess: excesses[best] as number, since: state.scoreSince[best] as number };
}

/**
 * A new test for the same group (its part of the dial or its round changed by a reload). A lower threshold pages nobody by itself: evidence above
 * it is held just below, so that a page needs one more round that speaks for it.
 */
export function retuneGroup(from: GroupTest, to: GroupTest, state: GroupState): void {
  if (state.open === 1 || to.threshold >= from.threshold || state.sum < to.threshold) return;
  const factor = (heldRatio * to.threshold) / state.sum;
  for (let j = 0; j < excessCount; j += 1) state.evidence[j] = (state.evidence[j] as number) * factor;
  state.sum *= factor;
}

/** The incident is open from now on. */
export function openGroup(state: GroupState): void {
  const { score, excess } = explanation(state);
  // Opened by what fails at once, before the test has seen it: the strongest alternative.
  const found = score > 0 ? excess : (excesses.at(-1) as number);
  let total = 0;
  for (let j = 0; j < excessCount; j += 1) {
    if ((excesses[j] as number) < leastResidue * found) state.evidence[j] = 0;
    total += state.evidence[j] as number;
  }
  for (let j = 0; j < excessCount; j += 1) {
    if ((excesses[j] as number) < leastResidue * found) continue;
    state.evidence[j] = Math.max(leastWeight, total > 0 ? (state.evidence[j] as number) / total : 1);
  }
  state.open = 1;
  state.recovery = 0;
  state.calm = 0;
  state.falseCalm = 0;
  state.tally[tally.stirring] = 2;
}

/** A round of an open incident: weighs the alternatives, and whether it is over. */
function attend(test: GroupTest, state: GroupState): void {
  const weights = state.evidence;
  // By the largest of the logarithms: hundreds that fail in one round are beyond the numbers that there are.
  let most = Number.NEGATIVE_INFINITY;
  for (let j = 0; j < excessCount; j += 1) if (weights[j] !== 0) most = Math.max(most, logRatio(state, j));
  let fault = 0;
  for (let j = 0; j < excessCount; j += 1) {
    if (weights[j] === 0) continue;
    const joint = (weights[j] as number) * Math.exp(logRatio(state, j) - most);
    weights[j] = Math.max(Number.MIN_VALUE, joint);
    fault += joint;
  }
  for (let j = 0; j < excessCount; j += 1) {
    const weight = weights[j] as number;
    weights[j] = weight === 0 ? 0 : Math.max(leastWeight, weight / fault);
  }
  state.recovery = Math.min(test.closing ** 2, ((1 + state.recovery) * Math.exp(-most)) / fault);
  if (state.recovery >= test.closing) state.calm += test.settings.round;
  else {
    state.falseCalm = Math.max(state.falseCalm, state.calm);
    state.calm = 0;
  }
}

/** The recovery test is passed, and has been for long enough. */
export function isSteady(state: GroupState): boolean {
  return state.open === 1 && state.calm > Math.max(leastCalm, timesFalseCalm * state.falseCalm);
}

/** Over: no suspicion is left. */
export function closeGroup(state: GroupState): void {
  state.open = 0;
  state.recovery = 0;
  state.calm = 0;
  state.falseCalm = 0;
  state.sum = 0;
  state.tally[tally.stirring] = 0;
  settleShared(state.shared);
  for (const numbers of [state.evidence, state.score, state.scoreSince, state.before]) numbers.fill(0);
}
