// The pure part of `holter detect`: a recorded trace through the daemon's very detector (detection.md 12).
import { type DurationMs, dayMs, secondMs } from '#model/time.ts';
import { compile, type DetectorState, fresh, miss, observe } from './detector.ts';
import { compileSlow, hushSlow, observeSlow, slowShare } from './slow.ts';
import { freshSlow } from './slowstate.ts';

/** Equally spaced outcomes of one endpoint: 1 failed, 0 ok, ? missing. Index 0 is at 00:00 of a day. */
export interface Trace {
  readonly id: string;
  readonly interval_s: number;
  readonly outcomes: string;
  /** What each answer took, milliseconds; null where it is not known. As long as `outcomes`. */
  readonly latency_ms?: readonly (number | null)[];
}

/** `i`: the probe after which the state holds. A trace begins `up`. */
interface TraceEvent {
  readonly i: number;
  readonly state: DetectorState['state'];
  /** Of traces with latencies: whether it answers slowly. */
  readonly slow?: boolean;
}

export interface TraceVerdict {
  readonly id: string;
  readonly events: readonly TraceEvent[];
}

/** Bounds of `interval_s`. */
const leastInterval = 0.001;
const mostInterval = 86_400;
const foreign = /[^01?]/u;
const mostShown = 40;

const okCode = 48;
const failedCode = 49;
const missingCode = 63;

/** A parsed line as a trace; or what is wrong with it, one sentence without the line's content. Other members are ignored. */
export function readTrace(line: unknown): { readonly trace: Trace } | { readonly error: string } {
  if (typeof line !== 'object' || line === null || Array.isArray(line)) {
    return { error: 'a trace is an object {"id", "interval_s", "outcomes"}' };
  }
  const { id, interval_s, outcomes, latency_ms } = line as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string') return { error: '"id" must be a string' };
  if (typeof interval_s !== 'number' || !(interval_s >= leastInterval && interval_s <= mostInterval)) {
    return { error: `"interval_s" must be a number of seconds from ${leastInterval} to ${mostInterval}` };
  }
  if (typeof outcomes !== 'string') return { error: '"outcomes" must be a string of 0, 1 and ?' };
  const wrong = foreign.exec(outcomes);
  if (wrong !== null) {
    return { error: `"outcomes" may hold 0, 1 and ? only; found ${JSON.stringify(wrong[0]).slice(0, mostShown)} at index ${wrong.index}` };
  }
  const latencies = readLatencies(latency_ms ?? null, outcomes.length);
  return 'error' in latencies ? latencies : { trace: { id, interval_s, outcomes, ...latencies } };
}

function readLatencies(value: unknown, count: number): Pick<Trace, 'latency_ms'> | { readonly error: string } {
  if (value === null) return {};
  if (!Array.isArray(value) || value.length !== count) {
    return { error: `"latency_ms" must be as long as "outcomes" (${count}): milliseconds, or null where none is known` };
  }
  const odd = value.findIndex((one) => one !== null && !(Number.isFinite(one) && one >= 0));
  return odd < 0
    ? { latency_ms: value }
    : { error: `"latency_ms" may hold milliseconds and null only; found something else at index ${odd}` };
}

/**
 * State changes of a fresh endpoint over the trace. `falsePagesPerYear`: f of this endpoint, above 0; of a trace with latencies a tenth of it is
 * for slowness, as in the daemon.
 */
export function judgeTrace(trace: Trace, falsePagesPerYear: number, grace: DurationMs): TraceVerdict {
  const { id, outcomes } = trace;
  const interval = trace.interval_s * secondMs;
  const pace = paceOf(trace, falsePagesPerYear);
  const detector = compile({ interval, falsePagesPerYear: (pace === undefined ? 1 : 1 - slowShare) * falsePagesPerYear, grace });
  const state = fresh();
  const events: TraceEvent[] = [];
  let shown: DetectorState['state'] = 'up';
  let slow = false;
  let timeOfDay = 0;
  for (let i = 0; i < outcomes.length; i += 1) {
    const code = outcomes.charCodeAt(i);
    if (code === missingCode) miss(detector, state, i * interval);
    else observe(detector, state, code === failedCode, i * interval, timeOfDay);
    const isSlow = pace !== undefined && pace(state, i, timeOfDay);
    if ((state.state !== shown || isSlow !== slow) && state.lastAt >= 0) {
      shown = state.state;
      slow = isSlow;
      events.push(pace === undefined ? { i, state: shown } : { i, state: shown, slow });
    }
    timeOfDay += interval;
    if (timeOfDay >= dayMs) timeOfDay -= dayMs;
  }
  return { id, events };
}

/** Judges the latencies beside the outcomes: whether the endpoint is slow after probe `i`. Undefined where the trace has none. */
function paceOf(
  trace: Trace,
  falsePagesPerYear: number,
): ((outcomes: DetectorState, i: number, timeOfDay: DurationMs) => boolean) | undefined {
  const { latency_ms: latencies, outcomes } = trace;
  if (latencies === undefined) return undefined;
  const interval = trace.interval_s * secondMs;
  const detector = compileSlow({ interval, falsePagesPerYear });
  const slow = freshSlow();
  return ({ course }, i, timeOfDay) => {
    const latency = latencies[i] ?? null;
    // Failing explains slowness: only what was slow before goes on to be judged.
    if (course !== 'up') hushSlow(slow);
    const isHeard = latency !== null && outcomes.charCodeAt(i) === okCode && (course === 'up' || slow.open === 1);
    if (isHeard) observeSlow(detector, slow, latency, i * interval, timeOfDay);
    return slow.open === 1;
  };
}
