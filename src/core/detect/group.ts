// Judges a group of endpoints together: one test over the failures that begin among its members (detection.md 7).
//
// Shiryaev-Roberts over rounds, mixed over alternatives as for one endpoint: that every member fails by so much more than it does when
// healthy. The Poisson form bounds the sum of unequal Bernoulli terms, so the threshold is again the mean number of rounds to a false page.
import { type DurationMs, dayMs, type EpochMs, minuteMs, yearMs } from '#model/time.ts';

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

/** Excess share of probes that fail, of the alternatives. */
const excesses: readonly number[] = [0.0025, 0.005, 0.01, 0.02, 0.05, 0.15];
export const excessCount = excesses.length;

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

/** Plain JSON; changed in place, by this room alone. */
export interface GroupState {
  /** R while up, the weights of the alternatives while an incident is open. */
  readonly evidence: number[];
  /** Logarithm of the likelihood ratio of each alternative since it last was below 1 (Page 1954), not capped: how well it explains. */
  readonly score: number[];
  /** When that began. */
  readonly scoreSince: number[];
  /** 1 while an incident is open. */
  open: number;
  /** V. */
  recovery: number;
  /** How long V has been what closing needs, rounds in which no member told anything left out; 0 while it is not. */
  calm: DurationMs;
  /** The longest calm of this incident that did not last. */
  falseCalm: DurationMs;
  /** When the round under way began, -1 before the first: its number would mean another time once the members' intervals change. */
  round: EpochMs;
  /** Of the round under way: members that could tell, failures expected of them when healthy, failures that began. */
  members: number;
  expected: number;
  starts: number;
  /** S of the last round. */
  sum: number;
  /** When the latest outcome that was counted was due; -1 before the first. */
  lastAt: EpochMs;
  /** What was due before this time is counted already: a replay after a restart begins here. -1 in a process that goes on. */
  from: EpochMs;
}

export function freshGroup(): GroupState {
  return {
    evidence: zeros(),
    score: zeros(),
    scoreSince: zeros(),
    open: 0,
    recovery: 0,
    calm: 0,
    falseCalm: 0,
    round: -1,
    members: 0,
    expected: 0,
    starts: 0,
    sum: 0,
    lastAt: -1,
    from: -1,
  };
}

/**
 * Reads a saved state: it goes on behind the latest outcome that it had counted, so that a replay counts nothing twice. Undefined for what is
 * none. Never throws.
 */
export function restoreGroup(saved: unknown): GroupState | undefined {
  if (typeof saved !== 'object' || saved === null) return undefined;
  const source = saved as Readonly<Record<string, unknown>>;
  const state = freshGroup();
  const target = state as unknown as Record<string, unknown>;
  for (const [name, value] of Object.entries(state)) {
    const found = source[name];
    if (Array.isArray(value)) {
      if (!Array.isArray(found) || found.length !== value.length || !found.every((item) => Number.isFinite(item))) return undefined;
      target[name] = [...found];
    } else if (Number.isFinite(found)) target[name] = found;
    else return undefined;
  }
  state.from = state.lastAt + 1;
  return state;
}

function zeros(): number[] {
  return excesses.map(() => 0);
}

export function compileGroup(settings: GroupSettings): GroupTest {
  const threshold = yearMs / settings.round / (settings.falsePagesPerYear * groupZeta);
  return { settings, threshold, cap: Math.log(threshold) / leastRounds, closing: prematureCloseEvery / settings.round };
}

/**
 * One outcome of a member that could tell: its previous outcome was a success, and it has not begun to fail in the last minutes. `rate`: its
 * healthy rate. Ends the round before where `at` lies behind it; outcomes that come late count in the round under way. Allocates nothing.
 */
// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
export function contribute(test: GroupTest, state: GroupState, at: EpochMs, rate: number, failed: boolean): void {
  if (at < state.from) return;
  if (state.round < 0 || at >= state.round + test.settings.round) pass(test, state, at);
  state.members += 1;
  if (at > state.lastAt) state.lastAt = at;
  state.expected += rate;
  if (failed) state.starts += 1;
}

/** Time goes by: ends the round under way where `at` lies behind it. Returns true when it did. */
export function pass(test: GroupTest, state: GroupState, at: EpochMs): boolean {
  const round = at - (at % test.settings.round);
  if (round <= state.round) return false;
  if (state.round >= 0) endRound(test, state);
  state.round = round;
  state.members = 0;
  state.expected = 0;
  state.starts = 0;
  return true;
}

function endRound(test: GroupTest, state: GroupState): void {
  if (state.members === 0) return;
  if (state.open === 1) attend(test, state);
  else watch(test, state);
}

function watch(test: GroupTest, state: GroupState): void {
  const { evidence, score, scoreSince } = state;
  const at = state.round;
  let sum = 0;
  for (let j = 0; j < excessCount; j += 1) {
    const says = logRatio(state, j);
    const next = Math.min(mostEvidence, (1 + (evidence[j] as number)) * Math.exp(Math.min(test.cap, says)));
    evidence[j] = next;
    sum += next;
    const before = score[j] as number;
    if (before === 0) scoreSince[j] = at;
    score[j] = Math.max(0, before + says);
  }
  state.sum = sum / excessCount;
}

/** Logarithm of the likelihood of this round under an excess, over that when healthy. */
function logRatio({ members, expected, starts }: GroupState, j: number): number {
  const more = members * (excesses[j] as number);
  return starts === 0 ? -more : starts * Math.log1p(more / expected) - more;
}

/** S/A as it would be if the round under way ended now: 1 pages. */
export function suspicion(test: GroupTest, state: GroupState): number {
  if (state.members === 0) return state.sum / test.threshold;
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

/** The clock was set back while nobody ran: what lies ahead counts as now, or the group would be deaf until then. */
export function bringBack(state: GroupState, now: EpochMs): void {
  for (const name of ['round', 'lastAt'] as const) state[name] = Math.min(state[name], now);
  state.from = Math.min(state.from, now + 1);
  for (let j = 0; j < excessCount; j += 1) state.scoreSince[j] = Math.min(state.scoreSince[j] as number, now);
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
  state.recovery = Math.min(mostEvidence, ((1 + state.recovery) * Math.exp(-most)) / fault);
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
  for (const numbers of [state.evidence, state.score, state.scoreSince]) numbers.fill(0);
}
