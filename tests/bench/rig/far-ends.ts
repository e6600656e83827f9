// Every simulator's far end, well, in a process of its own: what it costs is not counted with the probe that meets it.
import { simulators } from '#probes/simulators.ts';
import { Secret } from '#schema/secret.ts';
import { Metered } from './metered.ts';

/** Where a far end is, as options of its kind. */
export interface Reached {
  readonly kind: string;
  readonly options: Readonly<Record<string, unknown>>;
  /** Not over the network: its cost lies in another program. */
  readonly isProcess: boolean;
  /** There is a mode in which it takes everything and says nothing. */
  readonly canBeSilent: boolean;
}

export interface FarEnds {
  /** In the order of the list of simulators. */
  readonly all: readonly Reached[];
  /** From here on this far end behaves so. */
  behave(index: number, mode: string): Promise<void>;
  stop(): Promise<void>;
}

interface Order {
  readonly index: number;
  readonly mode: string;
}

export async function startFarEnds(): Promise<FarEnds> {
  const process = new Metered(import.meta.filename);
  const started = await process.next((message): message is { readonly all: readonly Reached[] } => has(message, 'all'));
  return {
    all: started.all.map((reached) => ({ ...reached, options: unwrap(reached.options) as Reached['options'] })),
    behave: async (index, mode) => {
      const done = process.next((message): message is { readonly behaves: number } => has(message, 'behaves'));
      process.child.send({ index, mode } satisfies Order);
      await done;
    },
    stop: () => process.stop(),
  };
}

async function serve(): Promise<void> {
  const ends = await Promise.all(simulators.map((simulator) => simulator.start()));
  process.on('message', (message) => {
    if (!has(message, 'mode')) return;
    const { index, mode } = message as Order;
    ends[index]?.behave(mode);
    process.send?.({ behaves: index });
  });
  process.once('disconnect', () => process.exit());
  // The folders of simulated programs go with it.
  process.once('SIGTERM', () => void Promise.all(ends.map((end) => end.close())).then(() => process.exit()));
  const all = simulators.map(({ kind, way, modes }, index) => ({
    kind,
    options: wrap(ends[index]?.options),
    isProcess: way === 'process',
    canBeSilent: Object.hasOwn(modes, 'silent'),
  }));
  process.send?.({ all });
}

const secretKey = 'secret of a simulator';

/** Secrets do not pass a channel as they are; these are made up. */
function wrap(value: unknown): unknown {
  if (value instanceof Secret) return { [secretKey]: value.reveal() };
  return overMembers(value, wrap);
}

function unwrap(value: unknown): unknown {
  if (has(value, secretKey)) return new Secret(String((value as Readonly<Record<string, unknown>>)[secretKey]));
  return overMembers(value, unwrap);
}

function overMembers(value: unknown, change: (member: unknown) => unknown): unknown {
  if (Array.isArray(value)) return value.map(change);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, change(member)]));
}

function has(value: unknown, key: string): value is object {
  return typeof value === 'object' && value !== null && key in value;
}

if (process.argv[1] === import.meta.filename) await serve();
