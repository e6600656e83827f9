// From paths to a plan, with everything that this process adds: its kinds, its environment, its name, its cron rules.
import { hostname } from 'node:os';
import { loadPlan } from '#config/load.ts';
import type { PlanOutcome } from '#config/plan.ts';
import { cronRules } from '#schedule/cron.ts';
import { kinds } from './kinds.ts';

/** What the command line may say in place of the file. */
export interface Overrides {
  /** host:port; port 0 takes a free one. */
  readonly listen?: string;
  /** Folder of the store. */
  readonly data?: string;
}

/** The plan of these files and folders, or every mistake in them. */
export function loadConfiguration(paths: readonly string[], overrides: Overrides = {}): Promise<PlanOutcome> {
  return loadPlan(paths, { catalog: kinds, hostname: hostname(), environment: process.env, ...cronRules, ...overrides });
}
