// What stands around a message on its way. It is no part of the standard, and different with every switch. Pure.
import { isWhole } from './wire.ts';

export const framings = ['none', 'stx_etx', 'length2', 'length4_ascii', 'http'] as const;
/** By TCP; `http` frames by itself. */
export type Framing = Exclude<(typeof framings)[number], 'http'>;

const stx = 0x02;
const etx = 0x03;

/** Where the message stands and the frame ends. `more`: it is not complete; `malformed`: these bytes are no frame of this kind. */
export type Framed = 'more' | 'malformed' | { readonly start: number; readonly end: number; readonly length: number };

interface Way {
  frame(message: Buffer): Buffer;
  look(heard: Buffer): Framed;
}

const ways: Readonly<Record<Framing, Way>> = {
  none: {
    frame: (message) => message,
    look: (heard) => (isWhole(heard) ? { start: 0, end: heard.length, length: heard.length } : 'more'),
  },
  stx_etx: {
    frame: (message) => Buffer.concat([Buffer.of(stx), message, Buffer.of(etx)]),
    look: (heard) => {
      if (heard.length > 0 && heard[0] !== stx) return 'malformed';
      const end = heard.indexOf(etx);
      return end < 0 ? 'more' : { start: 1, end, length: end + 1 };
    },
  },
  length2: {
    frame: (message) => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(message.length);
      return Buffer.concat([length, message]);
    },
    look: (heard) => (heard.length < 2 ? 'more' : counted(heard, 2, heard.readUInt16BE(0))),
  },
  length4_ascii: {
    frame: (message) => Buffer.concat([Buffer.from(String(message.length).padStart(4, '0'), 'latin1'), message]),
    look: (heard) => {
      const digits = heard.toString('latin1', 0, 4);
      if (!/^\d*$/.test(digits)) return 'malformed';
      return digits.length < 4 ? 'more' : counted(heard, 4, Number(digits));
    },
  },
};

export function frame(framing: Framing, message: Buffer): Buffer {
  return ways[framing].frame(message);
}

export function lookAtFrame(framing: Framing, heard: Buffer): Framed {
  return ways[framing].look(heard);
}

/** Most bytes of a reply. One to an eligibility question has some hundred. */
export const replyLimit = 16_384;

function counted(heard: Buffer, start: number, length: number): Framed {
  const end = start + length;
  if (length === 0 || end > replyLimit) return 'malformed';
  return heard.length < end ? 'more' : { start, end, length: end };
}
