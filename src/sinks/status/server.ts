// The HTTP server: what is seen from outside. Read-only but for the reload, which needs a token.
import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import fastify, { type FastifyInstance } from 'fastify';
import { HolterError } from '#model/error.ts';
import type { DurationMs } from '#model/time.ts';
import { defaultLimits, type StatusServerOptions } from './contract.ts';
import { guard } from './guard.ts';
import { addRoutes } from './routes.ts';

export interface StatusServer {
  readonly host: string;
  readonly port: number;
  /** `http://host:port` */
  readonly url: string;
  /** Lets exchanges under way end for `grace` milliseconds (default 2 s), then cuts them. Never throws, may be called twice. */
  close(grace?: DurationMs): Promise<void>;
}

/** Listens, or throws a HolterError that says why it cannot. */
export async function openStatusServer(options: StatusServerOptions): Promise<StatusServer> {
  const app = build(options);
  await listen(app, options.listen);
  const { address: host, port } = addressOf(app);
  let closed: Promise<void> | undefined;
  return {
    host,
    port,
    url: `http://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: (grace = 2000) => {
      closed ??= end(app, grace);
      return closed;
    },
  };
}

function build(options: StatusServerOptions): FastifyInstance {
  const limits = { ...defaultLimits, ...options.limits };
  const app = fastify({
    bodyLimit: 16_384,
    requestTimeout: limits.request,
    connectionTimeout: limits.idle,
    keepAliveTimeout: limits.idle,
    maxRequestsPerSocket: 1000,
    http: { maxHeaderSize: 8192, headersTimeout: limits.head, connectionsCheckingInterval: Math.min(1000, limits.head) },
    routerOptions: { maxParamLength: 500 },
  });
  app.server.maxConnections = limits.connections;
  guard(app, options.log, limits.exchange);
  addRoutes(app, options);
  return app;
}

async function listen(app: FastifyInstance, { host, port }: StatusServerOptions['listen']): Promise<void> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    await app.close();
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    const why = listenFailures[code] ?? 'the address cannot be listened on';
    throw new HolterError('listen', `cannot listen on ${host}:${port}: ${why}`, { retryable: code === 'EADDRINUSE', cause: error });
  }
}

const listenFailures: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program, perhaps another Holter, listens there already',
  EACCES: 'this user may not listen there; take a port above 1023',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'the host name is not known',
};

async function end(app: FastifyInstance, grace: DurationMs): Promise<void> {
  const cut = setTimeout(() => app.server.closeAllConnections(), grace);
  // A connection that was kept alive when closing began turns idle only after its answer: node does not look again.
  const sweep = setInterval(() => app.server.closeIdleConnections(), 20);
  try {
    await app.close();
  } finally {
    clearTimeout(cut);
    clearInterval(sweep);
  }
}

function addressOf(app: FastifyInstance): AddressInfo {
  const address = app.server.address();
  assert(typeof address === 'object' && address !== null, 'a server that listens on TCP has an address');
  return address;
}
