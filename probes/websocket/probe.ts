// Opens a WebSocket, pings, perhaps says a word and hears one, and closes.
import { randomBytes } from 'node:crypto';
import {
  certificateFacts,
  defineProbe,
  type Failure,
  type HttpHeader,
  headerText,
  noteCertificate,
  openWebSocket,
  type Pattern,
  type ProbeContext,
  ProbeFailure,
  reveal,
  Secret,
  streamReasons,
  tlsOptionsOf,
  type WebSocketConnection,
} from '#prober/door.ts';
import { isExpected, judgeClose, judgeMessages } from './judge.ts';
import { Options, type WebSocketOptions } from './options.ts';

/** Bytes of the ping: none that a server could guess or have left over. */
const pingBytes = 16;

export const websocket = defineProbe({
  kind: 'websocket',
  summary: 'Opens a WebSocket, sends a ping and waits for its pong, perhaps exchanges a message, and closes.',
  options: Options,
  effect: 'session',
  leastInterval: 15_000,
  defaultTimeout: 10_000,
  pausesAfterAuth: true,
  reasons: [...streamReasons, 'protocol', 'rejected', 'content'],
  facts: [
    {
      name: 'connection_upgraded',
      help: '1 when the server changed to WebSocket, 0 when it answered otherwise.',
      metric: 'probe_websocket_connection_upgraded',
    },
    { name: 'status_code', help: 'Status of the answer to the upgrade; 101 is well.', metric: 'probe_websocket_status_code' },
    {
      name: 'failed_due_to_regex',
      help: '1 when messages came and none matched, else 0.',
      metric: 'probe_websocket_failed_due_to_regex',
    },
    { name: 'ip_protocol', help: 'Family of the address that was connected to: 4 or 6.', metric: 'probe_ip_protocol' },
    { name: 'retry_after_seconds', help: 'When a server that sheds load wants to be asked again.' },
    { name: 'close_code', help: 'Code of the Close frame that answered ours: 1005 without a code, 1006 without the frame.' },
    ...certificateFacts,
  ],
  host: ({ url }) => hostAndPort(new URL(url)),
  run,
});

async function run(options: WebSocketOptions, context: ProbeContext): Promise<void> {
  const socket = await openWebSocket(
    {
      url: new URL(options.url),
      headers: headersOf(options, context.agent),
      subprotocols: options.subprotocols ?? [],
      messageLimit: options.message_limit,
      tls: tlsOptionsOf(options.tls),
      onTls: noteCertificate(context),
      onAnswer: (status, headers) => noteAnswer(status, headers, context),
    },
    context,
  );
  try {
    context.fact('connection_upgraded', 1);
    context.fact('ip_protocol', socket.connection.family);
    context.note('subprotocol', socket.subprotocol);
    await timed(context, 'ping', () => socket.ping(randomBytes(pingBytes)));
    const { expect } = options;
    if (expect !== undefined) await timed(context, 'echo', () => exchange(socket, options.send, expect, context));
    await timed(context, 'close', () => leave(socket, context));
  } finally {
    socket.destroy();
  }
}

async function exchange(
  socket: WebSocketConnection,
  send: string | Secret | undefined,
  expect: Pattern,
  context: ProbeContext,
): Promise<void> {
  if (send !== undefined) await socket.send(reveal(send));
  for (let others = 0; ; others += 1) {
    const failure = judgeMessages(others, false);
    context.fact('failed_due_to_regex', others === 0 ? 0 : 1);
    if (failure !== undefined) throw asProbeFailure(failure);
    if (isExpected(await next(socket, others), expect)) break;
  }
  context.fact('failed_due_to_regex', 0);
}

/** Where the deadline comes instead, what came before it tells a wrong answer from none. */
async function next(socket: WebSocketConnection, others: number): Promise<Buffer> {
  try {
    return (await socket.receive()).data;
  } catch (error) {
    const failure = error instanceof ProbeFailure && error.reason === 'timeout' ? judgeMessages(others, true) : undefined;
    throw failure === undefined ? error : asProbeFailure(failure);
  }
}

async function leave(socket: WebSocketConnection, context: ProbeContext): Promise<void> {
  const code = await socket.close(1000);
  context.fact('close_code', code);
  const failure = judgeClose(code);
  if (failure !== undefined) throw asProbeFailure(failure);
}

type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

/** Which member of a pool answered: what makes an intermittent fault explainable. */
const tellingHeaders = ['server', 'via', 'x-served-by', 'x-request-id'];

function noteAnswer(status: number, headers: Headers, context: ProbeContext): void {
  context.fact('connection_upgraded', 0);
  context.fact('status_code', status);
  const wait = headerText(headers['retry-after']);
  if (/^\d{1,15}$/.test(wait)) context.fact('retry_after_seconds', Number(wait));
  for (const name of tellingHeaders) context.note(name, headerText(headers[name]));
}

function headersOf({ headers, origin }: WebSocketOptions, agent: string): readonly HttpHeader[] {
  const own = Object.entries(headers ?? {}).map(
    ([name, value]): HttpHeader => ({ name, value: reveal(value).trim(), secret: value instanceof Secret }),
  );
  const named = own.some(({ name }) => name.toLowerCase() === 'user-agent');
  return [
    ...(named ? [] : [{ name: 'User-Agent', value: agent }]),
    ...(origin === undefined ? [] : [{ name: 'Origin', value: origin }]),
    ...own,
  ];
}

function hostAndPort(url: URL): string {
  return `${url.hostname}:${url.port || (url.protocol === 'wss:' ? '443' : '80')}`;
}

function asProbeFailure({ reason, message }: Failure): ProbeFailure {
  return new ProbeFailure(reason, message);
}

async function timed<T>(context: ProbeContext, phase: string, work: () => Promise<T>): Promise<T> {
  const began = performance.now();
  const value = await work();
  context.phase(phase, performance.now() - began);
  return value;
}
