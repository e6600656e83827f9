// Every probe kind, one line each.
import type { ProbeKind } from '#prober/door.ts';
import { http } from './http/probe.ts';

export const probeKinds: readonly ProbeKind[] = [http];
