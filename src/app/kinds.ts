// What this build can probe and where it can send: the lists, by name.

import type { Plan } from '#model/plan.ts';
import type { ProbeKind } from '#prober/contract.ts';
import { probeKinds } from '#probes/index.ts';
import type { Receiver, ReceiverKind } from '#sinks/receivers/contract.ts';
import { receiverKinds } from '#sinks/receivers/index.ts';

export interface Kinds {
  readonly probes: ReadonlyMap<string, ProbeKind>;
  readonly receivers: ReadonlyMap<string, ReceiverKind>;
}

export const kinds: Kinds = {
  probes: new Map(probeKinds.map((kind) => [kind.kind, kind])),
  receivers: new Map(receiverKinds.map((kind) => [kind.kind, kind])),
};

/** The receivers of the plan, by name, ready to be sent to. */
export function openReceivers(plan: Plan): ReadonlyMap<string, Receiver> {
  const receivers = new Map<string, Receiver>();
  for (const { name, kind, options } of plan.receivers) {
    const opened = kinds.receivers.get(kind)?.open(options);
    if (opened !== undefined) receivers.set(name, opened);
  }
  return receivers;
}
