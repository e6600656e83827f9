// Carries what is owed to the receivers: one lane each, so that a stuck one never holds another.
import { secondMs } from '#model/time.ts';
import type { Delivery, DeliveryOptions, Receiver } from './contract.ts';
import { Lane } from './lane.ts';

/** Rows settled at once for a receiver that is gone. */
const orphanBite = 1000;

/**
 * At least once per receiver, across crashes, through the outbox. Nothing is sent before `configure`.
 * Each alert has its own back-off (1 s to 5 min), each receiver one on top (30 s at most); what a far end asks for (Retry-After) is waited.
 */
export function createDelivery(options: DeliveryOptions): Delivery {
  const lanes = new Map<string, Lane>();
  let stopped = false;
  return {
    configure(receivers) {
      for (const [name, lane] of lanes) {
        if (receivers.has(name)) continue;
        lanes.delete(name);
        void lane.stop(0);
        for (const alert of options.outbox.standing(name)) options.outbox.dismiss(name, alert.key);
      }
      for (const [name, receiver] of receivers) setLane(lanes, name, receiver, options);
      settleOrphans(lanes, options);
      if (!stopped) for (const lane of lanes.values()) lane.wake();
    },
    wake() {
      if (!stopped) for (const lane of lanes.values()) lane.wake();
    },
    queues() {
      const owed = new Map(options.outbox.backlog().map((lane) => [lane.receiver, lane]));
      const now = options.clock.wall();
      return [...lanes.keys()].map((receiver) => {
        const { length, oldest } = owed.get(receiver) ?? { length: 0, oldest: now };
        return { receiver, length, oldestSeconds: Math.max(0, now - oldest) / secondMs };
      });
    },
    async stop(grace) {
      stopped = true;
      await Promise.all([...lanes.values()].map((lane) => lane.stop(grace)));
    },
  };
}

function setLane(lanes: Map<string, Lane>, name: string, receiver: Receiver, options: DeliveryOptions): void {
  const lane = lanes.get(name);
  if (lane === undefined) lanes.set(name, new Lane(name, receiver, options));
  else lane.receiver = receiver;
}

/** What is owed to a receiver that the configuration has no more cannot be delivered: said once, not kept for ever. */
function settleOrphans(lanes: ReadonlyMap<string, Lane>, { outbox, clock, log, onOutcome }: DeliveryOptions): void {
  for (const { receiver, length } of outbox.backlog()) {
    if (lanes.has(receiver)) continue;
    log.error({ receiver, alerts: length }, 'alerts are owed to a receiver that is not configured: given up');
    for (let rows = outbox.pending(receiver, orphanBite); rows.length > 0; rows = outbox.pending(receiver, orphanBite)) {
      for (const row of rows) {
        outbox.settle(row.row, 'refused', clock.wall());
        onOutcome(receiver, row.alert.event, 'refused');
      }
    }
  }
}
