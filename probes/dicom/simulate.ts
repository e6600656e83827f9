// An archive on loopback, well or ill as told: accepts an association, answers one question, releases.
import type { Socket } from 'node:net';
import { pour, type Serve, type Simulator, type StreamFarEnd, streamSimulator, tlsSimulator } from '#prober/door.ts';
import { decodeData, pduType, peekPdu } from './wire.ts';

/** How the far end behaves; what is absent is as it should be. */
interface Manner {
  /** In place of the acceptance. */
  readonly answer?: Buffer;
  /** Result of the presentation context. */
  readonly context?: number;
  readonly status?: number;
  /** Added to the message id. */
  readonly shift?: number;
  readonly command?: number;
  /** In place of the answer to the question. */
  readonly reply?: Buffer;
  /** Follows the answer: a row. */
  readonly row?: Buffer;
  /** The release is not answered. */
  readonly clings?: boolean;
  readonly silentAfter?: 'association';
}

const abort = Buffer.from('07000000000400000000', 'hex');
const aborted = (source: number, reason: number) => Buffer.from(`0700000000040000${hex(source)}${hex(reason)}`, 'hex');
const rejected = (result: number, source: number, reason: number) =>
  Buffer.from(`03000000000400${hex(result)}${hex(source)}${hex(reason)}`, 'hex');

const manners: Readonly<Record<string, readonly [Simulator['modes'][string], Manner]>> = {
  well: ['ok', {}],
  clings: ['ok', { clings: true }],
  wrong_title: ['rejected', { answer: rejected(1, 1, 7) }],
  unknown_caller: ['rejected', { answer: rejected(1, 1, 3) }],
  too_many: ['rejected', { answer: rejected(2, 3, 2) }],
  no_service: ['rejected', { context: 3 }],
  aborts_association: ['rejected', { answer: abort }],
  aborts_question: ['rejected', { reply: aborted(2, 1) }],
  out_of_resources: ['rejected', { status: 0xa700 }],
  no_status: ['protocol', { reply: dataOf(commandOf({ command: 0x8020, messageId: 0, status: 0 }).subarray(0, 10)) }],
  wrong_id: ['protocol', { shift: 1 }],
  wrong_command: ['protocol', { command: 0x8001 }],
  accepts_nothing: ['protocol', { answer: pduOf(2, Buffer.alloc(68)) }],
  another_pdu: ['protocol', { reply: pduOf(6, Buffer.alloc(4)) }],
  lying_items: ['protocol', { answer: pduOf(2, Buffer.concat([Buffer.alloc(68), Buffer.from('2100ffff', 'hex')])) }],
  lying_values: ['protocol', { reply: pduOf(4, Buffer.from('0000ffff0103', 'hex')) }],
  garbage: ['protocol', { answer: Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n') }],
  rows: [
    'content',
    { status: 0xff00, row: dataOf(Buffer.from('\u0010\u0000\u0010\u0000\u0018\u0000\u0000\u0000ZZMARKER^HOLTER^19700101', 'latin1'), 2) },
  ],
  silent_after_association: ['timeout', { silentAfter: 'association' }],
};

const farEnd: StreamFarEnd = {
  kind: 'dicom',
  options: (address, ca) => ({ address, called_ae: 'PACS', operation: 'find', ...(ca !== undefined && { tls: { ca } }) }),
  drips: 'protocol',
  fragments: [
    acceptance(0),
    abort,
    rejected(1, 1, 7),
    dataOf(commandOf({ command: 0x8020, messageId: 1, status: 0 })),
    Buffer.from('0200ffffffff', 'hex'),
  ],
  modes: {
    ...Object.fromEntries(Object.entries(manners).map(([mode, [expected, manner]]) => [mode, [expected, archive(manner)]])),
    endless: ['protocol', pour(Buffer.from('0400ffffffff', 'hex'), Buffer.alloc(16_384))],
    endless_pieces: ['protocol', pour(acceptance(0), dataOf(Buffer.alloc(1024), 1))],
    closes_after_association: ['reset', (socket) => void socket.resume().end(acceptance(0))],
  },
};

export const dicomSimulator: Simulator = streamSimulator(farEnd);

/** The same archive behind TLS. */
export const dicomTlsSimulator: Simulator = tlsSimulator(farEnd, ['rows']);

function archive(manner: Manner): Serve {
  return (socket) => {
    let heard = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      heard = Buffer.concat([heard, chunk]);
      for (let found = peekPdu(heard); found !== undefined && heard.length >= found.length; found = peekPdu(heard)) {
        const bytes = heard.subarray(0, found.length);
        heard = heard.subarray(found.length);
        answer(socket, manner, { type: found.type, bytes });
      }
    });
  };
}

interface Heard {
  readonly type: number;
  readonly bytes: Buffer;
}

function answer(socket: Socket, manner: Manner, heard: Heard): void {
  if (heard.type === pduType.associateRequest) socket.write(manner.answer ?? acceptance(manner.context ?? 0));
  if (heard.type === pduType.abort) socket.end();
  if (heard.type === pduType.releaseRequest && manner.clings !== true) socket.end(pduOf(pduType.releaseReply, Buffer.alloc(4)));
  if (heard.type === pduType.data && manner.silentAfter === undefined) answerData(socket, manner, heard.bytes);
}

function answerData(socket: Socket, manner: Manner, bytes: Buffer): void {
  const [value] = decodeData(bytes) ?? [];
  if (value?.command !== true) return;
  socket.write(Buffer.concat([manner.reply ?? response(value.bytes, manner), manner.row ?? Buffer.alloc(0)]));
}

/** The answer to a request. */
function response(request: Buffer, { command, shift = 0, status = 0 }: Manner): Buffer {
  // The element (0000,0110): its value comes eight bytes behind its tag.
  const messageId = request.readUInt16LE(request.indexOf(Buffer.from('00001001', 'hex')) + 8);
  const isEcho = request.includes(Buffer.from('300000001001', 'hex'));
  return dataOf(commandOf({ command: command ?? (isEcho ? 0x8030 : 0x8020), messageId: messageId + shift, status }));
}

function acceptance(result: number): Buffer {
  const syntax = item(0x40, Buffer.from('1.2.840.10008.1.2'));
  const user = [item(0x51, Buffer.from('00004000', 'hex')), item(0x52, Buffer.from('1.2.3.4')), item(0x55, Buffer.from('SIMULATED'))];
  const items = [
    item(0x10, Buffer.from('1.2.840.10008.3.1.1.1')),
    item(0x21, Buffer.concat([Buffer.from([1, 0, result, 0]), syntax])),
    item(0x50, Buffer.concat(user)),
  ];
  return pduOf(pduType.associateAccept, Buffer.concat([Buffer.from('00010000', 'hex'), Buffer.alloc(64), ...items]));
}

function commandOf({
  command,
  messageId,
  status,
}: {
  readonly command: number;
  readonly messageId: number;
  readonly status: number;
}): Buffer {
  return Buffer.concat([element(0x0100, command), element(0x0120, messageId & 0xffff), element(0x0800, 0x0101), element(0x0900, status)]);
}

/** One command in one piece; `flags` 3: a command, and the last piece of it. */
function dataOf(bytes: Buffer, flags = 3): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt32BE(bytes.length + 2, 0);
  header.writeUInt8(1, 4);
  header.writeUInt8(flags, 5);
  return pduOf(pduType.data, Buffer.concat([header, bytes]));
}

function pduOf(type: number, body: Buffer): Buffer {
  const header = Buffer.alloc(6);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(body.length, 2);
  return Buffer.concat([header, body]);
}

function hex(value: number): string {
  return value.toString(16).padStart(2, '0');
}

function item(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 0, body.length >> 8, body.length & 0xff]), body]);
}

/** An element of group 0000 with one short value. */
function element(tag: number, value: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt16LE(tag, 2);
  bytes.writeUInt32LE(2, 4);
  bytes.writeUInt16LE(value, 8);
  return bytes;
}
