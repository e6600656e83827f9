// A WebSocket far end for simulators: its frames are made by hand, so that they can be wrong (RFC 6455 4.2, 5).
import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { Serve } from './farend.ts';

export const opcode = { more: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface Frame {
  readonly opcode: number;
  /** Without its mask. */
  readonly payload: Buffer;
}

export interface WebSocketManner {
  /** What the upgrade is answered with; `right`: as it should be. Default: that. Undefined: nothing. */
  readonly upgrade?: (right: string, request: string) => string | undefined;
  /** Sent at once behind the answer. */
  readonly greeting?: Buffer;
  /** What a frame is answered with; undefined: as it should be, which is an echo of messages. After a Close frame the connection ends. */
  readonly answer?: (frame: Frame) => Buffer | undefined;
}

const heardLimit = 1_048_576;

/** Upgrades every connection, then answers frame by frame. */
export function serveWebSocket(manner: WebSocketManner = {}): Serve {
  return (socket) => {
    let heard: Buffer = Buffer.alloc(0);
    let upgraded = false;
    socket.on('data', (chunk: Buffer) => {
      if (heard.length > heardLimit) return;
      heard = Buffer.concat([heard, chunk]);
      if (!upgraded) {
        const end = heard.indexOf('\r\n\r\n');
        if (end < 0) return;
        upgraded = true;
        greet(socket, heard.toString('latin1', 0, end), manner);
        heard = heard.subarray(end + 4);
      }
      for (let found = takeFrame(heard); found !== undefined; found = takeFrame(heard)) {
        heard = heard.subarray(found.length);
        if (socket.writable) socket.write(manner.answer?.(found.frame) ?? usual(found.frame));
        if (found.frame.opcode === opcode.close) socket.end();
      }
    });
  };
}

function greet(socket: Socket, request: string, { upgrade, greeting }: WebSocketManner): void {
  const right = upgradeAnswer(request);
  const said = upgrade === undefined ? right : upgrade(right, request);
  if (said === undefined) return;
  socket.write(said);
  if (greeting !== undefined) socket.write(greeting);
}

/** The answer to this request that RFC 6455 4.2.2 prescribes, the first subprotocol chosen. */
export function upgradeAnswer(request: string): string {
  const valueOf = (name: string) => new RegExp(`^${name}: *([^\r,]+)`, 'im').exec(request)?.[1]?.trim();
  const accept = createHash('sha1')
    .update(`${valueOf('sec-websocket-key')}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
    .digest('base64');
  const subprotocol = valueOf('sec-websocket-protocol');
  const chosen = subprotocol === undefined ? '' : `Sec-WebSocket-Protocol: ${subprotocol}\r\n`;
  return `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n${chosen}\r\n`;
}

/** A frame of a server: without a mask. `first`: its first byte, where it is not the opcode with FIN. */
export function frame(code: number, payload: Buffer | string = '', first = 0x80 | code): Buffer {
  const bytes = Buffer.from(payload);
  const header = Buffer.alloc(bytes.length < 126 ? 2 : bytes.length < 65_536 ? 4 : 10);
  header.writeUInt8(first, 0);
  header.writeUInt8(bytes.length < 126 ? bytes.length : bytes.length < 65_536 ? 126 : 127, 1);
  if (header.length === 4) header.writeUInt16BE(bytes.length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(bytes.length), 2);
  return Buffer.concat([header, bytes]);
}

/** A Close frame with this code. */
export function closeFrame(code: number): Buffer {
  return frame(opcode.close, Buffer.of(code >> 8, code & 0xff));
}

function usual({ opcode: code, payload }: Frame): Buffer {
  return frame(code === opcode.ping ? opcode.pong : code, payload);
}

/** The first whole frame of a client, which masks all that it sends. */
function takeFrame(bytes: Buffer): { readonly frame: Frame; readonly length: number } | undefined {
  if (bytes.length < 2) return undefined;
  const short = bytes.readUInt8(1) & 0x7f;
  const start = { 126: 4, 127: 10 }[short] ?? 2;
  if (bytes.length < start + 4) return undefined;
  const size = short === 126 ? bytes.readUInt16BE(2) : short === 127 ? Number(bytes.readBigUInt64BE(2)) : short;
  const length = start + 4 + size;
  if (bytes.length < length) return undefined;
  const mask = bytes.subarray(start, start + 4);
  const payload = Buffer.from(bytes.subarray(start + 4, length).map((byte, i) => byte ^ (mask[i % 4] ?? 0)));
  return { frame: { opcode: bytes.readUInt8(0) & 0x0f, payload }, length };
}
