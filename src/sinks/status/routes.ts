// The addresses of the server and what each answers.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { inPieces, listParts, type Pieces, SharedAnswers, sendPieces } from './answer.ts';
import { permission } from './auth.ts';
import type { Explained, StatusServerOptions } from './contract.ts';
import { paths, refuse } from './guard.ts';
import { pageParts, policyOf } from './page.ts';
import { isoTime } from './views.ts';

const json = 'application/json; charset=utf-8';
/** Problems of a reload that are told. */
const problemsShown = 100;

export function addRoutes(app: FastifyInstance, options: StatusServerOptions): void {
  addHealth(app, options);
  addLists(app, options);
  addDetails(app, options);
  addReload(app, options);
  app.get('/metrics', async (request, reply) => {
    const { type, body } = await options.metrics(request.headers.accept);
    return sendPieces(reply, type, body);
  });
}

function addHealth(app: FastifyInstance, options: StatusServerOptions): void {
  app.get('/healthz', async () => ({ status: 'alive', version: options.version }));
  app.get('/readyz', async (_request, reply) => {
    const checks = options.ready();
    const isReady = checks.every((check) => check.ok);
    return reply.code(isReady ? 200 : 503).send({ ready: isReady, checks });
  });
}

function addLists(app: FastifyInstance, { source, clock, version }: StatusServerOptions): void {
  const answers = new SharedAnswers(clock);
  const now = () => isoTime(clock.wall());
  const list = (name: string, items: () => Iterable<object>): (() => Promise<Pieces>) => {
    return () => inPieces(listParts({ system: source.system, at: now() }, name, items()));
  };
  const lists = {
    '/api/v1/services': { type: json, make: list('services', () => source.services()) },
    '/api/v1/endpoints': { type: json, make: list('endpoints', () => source.endpoints()) },
    '/api/v1/incidents': { type: json, make: list('incidents', () => source.incidents()) },
    '/': { type: 'text/html; charset=utf-8', make: () => inPieces(pageParts(source, now(), version)) },
  };
  for (const [path, { type, make }] of Object.entries(lists)) {
    app.get(path, async (_request, reply) => sendPieces(reply, type, await answers.get(path, make)));
  }
}

function addDetails(app: FastifyInstance, options: StatusServerOptions): void {
  const { source, clock } = options;
  const incident = detail('incident', (id) => source.incident(id));
  app.get('/api/v1/vantage', async () => ({ system: source.system, at: isoTime(clock.wall()), ...source.vantage() }));
  app.get(
    '/api/v1/endpoints/*',
    detail('endpoint', (id) => source.endpoint(id)),
  );
  app.get('/api/v1/incidents/*', async (request, reply) => {
    // An id ends with the second of its onset, never so.
    const asked = /^(.*)\/explanation(\.svg)?$/s.exec(restOf(request));
    if (asked === null) return incident(request, reply);
    const [, id = '', picture] = asked;
    return sendExplained(reply, await options.explain(id, picture === undefined ? 'json' : 'svg'));
  });
}

function sendExplained(reply: FastifyReply, explained: Explained): FastifyReply {
  if (!explained.ok) {
    if (explained.status === 503) reply.header('retry-after', '1');
    return refuse(reply, explained.status, explained.error, { nearest: explained.nearest });
  }
  const { type, body, style } = explained;
  if (style !== undefined) reply.header('content-security-policy', policyOf(style));
  return sendPieces(reply, type, [Buffer.from(body, 'utf8')]);
}

/** What stands behind the star, decoded. */
function restOf(request: FastifyRequest): string {
  return (request.params as { readonly '*': string })['*'];
}

function detail(what: string, find: (id: string) => object | undefined) {
  return async (request: FastifyRequest, reply: FastifyReply) => {
    return find(restOf(request)) ?? refuse(reply, 404, `there is no ${what} of this id`, { paths });
  };
}

function addReload(app: FastifyInstance, options: StatusServerOptions): void {
  const { log } = options;
  let underWay = false;
  app.post('/-/reload', async (request, reply) => {
    const asked = permission(request.headers.authorization, options.tokens(), 'reload');
    if (!asked.granted) {
      log.warn({ token: asked.token, why: asked.why }, 'reload refused');
      if (asked.why === 'forbidden') return refuse(reply, 403, 'this token has not the right "reload"');
      return refuse(
        reply.header('www-authenticate', 'Bearer realm="holter"'),
        401,
        'send "Authorization: Bearer TOKEN" with a known token',
      );
    }
    if (underWay) return refuse(reply.header('retry-after', '1'), 409, 'another reload is under way');
    underWay = true;
    try {
      log.info({ token: asked.token }, 'reload asked for');
      const outcome = await options.reload();
      if (outcome.ok) return { reloaded: true };
      return reply.code(422).send({ reloaded: false, problems: outcome.problems.slice(0, problemsShown) });
    } finally {
      underWay = false;
    }
  });
}
