// A STUN server on loopback, well or ill as told, by UDP and behind TLS.
import { converse, datagramSimulator, type Simulator, type StreamFarEnd, stunLength, stunRequest, tlsSimulator } from '#prober/door.ts';

type Answer = (request: Buffer) => Buffer;

const mapped = '002000080001a147e112a643';

const answers: Readonly<Record<string, readonly [Simulator['modes'][string], Answer]>> = {
  well: ['ok', (request) => reply(request, '0101', mapped)],
  bad_request: ['rejected', (request) => reply(request, '0111', '0009000400000400')],
  server_error: ['rejected', (request) => reply(request, '0111', '0009000400000500')],
  refuses_us: ['auth', (request) => reply(request, '0111', '0009000400000401')],
  no_code: ['protocol', (request) => reply(request, '0111', '')],
  no_address: ['protocol', (request) => reply(request, '0101', '')],
  indication: ['protocol', (request) => reply(request, '0011', mapped)],
  wrong_fingerprint: ['protocol', (request) => reply(request, '0101', `${mapped}8028000400000000`)],
  not_stun: ['protocol', () => Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  lying_length: ['protocol', (request) => reply(request, '0101', '0020fff80001a147')],
};

export const stunSimulator: Simulator = datagramSimulator({
  kind: 'stun',
  overStream: { transport: 'tcp' },
  fragments: [Buffer.from('0101000c2112a442', 'hex'), Buffer.from(mapped, 'hex')],
  options: (address) => ({ address }),
  modes: Object.fromEntries(
    Object.entries(answers).map(([mode, [expected, answer]]) => [mode, [expected, (request: Buffer) => [answer(request)]]]),
  ),
});

const farEnd: StreamFarEnd = {
  kind: 'stun',
  options: (address, ca) => ({ address, transport: ca === undefined ? 'tcp' : 'tls', ...(ca !== undefined && { tls: { ca } }) }),
  modes: {
    ...Object.fromEntries(Object.entries(answers).map(([mode, [expected, answer]]) => [mode, [expected, serve(answer)]])),
    another_id: ['protocol', serve((request) => reply(Buffer.concat([request.subarray(0, 8), Buffer.alloc(12)]), '0101', mapped))],
    cuts: ['reset', serve((request) => reply(request, '0101', mapped).subarray(0, 10), true)],
  },
};

export const stunTlsSimulator: Simulator = tlsSimulator(farEnd, ['server_error', 'another_id', 'cuts']);

function serve(answer: Answer, cut = false) {
  return converse(
    (heard) => {
      const length = stunLength(heard);
      const whole = length !== undefined && length > 0 && heard.length >= length && heard.readUInt16BE(0) === stunRequest.binding;
      return whole ? answer(heard) : undefined;
    },
    cut ? (socket) => socket.destroy() : undefined,
  );
}

/** The request's cookie and id behind this type, and these attributes. */
function reply(request: Buffer, type: string, attributes: string): Buffer {
  const body = Buffer.from(attributes, 'hex');
  const header = Buffer.concat([Buffer.from(`${type}0000`, 'hex'), request.subarray(4, 20)]);
  header.writeUInt16BE(body.length, 2);
  return Buffer.concat([header, body]);
}
