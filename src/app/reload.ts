// What a reload may not change while the daemon runs, and what it must fill in.
import type { Plan } from '#model/plan.ts';

/** Bound once, at the start: the socket, the store, and the name that every result carries. */
const fixed = ['listen', 'data', 'vantage'] as const;

/** The keys that say something else than what the daemon was started with. */
export function changedFixed(present: Plan, next: Plan): readonly (typeof fixed)[number][] {
  return fixed.filter((key) => JSON.stringify(next[key]) !== JSON.stringify(present[key]));
}

/** The next plan, with what cannot change as it is. */
export function keepFixed(present: Plan, next: Plan): Plan {
  return { ...next, listen: present.listen, data: present.data, vantage: present.vantage };
}

/** Links lead to where it really listens, also when the machine chose the port. */
export function located(plan: Plan, url: string): Plan {
  return URL.parse(plan.publicUrl)?.port === '0' ? { ...plan, publicUrl: url } : plan;
}
