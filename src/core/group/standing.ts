// How many members of each group are ill at the moment: kept up to date by what changes, so that nobody counts thousands at every failure.
import { type DurationMs, type EpochMs, minuteMs } from '#model/time.ts';
import { isFault, isOpen } from '../incident/lifecycle.ts';
import type { EndpointState, EngineState } from '../state.ts';
import type { Engine, Watch } from '../watch.ts';

/** Trouble that began so lately belongs together. */
export const together: DurationMs = 2 * minuteMs;
/** What is kept of each group: members that are judged, and those of them that are ill. */
const size = 2;

/** Bits of an endpoint. */
const judged = 1;
const ill = 2;

export function countIll({ standing }: EngineState, place: number): { readonly judged: number; readonly ill: number } {
  return { judged: standing[place * size] as number, ill: standing[place * size + 1] as number };
}

/** Counts everybody anew: after every change of the groups or the endpoints. */
export function layOutStanding(engine: Engine, state: EngineState, at: EpochMs): void {
  state.standing = new Int32Array(engine.groups.length * size);
  for (const [id, watch] of engine.watches) {
    const own = state.endpoints.get(id);
    if (own === undefined) continue;
    own.ties.standing = 0;
    stand(state, watch, own, at);
  }
}

/** The endpoint may stand differently since it was last looked at. Costs nothing where it does not. */
// oxlint-disable-next-line max-params -- the per-probe path allocates nothing, so no object of arguments
export function stand(state: EngineState, { groups }: Watch, own: EndpointState, at: EpochMs): void {
  const before = own.ties.standing;
  const now = standingOf(own, at);
  if (now === before) return;
  own.ties.standing = now;
  const more = (now & judged) - (before & judged);
  const moreIll = ((now & ill) - (before & ill)) / ill;
  for (const place of groups) {
    state.standing[place * size] = (state.standing[place * size] as number) + more;
    state.standing[place * size + 1] = (state.standing[place * size + 1] as number) + moreIll;
  }
}

function standingOf(own: EndpointState, at: EpochMs): number {
  if (own.maintenance !== null || own.detector.state === 'unknown') return 0;
  return isIll(own, at) ? judged + ill : judged;
}

/** In a run of failures, or found faulty just now; not what has been in an incident for long. */
function isIll({ detector, course, ties }: EndpointState, at: EpochMs): boolean {
  if (ties.within !== '') return false;
  if (isOpen(course)) return at - course.openedAt <= together;
  return detector.run >= 2 || isFault(detector.state);
}
