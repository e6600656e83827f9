// The far end of every probe kind, for the contract suite and the demo; one line each.
import type { Simulator } from '#prober/door.ts';
import { httpSimulator } from './http/simulate.ts';

export const simulators: readonly Simulator[] = [httpSimulator];
