// Servers that take messages, and one that proves who we are: python3-hl7, Postfix, oidc-provider.
import { connect, type Socket } from 'node:net';
import { postfixPrograms, startPostfix } from '../../support/peers/postfix.ts';
import { freePort, startPeer } from '../../support/peers.ts';
import type { Trial } from './trial.ts';

const engine = `
import asyncio, sys
from hl7.mllp import start_hl7_server
async def session(reader, writer):
    try:
        while not writer.is_closing():
            message = await reader.readmessage()
            if open(sys.argv[2]).read() == 'half':
                writer.write(b'\\x0bMSH|^~'); await writer.drain(); break
            writer.writemessage(message.create_ack('AA')); await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError): pass
    finally: writer.close()
async def main():
    async with await start_hl7_server(session, '127.0.0.1', int(sys.argv[1]), encoding='utf-8') as server:
        print('ready', flush=True)
        await server.serve_forever()
asyncio.run(main())
`;

/** Closes in the middle of an answer. */
export const hl7: Trial = {
  programs: ['/usr/bin/python3'],
  start: async (place) => {
    const port = await freePort();
    const mode = place.write('engine-mode', 'whole');
    const args = [place.write('engine.py', engine), String(port), mode];
    const peer = await startPeer({ program: '/usr/bin/python3', args, says: /ready/ });
    return {
      endpoints: {
        engine: { well: { probe: 'hl7v2', address: `127.0.0.1:${port}` }, tells: /^reset: the connection was closed inside the answer/ },
      },
      makeIll: () => void place.write('engine-mode', 'half'),
      stop: () => peer.stop(),
    };
  },
};

/** Is full. */
export const postfix: Trial = {
  programs: postfixPrograms,
  start: async (place) => {
    const { port, peer } = await startPostfix(place.folder, {
      tls: place.certificate('mail', 300),
      main: ['smtpd_client_connection_count_limit = 1'],
    });
    let held: Socket | undefined;
    return {
      endpoints: {
        mail: {
          well: { probe: 'smtp', address: `127.0.0.1:${port}`, tls: { ca: place.ca } },
          tells: /^rejected: banner: alive, .*\(421\)/,
        },
      },
      makeIll: async () => {
        held = connect(port, '127.0.0.1').on('error', () => {});
        const { promise, resolve } = Promise.withResolvers<void>();
        held.once('data', () => resolve());
        await promise;
      },
      stop: async () => {
        held?.destroy();
        await peer.stop();
      },
    };
  },
};

const provider = (port: number) => `
import { Provider } from ${JSON.stringify(import.meta.resolve('oidc-provider'))};
new Provider('http://127.0.0.1:${port}', {
  scopes: ['read'],
  clientAuthMethods: ['client_secret_basic'],
  clients: [{ client_id: 'holter', client_secret: '${'s'.repeat(40)}', grant_types: ['client_credentials'], redirect_uris: [], response_types: [], token_endpoint_auth_method: 'client_secret_basic' }],
  features: { clientCredentials: { enabled: true }, devInteractions: { enabled: false }, resourceIndicators: { enabled: true, defaultResource: () => 'urn:all',
    getResourceServerInfo: () => ({ scope: 'read', audience: 'urn:all', accessTokenFormat: 'jwt', accessTokenTTL: 300 }) } },
}).listen(${port}, '127.0.0.1');
`;

/** Is given a wrong secret. */
export const oidcProvider: Trial = {
  programs: [process.execPath],
  start: async (place) => {
    const port = await freePort();
    const peer = await startPeer({ program: process.execPath, args: [place.write('op.mjs', provider(port))], port });
    const client = (name: string, secret: string) => ({ id: 'holter', secret: `!file ${place.write(`oidc-${name}`, secret)}` });
    const well = { probe: 'oidc', issuer: `http://127.0.0.1:${port}`, client: client('right', 's'.repeat(40)), scope: 'read' };
    return {
      endpoints: { login: { well, ill: { ...well, client: client('wrong', 'x'.repeat(40)) }, tells: /^auth: token: / } },
      stop: () => peer.stop(),
    };
  },
};
