// Explanations for the API: one at a time, kept for a short while, in short stretches between which probes and pages go on.
import type { EngineState } from '#core/state.ts';
import type { Engine } from '#core/watch.ts';
import { pictureStyle } from '#draw/picture.ts';
import { type Clock, type EpochMs, secondMs } from '#model/time.ts';
import type { Explained } from '#sinks/status/contract.ts';
import type { Store } from '#sinks/store/contract.ts';
import type { ExplainSource, Explanation, NotFound } from './contract.ts';
import { explainIncident } from './explain.ts';
import { explanationSvg } from './picture.ts';
import { liveSource } from './source.ts';

/** Askers within this time of one another get the same answer. */
const keptFor = 10 * secondMs;
/** Answers that are kept. */
const mostKept = 8;
/** Longest name of an incident that is looked for. */
const longestName = 500;

/** Of a running daemon. */
export function explainDesk(store: Store, pipeline: { readonly engine: Engine; readonly state: EngineState }, clock: Clock): Desk {
  return createDesk(() => liveSource(store, pipeline, () => clock.monotonic()), clock);
}

export type Desk = (incident: string, form: 'json' | 'svg') => Promise<Explained>;

interface Kept {
  readonly at: EpochMs;
  readonly found: Promise<Explanation | NotFound>;
}

/** `source` gives a new look at the present for each explanation. The function given back never holds the loop for long. */
export function createDesk(source: () => ExplainSource, clock: Clock): Desk {
  const kept = new Map<string, Kept>();
  let busy = false;
  const make = async (asked: string): Promise<Explanation | NotFound> => {
    busy = true;
    try {
      return await explainIncident(source(), asked);
    } finally {
      busy = false;
    }
  };
  return async (incident, form) => {
    const asked = incident.slice(0, longestName);
    const now = clock.monotonic();
    for (const [name, { at }] of kept) if (now - at >= keptFor) kept.delete(name);
    let known = kept.get(asked);
    if (known === undefined) {
      if (busy) return { ok: false, status: 503, error: 'another explanation is being made; ask again in a second', nearest: [] };
      if (kept.size >= mostKept) kept.delete(kept.keys().next().value ?? '');
      known = { at: now, found: make(asked) };
      kept.set(asked, known);
      // What failed is not kept; the asker below gets the error.
      known.found.catch(() => kept.delete(asked));
    }
    return answer(await known.found, form);
  };
}

function answer(found: Explanation | NotFound, form: 'json' | 'svg'): Explained {
  if ('error' in found) return { ok: false, status: 404, ...found };
  if (form === 'json') return { ok: true, type: 'application/json; charset=utf-8', body: `${JSON.stringify(found)}\n` };
  return { ok: true, type: 'image/svg+xml; charset=utf-8', body: explanationSvg(found), style: pictureStyle };
}
