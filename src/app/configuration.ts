// From paths to a plan, with everything that this process adds: its kinds, its environment, its name, its cron rules.
import { hostname } from 'node:os';
import { loadPlan } from '#config/load.ts';
import type { PlanOutcome } from '#config/plan.ts';
import type { Plan } from '#model/plan.ts';
import { cronRules } from '#schedule/cron.ts';
import { parseAddress } from '#schema/kit.ts';
import { kinds } from './kinds.ts';

/** What the command line may say in place of the file. */
export interface Overrides {
  readonly listen?: string;
  readonly data?: string;
}

/** The plan of these files and folders, or every mistake in them. */
export async function loadConfiguration(paths: readonly string[], overrides: Overrides = {}): Promise<PlanOutcome> {
  const outcome = await loadPlan(paths, { catalog: kinds, hostname: hostname(), environment: process.env, ...cronRules });
  return 'plan' in outcome ? { plan: override(outcome.plan, overrides) } : outcome;
}

function override(plan: Plan, { listen, data }: Overrides): Plan {
  const address = listen === undefined ? undefined : parseAddress(listen);
  return {
    ...plan,
    ...(address !== undefined && { listen: address }),
    ...(data !== undefined && { data }),
  };
}
