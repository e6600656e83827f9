// What this build can probe and where it can send: the lists, by name.

import type { ProbeKind } from '#prober/contract.ts';
import { probeKinds } from '#probes/index.ts';
import type { ReceiverKind } from '#sinks/receivers/contract.ts';
import { receiverKinds } from '#sinks/receivers/index.ts';

export interface Kinds {
  readonly probes: ReadonlyMap<string, ProbeKind>;
  readonly receivers: ReadonlyMap<string, ReceiverKind>;
}

export const kinds: Kinds = {
  probes: new Map(probeKinds.map((kind) => [kind.kind, kind])),
  receivers: new Map(receiverKinds.map((kind) => [kind.kind, kind])),
};
