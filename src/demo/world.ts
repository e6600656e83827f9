// The simulated services of `holter demo`: thirteen far ends on loopback that speak the real protocols, and one that can be made to fail
// now and then. Everything listens on 127.0.0.1 and ends with the demo.

import type { FarEnd, Simulator } from '#model/simulator.ts';
import { simulators } from '#probes/simulators.ts';

/** One simulated endpoint: what is written into the demo's configuration. */
export interface WorldEndpoint {
  readonly service: string;
  readonly name: string;
  readonly region: string;
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export interface World {
  readonly endpoints: readonly WorldEndpoint[];
  /** Sets the share (0 to 1) of this endpoint's transactions that fail from now on. */
  fail(id: string, share: number): void;
  close(): Promise<void>;
}

/** What the world needs from outside: a drum and a die. */
export interface WorldOptions {
  /** Calls `beat` every `ms` milliseconds until stopped. */
  readonly repeat: (ms: number, beat: () => void) => { readonly stop: () => void };
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

interface Place {
  readonly service: string;
  readonly name: string;
  readonly kind: string;
  readonly region: string;
}

const places: readonly Place[] = [
  { service: 'network', name: 'resolver', kind: 'dns', region: 'norcal' },
  { service: 'network', name: 'time', kind: 'ntp', region: 'midatl' },
  { service: 'identity', name: 'sign-on', kind: 'tls', region: 'norcal' },
  { service: 'identity', name: 'directory', kind: 'tls', region: 'nw' },
  { service: 'ehr', name: 'portal', kind: 'http', region: 'norcal' },
  { service: 'ehr', name: 'records', kind: 'http', region: 'socal' },
  { service: 'ehr', name: 'message-center', kind: 'http', region: 'midatl' },
  { service: 'ehr', name: 'billing', kind: 'http', region: 'nw' },
  { service: 'pharmacy', name: 'payment-gateway', kind: 'tcp', region: 'norcal' },
  { service: 'pharmacy', name: 'payment-terminals', kind: 'iso8583', region: 'socal' },
  { service: 'pharmacy', name: 'refills', kind: 'tcp', region: 'nw' },
  { service: 'laboratory', name: 'interface-engine', kind: 'hl7v2', region: 'midatl' },
  { service: 'radiology', name: 'pacs', kind: 'dicom', region: 'nw' },
];

/** What the story breaks: the EHR's portal in Northern California. */
export const patient = 'ehr/portal/norcal';

// How an ill far end shows itself, by what a probe then finds: interruptions of the network first.
const illnesses = ['reset', 'rejected', 'timeout'] as const;

// Shorter than any probe's interval, so that each probe meets its own throw of the die.
const beatMs = 200;

interface Running {
  readonly endpoint: WorldEndpoint;
  readonly farEnd: FarEnd;
  readonly illModes: readonly string[];
  share: number;
}

/** Starts every far end; when one cannot start, those that did are closed again and the error is passed on. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const running = new Map<string, Running>();
  const close = async (): Promise<void> => {
    await Promise.all([...running.values()].map((one) => one.farEnd.close()));
  };
  try {
    for (const place of places) running.set(`${place.service}/${place.name}/${place.region}`, await startOne(place));
  } catch (error) {
    await close();
    throw error;
  }
  const drum = options.repeat(beatMs, () => {
    for (const one of running.values()) if (one.share > 0) one.farEnd.behave(throwDie(one, options.random));
  });
  return {
    endpoints: [...running.values()].map((one) => one.endpoint),
    fail(id, share) {
      const one = running.get(id);
      if (one === undefined) throw new Error(`no endpoint ${id} in the demo`);
      one.share = share;
      if (share === 0) one.farEnd.behave('well');
    },
    async close() {
      drum.stop();
      await close();
    },
  };
}

async function startOne(place: Place): Promise<Running> {
  const simulator = simulators.find((one) => one.kind === place.kind);
  if (simulator === undefined) throw new Error(`no simulator speaks ${place.kind}`);
  const farEnd = await simulator.start();
  return {
    endpoint: { service: place.service, name: place.name, region: place.region, kind: place.kind, options: farEnd.options },
    farEnd,
    illModes: illModesOf(simulator),
    share: 0,
  };
}

function illModesOf(simulator: Simulator): readonly string[] {
  const byReason = illnesses.map((reason) => Object.keys(simulator.modes).find((mode) => simulator.modes[mode] === reason));
  return byReason.filter((mode) => mode !== undefined);
}

function throwDie(one: Running, random: () => number): string {
  if (random() >= one.share) return 'well';
  return one.illModes[Math.floor(random() * one.illModes.length)] ?? 'well';
}
