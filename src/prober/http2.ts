// One HTTP/2 request on a connection of its own, over Node's own client: undici's throws assertions out of socket events when
// a connection ends under it, and such an exception ends the process.
import { type ClientHttp2Stream, connect, constants } from 'node:http2';
import type { Socket } from 'node:net';
import { ProbeFailure } from './contract.ts';
import type { HttpRequest, ReplySink } from './http-message.ts';

/** Asks once. Everything that comes back goes to the sink, exactly one `end` or `fail` last. Gives what ends the session. */
export function askHttp2(socket: Socket, request: HttpRequest, sink: ReplySink): () => void {
  const session = connect(request.url.origin, { createConnection: () => socket, settings: { enablePush: false } });
  // A session's error reaches its stream too; without a listener it would end the process.
  session.on('error', (error) => sink.fail(error));
  const stream = session.request(requestHeaders(request), { endStream: request.body === undefined });
  listen(stream, sink);
  if (request.body !== undefined) stream.end(request.body);
  return () => session.destroy();
}

function listen(stream: ClientHttp2Stream, sink: ReplySink): void {
  let ended = false;
  stream.on('headers', (headers) => {
    sink.begin();
    sink.head(headers[':status'] ?? 0, {});
  });
  stream.on('response', (headers) => {
    sink.begin();
    sink.head(headers[':status'] ?? 0, headers);
  });
  stream.on('data', (chunk: Buffer) => sink.data(chunk));
  stream.on('end', () => {
    ended = true;
  });
  stream.on('error', (error) => sink.fail(isShedding(stream.rstCode) ? shedding() : error));
  // A connection that is cut ends its streams as if they were complete; only their code tells the difference.
  stream.on('close', () => {
    if (ended && stream.rstCode === constants.NGHTTP2_NO_ERROR) sink.end();
    else sink.fail(undefined);
  });
}

/** RFC 9113 7: the server did not process the request, or asks for less. */
function isShedding(code: number | undefined): boolean {
  return code === constants.NGHTTP2_REFUSED_STREAM || code === constants.NGHTTP2_ENHANCE_YOUR_CALM;
}

function shedding(): ProbeFailure {
  return new ProbeFailure('rejected', 'the server refuses the HTTP/2 stream: alive and shedding load');
}

function requestHeaders(request: HttpRequest): Record<string, string> {
  const headers: Record<string, string> = {
    ':method': request.method,
    ':scheme': 'https',
    ':authority': request.url.host,
    ':path': `${request.url.pathname}${request.url.search}`,
  };
  for (const { name, value } of request.headers) headers[name.toLowerCase() === 'host' ? ':authority' : name.toLowerCase()] = value;
  return headers;
}
