// A greeting server on loopback, well or ill as told: a line of greeting, a question, an answer.
import type { Socket } from 'node:net';
import { pour, type Serve, type Simulator, type StreamFarEnd, streamSimulator, tlsSimulator } from '#prober/door.ts';

const greeting = 'HOLTER ready\r\n';
const question = 'PING\r\n';

const farEnd: StreamFarEnd = {
  kind: 'tcp',
  plant: (options, secret) => ({ ...options, steps: [{ send: secret, expect: '^never$' }] }),
  options: (address, ca) => ({
    address,
    ...(ca !== undefined && { tls: { ca } }),
    steps: [{ expect_line: '^HOLTER ready$' }, { send: question, expect: '^PONG \\d+' }],
  }),
  drips: 'timeout',
  modes: {
    well: ['ok', greet('PONG 1\r\n')],
    resets_inside: ['reset', greet('PON', (socket) => socket.resetAndDestroy())],
    silent_after_greeting: ['timeout', (socket) => void socket.resume().write(greeting)],
    wrong_greeting: ['content', (socket) => void socket.resume().write('HTTP/1.1 400 Bad Request\r\n\r\n')],
    wrong_answer: ['content', greet('ERROR\r\n', (socket) => socket.end())],
    answers_and_closes: ['content', greet('PONG', (socket) => socket.end())],
    endless: ['content', pour('', Buffer.alloc(16_384, 'x'))],
  },
};

export const tcpSimulator: Simulator = streamSimulator(farEnd);

/** The same server behind TLS. */
export const tcpTlsSimulator: Simulator = tlsSimulator(farEnd);

/** Greets, and answers the question once it is complete. */
function greet(answer: string, then?: (socket: Socket) => void): Serve {
  return (socket) => {
    let heard = '';
    socket.write(greeting);
    socket.on('data', (chunk: Buffer) => {
      if (heard.length > question.length) return;
      heard += chunk.toString('latin1');
      if (heard !== question) return;
      socket.write(answer, () => then?.(socket));
    });
  };
}
