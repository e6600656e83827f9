// The far ends of the simulated health system: one on loopback for each endpoint of the configuration, in its own protocol, well or ill
// as told. All of it ends with the demo.
import type { Endpoint, EndpointId } from '#model/endpoint.ts';
import type { EndpointReason } from '#model/reason.ts';
import type { FarEnd, Simulator } from '#model/simulator.ts';
import { simulators } from '#probes/simulators.ts';

export interface World {
  /** What makes a probe reach the far end of this endpoint, as it would be written in the configuration. */
  options(id: EndpointId): Readonly<Record<string, unknown>>;
  /** From the next connection on the endpoint fails so that a probe finds this reason; undefined: it is well. */
  behave(id: EndpointId, reason: EndpointReason | undefined): void;
  close(): Promise<void>;
}

/** Modes that look like a fault of the network, where a simulator has them; else the first that gives the reason. */
const plainModes: ReadonlySet<string> = new Set(['silent', 'resets']);

interface Running {
  readonly farEnd: FarEnd;
  readonly simulator: Simulator;
  mode: string;
}

/** Starts every far end; when one cannot start, those that did are closed again and the error is passed on. */
export async function startWorld(endpoints: readonly Pick<Endpoint, 'id' | 'kind'>[]): Promise<World> {
  const running = new Map<EndpointId, Running>();
  const close = async (): Promise<void> => {
    await Promise.all([...running.values()].map(({ farEnd }) => farEnd.close()));
  };
  try {
    for (const { id, kind } of endpoints) {
      const simulator = simulatorOf(kind);
      running.set(id, { farEnd: await simulator.start(), simulator, mode: 'well' });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    options: (id) => find(running, id).farEnd.options,
    behave(id, reason) {
      const one = find(running, id);
      const mode = reason === undefined ? 'well' : modeFor(one.simulator, reason);
      if (mode === one.mode) return;
      one.mode = mode;
      one.farEnd.behave(mode);
    },
    close,
  };
}

/** How the far end of a kind can be made to fail. */
export function reasonsOf(kind: string): ReadonlySet<EndpointReason> {
  return new Set(Object.values(simulatorOf(kind).modes).filter((reason) => reason !== 'ok'));
}

function simulatorOf(kind: string): Simulator {
  const simulator = simulators.find((one) => one.kind === kind);
  if (simulator === undefined) throw new Error(`no simulator speaks ${kind}`);
  return simulator;
}

function modeFor({ kind, modes }: Simulator, reason: EndpointReason): string {
  const fitting = Object.keys(modes).filter((mode) => modes[mode] === reason);
  const mode = fitting.find((one) => plainModes.has(one)) ?? fitting[0];
  if (mode === undefined) throw new Error(`the simulator of ${kind} cannot be made to give ${reason}`);
  return mode;
}

function find(running: ReadonlyMap<EndpointId, Running>, id: EndpointId): Running {
  const one = running.get(id);
  if (one === undefined) throw new Error(`no endpoint ${id} in the demo`);
  return one;
}
