// A small HTTP/1.1 far end for simulators of kinds that speak over HTTP.
import { TLSSocket } from 'node:tls';
import type { Serve } from './farend.ts';

export interface HttpQuestion {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** As the request reached it: `https://127.0.0.1:1234`. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const questionLimit = 262_144;

/** Answers each request with what `respond` says, and closes; with `keep` it goes on with the next. Undefined: never answers. */
export function serveHttp(respond: (question: HttpQuestion) => HttpAnswer | undefined, keep = false): Serve {
  return (socket) => {
    let heard = '';
    const scheme = socket instanceof TLSSocket ? 'https' : 'http';
    socket.on('data', (chunk: Buffer) => {
      if (heard.length > questionLimit) return;
      heard += chunk.toString('latin1');
      const question = parse(heard, scheme);
      const answer = question === undefined ? undefined : respond(question);
      if (question !== undefined) heard = '';
      if (answer === undefined) return;
      if (keep) socket.write(write(answer, 'keep-alive'));
      else socket.end(write(answer, 'close'));
    });
  };
}

function parse(heard: string, scheme: string): HttpQuestion | undefined {
  const end = heard.indexOf('\r\n\r\n');
  if (end < 0) return undefined;
  const [first = '', ...lines] = heard.slice(0, end).split('\r\n');
  const headers: Record<string, string> = Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
  );
  const body = heard.slice(end + 4);
  if (body.length < Number(headers['content-length'] ?? 0)) return undefined;
  const [method = '', path = ''] = first.split(' ');
  return { method, path, origin: `${scheme}://${headers['host'] ?? ''}`, headers, body };
}

function write({ status, body, headers = {} }: HttpAnswer, connection: 'keep-alive' | 'close'): string {
  const all = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)), connection, ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Simulated\r\n${lines.join('')}\r\n${body}`;
}
