// What one probe of each kind costs beside one of the kind tcp: processor time, memory kept, memory while it waits.
// All probes run here, all far ends in another process.
// Run: node --expose-gc tests/bench/kinds.ts [--quick] [--probes N] [--only NAME]
import { once } from 'node:events';
import { connect as connectPlain } from 'node:net';
import { connect as connectSecure, createSecureContext } from 'node:tls';
import { parseArgs } from 'node:util';
import type { EndpointPlan } from '#model/plan.ts';
import { createProber } from '#prober/attempt.ts';
import type { ProbeKind } from '#prober/contract.ts';
import { probeKinds } from '#probes/index.ts';
import { planOf } from '../support/plan.ts';
import { type FarEnds, type Reached, startFarEnds } from './rig/far-ends.ts';
import { pause } from './rig/metered.ts';
import { atMost, type Figure, isQuick, median, report } from './rig/report.ts';

const { values: flags } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    probes: { type: 'string', default: isQuick ? '200' : '1000' },
    only: { type: 'string' },
  },
});
const probes = Number(flags.probes);
/** Programs are started for these: fewer are enough. */
const processProbes = Math.ceil(probes / 10);
const rounds = isQuick ? 3 : 5;
const concurrency = 16;
const waiting = 200;
const yardstick = 'tcp';
const most = 3;

/** Why a kind may cost more than three times the kind tcp. Nothing else excuses it. */
const dear: Readonly<Record<string, string>> = {
  exec: 'starts a program.',
  fhir: 'three HTTP exchanges and a signature of P-384 here, where every token expires at once; one exchange while a token is lent.',
  icmp: 'starts ping.',
  journey: 'six HTTP exchanges on one connection here (log-in, redirect, three pages, log-out), a form that is read, cookies.',
  oidc: 'three HTTP exchanges, and a signature that is verified.',
};

/** A kind at one of its far ends. */
interface Subject extends Reached {
  /** `dicom`, `dicom 2` where it is the second far end of its kind. */
  readonly name: string;
  readonly index: number;
  readonly definition: ProbeKind;
  readonly endpoint: EndpointPlan;
  /** PEM, where it is met by TLS. */
  readonly authority: string | undefined;
}

/** One value a round; memory in bytes a probe. */
interface Costs {
  readonly probe: number[];
  /** A connection with TLS and one without, to the same far end: what lies between is cryptography. */
  readonly cryptography: number[];
  readonly kept: number[];
}

const prober = createProber({
  clock: { monotonic: () => performance.now(), wall: () => Date.now() },
  vantage: 'bench',
  agent: 'Holter/bench',
});
const collect = globalThis.gc ?? (() => process.exit(1));

function subjectOf(reached: Reached, index: number, all: readonly Reached[]): Subject {
  const definition = probeKinds.find(({ kind }) => kind === reached.kind);
  const [endpoint] = planOf([{ service: 'bench', name: 'subject', kind: reached.kind }]).endpoints;
  if (definition === undefined || endpoint === undefined) throw new Error(`no kind ${reached.kind}`);
  const place = all.slice(0, index).filter(({ kind }) => kind === reached.kind).length + 1;
  return {
    ...reached,
    name: place === 1 ? reached.kind : `${reached.kind} ${place}`,
    index,
    definition,
    endpoint: { ...endpoint, timeout: 20_000, options: definition.options.parse(reached.options) },
    authority: authorityOf(reached.options),
  };
}

function authorityOf(options: unknown): string | undefined {
  if (typeof options === 'string') return options.startsWith('-----BEGIN CERTIFICATE') ? options : undefined;
  if (typeof options !== 'object' || options === null) return undefined;
  return Object.values(options)
    .map(authorityOf)
    .find((found) => found !== undefined);
}

async function probe({ name, endpoint, definition }: Subject): Promise<void> {
  const result = await prober.attempt(endpoint, definition, 0);
  if (result.outcome === 'fail') throw new Error(`${name} is not well: ${result.reason}: ${result.message}`);
}

/** Processor microseconds of this process for one. */
async function cost(count: number, one: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  let left = count;
  const worker = async () => {
    for (; left > 0; left -= 1) await one();
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Bytes in use once what was closed has gone: the second collection takes what the finalizers of the first one let go. */
async function used(): Promise<number> {
  await pause(0.15);
  collect();
  await pause(0.05);
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What a handshake costs that does nothing else, less a connection that does nothing else. */
async function handshake({ options, authority }: Subject, count: number): Promise<number> {
  const port = Number(/127\.0\.0\.1:(\d+)/.exec(JSON.stringify(options))?.[1]);
  const where = { host: '127.0.0.1', port };
  const secureContext = createSecureContext({ ca: authority });
  const plain = await cost(count, async () => {
    const socket = connectPlain(where).on('error', ignore);
    await once(socket, 'connect');
    socket.destroy();
  });
  const secure = await cost(count, async () => {
    const socket = connectSecure({ ...where, secureContext }).on('error', ignore);
    await once(socket, 'secureConnect');
    socket.destroy();
  });
  return secure - plain;
}

function ignore(): void {}

/** `costs` is filled; a subject that is not in it is only warmed up. */
async function round(subjects: readonly Subject[], costs: ReadonlyMap<Subject, Costs>, scale: number): Promise<void> {
  for (const subject of subjects) {
    const count = Math.ceil((subject.isProcess ? processProbes : probes) * scale);
    const before = await used();
    const micros = await cost(count, () => probe(subject));
    const kept = ((await used()) - before) / count;
    const cryptography = subject.authority === undefined ? undefined : await handshake(subject, Math.ceil(count / 2));
    const found = costs.get(subject);
    found?.probe.push(micros);
    found?.kept.push(kept);
    if (cryptography !== undefined) found?.cryptography.push(cryptography);
  }
}

/** Bytes of one attempt that waits for a far end which says nothing. */
async function whileWaiting(subject: Subject, ends: FarEnds): Promise<number> {
  await ends.behave(subject.index, 'silent');
  const stop = new AbortController();
  const before = await used();
  const under = Array.from({ length: waiting }, () => prober.attempt(subject.endpoint, subject.definition, 0, stop.signal));
  await pause(1);
  const held = ((await used()) - before) / waiting;
  stop.abort();
  await Promise.all(under);
  await ends.behave(subject.index, 'well');
  return held;
}

/** The far end by which a kind is judged: one without TLS where there is one. */
function isJudged(subject: Subject, all: readonly Subject[]): boolean {
  const same = all.filter(({ kind }) => kind === subject.kind);
  return subject === (same.find(({ authority }) => authority === undefined) ?? same[0]);
}

function figuresOf(subjects: readonly Subject[], costs: ReadonlyMap<Subject, Costs>): readonly Figure[] {
  const base = subjects.find(({ name }) => name === yardstick);
  const unit = base === undefined ? [] : (costs.get(base)?.probe ?? []);
  return subjects.flatMap((subject): readonly Figure[] => {
    const { probe: whole, cryptography, kept } = costs.get(subject) ?? { probe: [], cryptography: [], kept: [] };
    const spared = whole.map((micros, index) => micros - (cryptography[index] ?? 0));
    const judged = isJudged(subject, subjects);
    const without = subject.authority === undefined ? '' : ', without a handshake';
    const reason = dear[subject.kind];
    return [
      { name: `${subject.name}: a probe`, unit: 'us CPU', values: whole },
      {
        name: `${subject.name}: over ${yardstick}${without}`,
        unit: 'times',
        values: spared.map((micros, index) => micros / (unit[index] ?? Number.NaN)),
        ...(judged && reason === undefined && { target: atMost(most) }),
      },
      { name: `${subject.name}: kept`, unit: 'bytes', values: [median(kept)], target: atMost(keptMost) },
    ];
  });
}

function waitingFigures(held: ReadonlyMap<Subject, number>): readonly Figure[] {
  const unit = [...held].find(([{ name }]) => name === yardstick)?.[1] ?? Number.NaN;
  return [...held].flatMap(([{ name }, bytes]): readonly Figure[] => [
    { name: `${name}: while it waits`, unit: 'bytes', values: [bytes] },
    { name: `${name}: while it waits, over ${yardstick}`, unit: 'times', values: [bytes / unit], target: atMost(most) },
  ]);
}

/** What is compiled on the way counts too; a probe that kept its result or its socket would show a thousand. */
const keptMost = 256;

const ends = await startFarEnds();
try {
  const subjects = ends.all.map(subjectOf).filter(({ kind }) => flags.only === undefined || kind === flags.only || kind === yardstick);
  const costs = new Map(subjects.map((subject) => [subject, { probe: [], cryptography: [], kept: [] } satisfies Costs]));
  await round(subjects, new Map(), 0.5);
  for (let time = 0; time < rounds; time += 1) await round(time % 2 === 0 ? subjects : subjects.toReversed(), costs, 1);
  const held = new Map<Subject, number>();
  for (const subject of subjects) if (subject.canBeSilent) held.set(subject, await whileWaiting(subject, ends));
  report({
    bench: 'kinds',
    method: `${concurrency} at once as fast as they go, ${rounds} rounds of ${probes} probes of each in turns, far ends in another process.`,
    figures: [...figuresOf(subjects, costs), ...waitingFigures(held)],
    notes: Object.entries(dear).map(([kind, why]) => `${kind} may cost more: ${why}`),
  });
} finally {
  await ends.stop();
}
