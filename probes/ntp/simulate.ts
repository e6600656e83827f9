// A time server on loopback, well or ill as told.
import { datagramSimulator, type Simulator } from '#prober/door.ts';

interface Manner {
  readonly leap?: number;
  readonly mode?: number;
  readonly stratum?: number;
  readonly reference?: string;
  /** Added to the time, milliseconds. */
  readonly ahead?: number;
  readonly noTime?: boolean;
  readonly anotherNonce?: boolean;
  readonly length?: number;
}

const manners: Readonly<Record<string, readonly [Simulator['modes'][string], Manner]>> = {
  well: ['ok', {}],
  ahead: ['content', { ahead: 120_000 }],
  behind: ['content', { ahead: -3_600_000 }],
  unsynchronised: ['content', { leap: 3, stratum: 16 }],
  starting: ['content', { leap: 3, stratum: 0, reference: 'INIT' }],
  rate: ['rejected', { stratum: 0, reference: 'RATE' }],
  denies: ['rejected', { stratum: 0, reference: 'DENY' }],
  no_server: ['protocol', { mode: 3 }],
  no_time: ['protocol', { noTime: true }],
  short: ['protocol', { length: 20 }],
  anothers: ['timeout', { anotherNonce: true }],
};

export const ntpSimulator: Simulator = datagramSimulator({
  kind: 'ntp',
  options: (address) => ({ address }),
  fragments: [answer(Buffer.alloc(48), {}), Buffer.from('240106ec', 'hex')],
  modes: Object.fromEntries(
    Object.entries(manners).map(([mode, [expected, manner]]) => [mode, [expected, (question: Buffer) => [answer(question, manner)]]]),
  ),
});

function answer(question: Buffer, manner: Manner): Buffer {
  const packet = Buffer.alloc(48);
  const { leap = 0, mode = 4, stratum = 2, reference = '', ahead = 0 } = manner;
  packet.writeUInt8((leap << 6) | (4 << 3) | mode, 0);
  packet.writeUInt8(stratum, 1);
  packet.writeUInt32BE(0x0000_0100, 8);
  packet.write(reference, 12, 'latin1');
  question.copy(packet, 24, 40, 48);
  if (manner.anotherNonce === true) packet.writeUInt32BE(0, 24);
  if (manner.noTime !== true) {
    const now = Date.now() + ahead;
    for (const at of [32, 40]) {
      packet.writeUInt32BE(Math.floor(now / 1000) + 2_208_988_800, at);
      packet.writeUInt32BE(Math.floor(((now % 1000) / 1000) * 2 ** 32), at + 4);
    }
  }
  return packet.subarray(0, manner.length ?? 48);
}
