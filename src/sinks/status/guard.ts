// What holds for every exchange: bounds, security headers, and errors that say what exists and nothing else.
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Log } from '#model/log.ts';
import type { DurationMs } from '#model/time.ts';
import { pagePolicy } from './page.ts';

/** Longest request target, characters. */
const urlLimit = 2048;

/** Every path that there is, with what it is for: the body of a 404. */
export const paths = {
  '/': 'states of all services, for people',
  '/metrics': 'metrics for Prometheus',
  '/healthz': 'the process lives',
  '/readyz': 'configuration loaded, schedule running, store writable',
  '/api/v1/services': 'all services by region',
  '/api/v1/endpoints': 'all endpoints',
  '/api/v1/endpoints/{service}/{endpoint}/{region}': 'one endpoint in detail; without a region the last part is left out',
  '/api/v1/incidents': 'open incidents, then those resolved lately',
  '/api/v1/incidents/{id}': 'one incident; the id percent-encoded',
  '/api/v1/vantage': 'how Holter itself is: its self-check, and results that are missing by its own trouble',
  '/api/v1/incidents/{id}/explanation':
    'why it was paged: evidence over time, alternatives, what closes it; the id percent-encoded, or latest',
  '/api/v1/incidents/{id}/explanation.svg': 'the same as a picture: outcomes and evidence over time',
  '/-/reload': 'POST with a token that has the right "reload": loads the configuration again',
} as const;

const headers = {
  'content-security-policy': pagePolicy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-store',
} as const;

/** Bounds and headers for all routes of this server. `exchangeTimeout`: the longest that one exchange may take in all. */
export function guard(app: FastifyInstance, log: Log, exchangeTimeout: DurationMs): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    // Slow readers as well: whatever is not over by then is cut.
    const cut = setTimeout(() => request.raw.socket.destroy(), exchangeTimeout).unref();
    reply.raw.once('close', () => clearTimeout(cut));
    if (request.raw.url !== undefined && request.raw.url.length > urlLimit)
      return refuse(reply, 414, `the address is longer than ${urlLimit} characters`);
    return undefined;
  });
  // No route reads a body: it is taken in, within the limit, and dropped, whatever it says that it is.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, _body, done) => done(null, undefined));
  app.setNotFoundHandler((request, reply) => notFound(app, request, reply));
  app.setErrorHandler((error: FastifyError, request, reply) => {
    const status = error.statusCode ?? 500;
    if (status < 500) return refuse(reply, status, error.message);
    log.error({ err: error, route: request.routeOptions.url }, 'answer failed');
    return refuse(reply, status, 'Holter could not answer; its log says why');
  });
}

/** Answers with `{ "error": sentence }`. */
export function refuse(reply: FastifyReply, status: number, error: string, more: object = {}): FastifyReply {
  return reply
    .code(status)
    .type('application/json; charset=utf-8')
    .send(JSON.stringify({ error, ...more }));
}

function notFound(app: FastifyInstance, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const url = request.url.split('?', 1)[0] ?? '/';
  const allowed = (['GET', 'HEAD', 'POST'] as const).filter((method) => app.findRoute({ method, url }) !== null);
  if (allowed.length === 0) return refuse(reply, 404, 'there is nothing at this address', { paths });
  return refuse(reply.header('allow', allowed.join(', ')), 405, `${request.method} is not possible here; possible: ${allowed.join(', ')}`);
}
