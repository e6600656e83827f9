// Every probe kind, one line each.
import type { ProbeKind } from '#prober/door.ts';

export const probeKinds: readonly ProbeKind[] = [];
