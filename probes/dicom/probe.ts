// Opens an association, asks one question that finds nothing, and releases it.
import { randomInt } from 'node:crypto';
import {
  certificateFacts,
  connectTo,
  defineProbe,
  type Failure,
  leaveWith,
  openStream,
  type ProbeContext,
  ProbeFailure,
  type Stream,
  streamReasons,
} from '#prober/door.ts';
import { judgeAbort, judgeAcceptance, judgeReject, judgeResponse, pendingStatuses } from './judge.ts';
import { type DicomOptions, Options } from './options.ts';
import {
  abort,
  decodeAcceptance,
  decodeCommand,
  decodeData,
  decodeRefusal,
  encodeAssociateRequest,
  encodeData,
  encodeEcho,
  encodeFind,
  pduType,
  peekPdu,
  type Response,
  releaseRequest,
  sopClass,
  studyIdentifier,
  worklistIdentifier,
} from './wire.ts';

/** Most bytes of one PDU: what we offer, and its header. An association's answer is far smaller. */
const pduLimit = 65_536;
/** Most bytes of one command set, over all of its pieces. */
const commandLimit = 8192;
/** PDUs that are looked at for one answer. */
const pdusLimit = 64;
/** A far end that does not answer the release in this time is left: the question was answered. */
const releaseMs = 2000;

export const dicom = defineProbe({
  kind: 'dicom',
  summary: 'Opens a DICOM association and asks C-ECHO, or a C-FIND for a patient that nobody is.',
  options: Options,
  effect: 'session',
  leastInterval: 30_000,
  defaultTimeout: 10_000,
  pausesAfterAuth: false,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    { name: 'status', help: 'DIMSE status of the answer; 0 is success.' },
    { name: 'release_missing', help: '1 when the far end did not answer the release, else 0.' },
    ...certificateFacts,
  ],
  host: (options) => options.address,
  patients: (options) => (options.operation === 'echo' ? [] : [options.patient]),
  run,
});

async function run(options: DicomOptions, context: ProbeContext): Promise<void> {
  const dialed = await connectTo(options, context);
  try {
    const stream = openStream(dialed, context);
    // From the first word on: a far end that answers late would hold the association, and its licence, for ever.
    leaveWith(dialed, abort);
    const maximum = await timed(context, 'associate', () => associate(stream, options, context));
    try {
      await timed(context, options.operation === 'echo' ? 'echo' : 'find', () => ask(stream, options, { context, maximum }));
    } catch (error) {
      // Whatever came, nothing more is read.
      await leave(stream, error);
      throw error;
    }
    await timed(context, 'release', () => release(stream, context));
  } finally {
    dialed.socket.destroy();
  }
}

async function timed<T>(context: ProbeContext, phase: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const value = await work();
  context.phase(phase, performance.now() - began);
  return value;
}

/** The largest PDU that the far end takes. */
async function associate(stream: Stream, options: DicomOptions, context: ProbeContext): Promise<number> {
  const { called_ae: calledAe, calling_ae: callingAe, operation } = options;
  await stream.write(encodeAssociateRequest({ calledAe, callingAe, abstractSyntax: syntaxes[operation], version: 'HOLTER' }));
  const { type, bytes } = await readPdu(stream);
  if (type !== pduType.associateAccept) throw unexpected(type, bytes);
  const acceptance = decodeAcceptance(bytes);
  context.note('implementation', [acceptance?.implementation, acceptance?.version].filter(Boolean).join(' '));
  const failure = judgeAcceptance(acceptance);
  if (failure === undefined) return acceptance?.maximum ?? 0;
  if (failure.reason === 'rejected') await release(stream, context);
  throw failed(failure);
}

const syntaxes: Readonly<Record<DicomOptions['operation'], string>> = {
  echo: sopClass.verification,
  find: sopClass.studyRootFind,
  worklist: sopClass.worklistFind,
};

interface Talk {
  readonly context: ProbeContext;
  readonly maximum: number;
}

async function ask(stream: Stream, options: DicomOptions, { context, maximum }: Talk): Promise<void> {
  const messageId = randomInt(1, 0x10000);
  const echo = options.operation === 'echo';
  const command = echo ? encodeEcho(messageId) : encodeFind(messageId, syntaxes[options.operation]);
  const parts = [encodeData('command', command, maximum)];
  if (!echo) parts.push(encodeData('data', identifierOf(options), maximum));
  await stream.write(Buffer.concat(parts));
  const response = await readResponse(stream);
  if (response?.status !== undefined && !pendingStatuses.has(response.status)) context.fact('status', response.status);
  const failure = judgeResponse(response, { command: echo ? 0x8030 : 0x8020, messageId });
  if (failure !== undefined) throw failed(failure);
}

function identifierOf({ operation, patient, station = '' }: DicomOptions): Buffer {
  return operation === 'find' ? studyIdentifier(patient) : worklistIdentifier(patient, station);
}

/** The first whole command set that comes, over as many pieces as it takes. */
async function readResponse(stream: Stream): Promise<Response | undefined> {
  let command = Buffer.alloc(0);
  for (let count = 0; count < pdusLimit; count += 1) {
    const { type, bytes } = await readPdu(stream);
    if (type !== pduType.data) throw unexpected(type, bytes);
    const values = decodeData(bytes);
    if (values === undefined) throw new ProbeFailure('protocol', 'a data PDU has values that do not fit into it');
    for (const value of values) {
      if (!value.command) throw new ProbeFailure('protocol', 'data came where an answer was due');
      command = Buffer.concat([command, value.bytes]);
      if (command.length > commandLimit) throw new ProbeFailure('protocol', 'the answer is longer than an answer can be');
      if (value.last) return decodeCommand(command);
    }
  }
  throw new ProbeFailure('protocol', 'many pieces came, and no whole answer');
}

async function readPdu(stream: Stream): Promise<{ readonly type: number; readonly bytes: Buffer }> {
  const bytes = await stream.readUntil((heard) => {
    const found = peekPdu(heard);
    if (found === undefined) return undefined;
    if (found.type < 1 || found.type > 7 || found.length > pduLimit) return heard.length;
    return heard.length >= found.length ? found.length : undefined;
  }, pduLimit);
  const found = peekPdu(bytes);
  if (found === undefined || found.type < 1 || found.type > 7) throw new ProbeFailure('protocol', 'the answer is not DICOM');
  if (found.length > pduLimit) throw new ProbeFailure('protocol', 'a PDU is longer than was agreed');
  return { type: found.type, bytes };
}

function unexpected(type: number, bytes: Buffer): ProbeFailure {
  if (type === pduType.associateReject) return failed(judgeReject(decodeRefusal(bytes)));
  if (type === pduType.abort) return failed(judgeAbort(decodeRefusal(bytes)));
  return new ProbeFailure('protocol', `PDU type ${type} came where another was due`);
}

function failed({ reason, message }: Failure): ProbeFailure {
  return new ProbeFailure(reason, message);
}

/** After a bad answer on an association that stands: A-ABORT, so that no licence stays taken. */
async function leave(stream: Stream, error: unknown): Promise<void> {
  const over = !(error instanceof ProbeFailure) || error.reason === 'reset' || error.reason === 'timeout';
  if (over || stream.socket.destroyed) return;
  try {
    await stream.write(abort);
    await stream.end();
  } catch (late) {
    // The far end was gone already.
    if (!(late instanceof ProbeFailure)) throw late;
  }
}

async function release(stream: Stream, context: ProbeContext): Promise<void> {
  const patience = Promise.withResolvers<false>();
  const timer = setTimeout(() => patience.resolve(false), Math.min(releaseMs, context.remaining()));
  try {
    const answered = await Promise.race([released(stream), patience.promise]);
    context.fact('release_missing', answered ? 0 : 1);
  } finally {
    clearTimeout(timer);
    stream.destroy();
  }
}

/** False when the far end answers otherwise or closes: the question was answered all the same. */
async function released(stream: Stream): Promise<boolean> {
  try {
    await stream.write(releaseRequest);
    return (await readPdu(stream)).type === pduType.releaseReply;
  } catch (error) {
    if (error instanceof ProbeFailure) return false;
    throw error;
  }
}
