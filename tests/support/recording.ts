// A pipeline with a store of its own, in virtual time: what a daemon records when these probes end so.
import { createPipeline, type Pipeline } from '#app/pipeline.ts';
import type { EndpointId } from '#model/endpoint.ts';
import type { Event, IncidentEvent } from '#model/event.ts';
import type { Plan } from '#model/plan.ts';
import type { Store } from '#sinks/store/contract.ts';
import { openStore } from '#sinks/store/store.ts';
import { temporaryFolder } from './peers.ts';
import { failResult, okResult } from './results.ts';
import { noon, storeOptions } from './store-samples.ts';

const intervalMs = 30_000;
const ticksPerRound = 6;

export interface Recording {
  readonly folder: string;
  readonly store: Store;
  readonly pipeline: Pipeline;
  readonly now: () => number;
  /** Each sign is a round of 30 s: 0 all well, 1 these fail, s these answer after 2 s, ? nobody is probed. */
  play(signs: string, failing?: readonly EndpointId[], message?: string): void;
  incidents(): readonly IncidentEvent[];
  /** Writes everything, as the end of a daemon does; the files stay until `remove`. */
  end(): void;
  remove(): void;
}

export function recordingOf(plan: Plan): Recording {
  const folder = temporaryFolder('recording');
  const world = storeOptions(noon);
  const store = openStore(folder.path, world.options);
  const events: Event[] = [];
  const sink = { accept: (event: Event) => void events.push(event), close: async () => {} };
  const pipeline = createPipeline({ plan, journal: store, sinks: [sink], onAlerts: () => {} });
  let probes = 0;
  const probe = (
    endpoint: EndpointId,
    scheduledAt: number,
    { isSlow, failure }: { isSlow: boolean; failure: string | undefined },
  ): void => {
    probes += 1;
    const times = { scheduledAt, startedAt: scheduledAt, duration: isSlow ? 2000 : 10 + ((probes * 7919) % 100) / 20 };
    const result = failure === undefined ? okResult(endpoint, times) : failResult(endpoint, 'timeout', { ...times, message: failure });
    pipeline.feed({ type: 'result', result });
  };
  return {
    folder: folder.path,
    store,
    pipeline,
    now: () => world.clock.now,
    play(signs, failing = plan.endpoints.map(({ id }) => id), message = 'no answer within 10 s') {
      const step = intervalMs / ticksPerRound;
      for (const sign of signs) {
        for (const [place, { id }] of plan.endpoints.entries()) {
          const hit = failing.includes(id);
          const failure = sign === '1' && hit ? message : undefined;
          if (sign !== '?') probe(id, world.clock.now + place, { isSlow: sign === 's' && hit, failure });
        }
        for (let tick = 0; tick < ticksPerRound; tick += 1) {
          world.clock.now += step;
          pipeline.feed({ type: 'tick', at: world.clock.now });
        }
      }
      store.flush();
    },
    incidents: () => events.filter((event) => event.type === 'incident'),
    end() {
      pipeline.snapshot(1);
      store.close();
    },
    remove: () => folder.remove(),
  };
}
