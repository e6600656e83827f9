// One question and one answer of NTP version 4 (RFC 5905 7.3, RFC 4330). Pure.

const packetLength = 48;
/** Seconds from 1900 to 1970. */
const epochSeconds = 2_208_988_800;
/** Era 1 begins on 2036-02-07: a timestamp whose first bit is clear is of that era (RFC 4330 3). */
const eraSeconds = 4_294_967_296;

/** A client's request. `nonce`: eight random bytes in place of the transmit timestamp; the server must send them back. */
export function encodeRequest(nonce: Uint8Array): Buffer {
  const packet = Buffer.alloc(packetLength);
  packet.writeUInt8(0x23, 0);
  packet.set(nonce.subarray(0, 8), 40);
  return packet;
}

export interface Reply {
  /** 3: not synchronised. */
  readonly leap: number;
  readonly version: number;
  /** 4: a server. */
  readonly mode: number;
  /** 1 to 15; 0 a kiss-o'-death; 16 not synchronised. */
  readonly stratum: number;
  /** Seconds. */
  readonly rootDelay: number;
  readonly rootDispersion: number;
  /** Four letters of a clock or a kiss, or an address. */
  readonly reference: string;
  readonly originate: Buffer;
  /** Milliseconds since 1970; NaN for a timestamp of zero. */
  readonly receivedAt: number;
  readonly sentAt: number;
}

/** Undefined: shorter than a packet. */
export function decodeReply(packet: Buffer): Reply | undefined {
  if (packet.length < packetLength) return undefined;
  const first = packet.readUInt8(0);
  const stratum = packet.readUInt8(1);
  return {
    leap: first >> 6,
    version: (first >> 3) & 7,
    mode: first & 7,
    stratum,
    rootDelay: packet.readInt32BE(4) / 65_536,
    rootDispersion: packet.readUInt32BE(8) / 65_536,
    reference: referenceOf(packet.subarray(12, 16), stratum),
    originate: packet.subarray(24, 32),
    receivedAt: timeOf(packet, 32),
    sentAt: timeOf(packet, 40),
  };
}

function referenceOf(bytes: Buffer, stratum: number): string {
  return stratum <= 1 ? bytes.toString('latin1').replaceAll(/[^\x21-\x7e]/g, '') : bytes.join('.');
}

function timeOf(packet: Buffer, at: number): number {
  const seconds = packet.readUInt32BE(at);
  const fraction = packet.readUInt32BE(at + 4);
  if (seconds === 0 && fraction === 0) return Number.NaN;
  const era = seconds < 2 ** 31 ? eraSeconds : 0;
  return (seconds + era - epochSeconds) * 1000 + (fraction / eraSeconds) * 1000;
}
