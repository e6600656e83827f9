// How the states of endpoints add up to the state of a service in a region.
import type { State } from './verdict.ts';

/**
 * The state of the whole, in this order: all down → `down`; any intermittent or some down → `intermittent`; any recovering → `recovering`;
 * all in maintenance → `maintenance`; all unknown (or none at all) → `unknown`; else `up`.
 */
export function rollUp(states: Iterable<State>): State {
  const counts: Record<State, number> = { up: 0, intermittent: 0, down: 0, recovering: 0, unknown: 0, maintenance: 0 };
  let all = 0;
  for (const state of states) {
    counts[state] += 1;
    all += 1;
  }
  if (all === 0 || counts.unknown === all) return 'unknown';
  if (counts.down === all) return 'down';
  if (counts.intermittent > 0 || counts.down > 0) return 'intermittent';
  if (counts.recovering > 0) return 'recovering';
  return counts.maintenance === all ? 'maintenance' : 'up';
}
