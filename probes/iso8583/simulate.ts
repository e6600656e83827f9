// A payment host on loopback, well or ill as told: one reply for each echo, in the dialect that its options name.
import { converse, pour, type Serve, type Simulator, type StreamFarEnd, streamSimulator, tlsSimulator } from '#prober/door.ts';
import { lookAtFrame } from './framing.ts';
import { type Dialect, decode, encode } from './wire.ts';

const dialect: Dialect = {
  request: '0800',
  length: 'binary2',
  tpdu: '',
  numeric: 'ascii',
  text: 'ascii',
  bitmap: 'binary',
  responseCode: 'ascii',
};

type Change = (fields: Map<number, string>) => void;
const set =
  (number: number, value: string): Change =>
  (fields) =>
    void fields.set(number, value);
const drop =
  (number: number): Change =>
  (fields) =>
    void fields.delete(number);

const farEnd: StreamFarEnd = {
  kind: 'iso8583',
  options: (address, ca) => ({ address, consent: 'our own simulator', ...(ca !== undefined && { tls: { ca } }) }),
  drips: 'protocol',
  fragments: ['0000', '00040810', 'ffff', '001030383130822000000200000004000000'].map((hex) => Buffer.from(hex, 'hex')),
  modes: {
    well: ['ok', host(() => {})],
    keep_alive_first: [
      'ok',
      host(
        () => {},
        (reply) => Buffer.concat([Buffer.alloc(2), reply]),
      ),
    ],
    inoperative: ['rejected', host(set(39, '91'))],
    malfunction: ['rejected', host(set(39, '96'))],
    format_error: ['rejected', host(set(39, '30'))],
    another_stan: ['protocol', host(set(11, '000000'))],
    no_code: ['protocol', host(drop(39))],
    no_echo: ['protocol', host(drop(70))],
    another_type: [
      'protocol',
      host(
        () => {},
        (reply) => Buffer.concat([reply.subarray(0, 4), Buffer.from('9'), reply.subarray(5)]),
      ),
    ],
    cut_fields: [
      'protocol',
      host(
        () => {},
        (reply) => Buffer.concat([Buffer.from('0014', 'hex'), reply.subarray(2, 22)]),
      ),
    ],
    too_long: [
      'protocol',
      host(
        () => {},
        () => Buffer.from('ffff30', 'hex'),
      ),
    ],
    only_keep_alives: ['protocol', pour('', Buffer.alloc(64))],
    resets_inside: [
      'reset',
      host(
        () => {},
        (reply) => reply.subarray(0, 10),
        true,
      ),
    ],
  },
};

export const iso8583Simulator: Simulator = streamSimulator(farEnd);

/** The same host behind TLS. */
export const iso8583TlsSimulator: Simulator = tlsSimulator(farEnd);

function host(change: Change, distort: (reply: Buffer) => Buffer = (reply) => reply, cut = false): Serve {
  return converse(
    (heard) => {
      const framing = lookAtFrame(dialect.length, heard);
      if (framing?.kind !== 'message' || heard.length < framing.length) return undefined;
      const request = decode(dialect, heard.subarray(framing.start, framing.end));
      if (typeof request === 'string') return undefined;
      const fields = new Map([...request.fields, [39, '00']]);
      change(fields);
      // The codec writes requests: the type of a reply is put in its place.
      const reply = encode(dialect, fields);
      reply.write('0810', 2, 'ascii');
      return distort(reply);
    },
    cut ? (socket) => socket.resetAndDestroy() : undefined,
  );
}
