// The pure part of `holter detect`: a recorded trace through the daemon's very detector (detection.md 12).
import { type DurationMs, dayMs, secondMs } from '#model/time.ts';
import { compile, type DetectorState, fresh, miss, observe } from './detector.ts';

/** Equally spaced outcomes of one endpoint: 1 failed, 0 ok, ? missing. Index 0 is at 00:00 of a day. */
export interface Trace {
  readonly id: string;
  readonly interval_s: number;
  readonly outcomes: string;
}

/** `i`: the probe after which the state holds. A trace begins `up`. */
interface TraceEvent {
  readonly i: number;
  readonly state: DetectorState['state'];
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

const failedCode = 49;
const missingCode = 63;

/** A parsed line as a trace; or what is wrong with it, one sentence without the line's content. Other members are ignored. */
export function readTrace(line: unknown): { readonly trace: Trace } | { readonly error: string } {
  if (typeof line !== 'object' || line === null || Array.isArray(line)) {
    return { error: 'a trace is an object {"id", "interval_s", "outcomes"}' };
  }
  const { id, interval_s, outcomes } = line as Readonly<Record<string, unknown>>;
  if (typeof id !== 'string') return { error: '"id" must be a string' };
  if (typeof interval_s !== 'number' || !(interval_s >= leastInterval && interval_s <= mostInterval)) {
    return { error: `"interval_s" must be a number of seconds from ${leastInterval} to ${mostInterval}` };
  }
  if (typeof outcomes !== 'string') return { error: '"outcomes" must be a string of 0, 1 and ?' };
  const wrong = foreign.exec(outcomes);
  if (wrong !== null) {
    return { error: `"outcomes" may hold 0, 1 and ? only; found ${JSON.stringify(wrong[0]).slice(0, mostShown)} at index ${wrong.index}` };
  }
  return { trace: { id, interval_s, outcomes } };
}

/** State changes of a fresh endpoint over the trace. `falsePagesPerYear`: f of this endpoint, above 0. */
export function judgeTrace(trace: Trace, falsePagesPerYear: number, grace: DurationMs): TraceVerdict {
  const { id, outcomes } = trace;
  const interval = trace.interval_s * secondMs;
  const detector = compile({ interval, falsePagesPerYear, grace });
  const state = fresh();
  const events: TraceEvent[] = [];
  let shown: DetectorState['state'] = 'up';
  let timeOfDay = 0;
  for (let i = 0; i < outcomes.length; i += 1) {
    const code = outcomes.charCodeAt(i);
    if (code === missingCode) miss(detector, state, i * interval);
    else observe(detector, state, code === failedCode, i * interval, timeOfDay);
    if (state.state !== shown && state.lastAt >= 0) {
      shown = state.state;
      events.push({ i, state: shown });
    }
    timeOfDay += interval;
    if (timeOfDay >= dayMs) timeOfDay -= dayMs;
  }
  return { id, events };
}
