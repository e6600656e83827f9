// Web servers: nginx with a page, a certificate and a service that hangs up, and haproxy before three members.
import { freePort, startPeer } from '../../support/peers.ts';
import type { Place, Running, Trial } from './trial.ts';

const nginxFiles = (place: Place, name: string) =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${place.path(`${name}-${kind}`)};`).join(' ');

function startNginx(place: Place, name: string, servers: readonly string[], port: number) {
  const config = `daemon off; master_process off; pid ${place.path(`${name}.pid`)}; error_log stderr crit; events { worker_connections 64; }
    http { access_log off; ${nginxFiles(place, name)} ${servers.join('\n')} }`;
  return startPeer({ program: 'nginx', args: ['-c', place.write(`${name}.conf`, config), '-e', 'stderr'], port });
}

/** Its certificate expires, and it closes without an answer. */
export const nginx: Trial = nginxFor(300);

/** The same with a certificate of so many days. */
export function nginxFor(days: number): Trial {
  return { programs: ['nginx'], start: (place) => startSite(place, days) };
}

async function startSite(place: Place, days: number): Promise<Running> {
  const [plain, secure] = [await freePort(), await freePort()];
  const start = (left: number, answer: string) => {
    const { cert, key } = place.certificate('portal', left);
    const servers = [
      `server { listen 127.0.0.1:${plain}; location / { return ${answer}; } }`,
      `server { listen 127.0.0.1:${secure} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key}; location / { return 200 "all is well"; } }`,
    ];
    return startNginx(place, 'nginx', servers, plain);
  };
  let peer = await start(days, '200 well');
  const page = { probe: 'http', url: `https://127.0.0.1:${secure}/`, tls: { ca: place.ca }, expect: { contains: ['all is well'] } };
  const line = { probe: 'tcp', address: `127.0.0.1:${plain}`, steps: [{ send: 'GET / HTTP/1.0\r\n\r\n', expect: 'well' }] };
  const steps = [
    { name: 'front', expect: { contains: ['well'] } },
    { name: 'next', url: '/next' },
  ];
  const handshake = { probe: 'tls', address: `127.0.0.1:${secure}`, ca: place.ca };
  return {
    endpoints: {
      portal: { well: page, tells: /^certificate: .*expired/ },
      handshake: { well: handshake, ill: { ...handshake, servername: 'other.example.org' }, tells: /^certificate: / },
      visit: { well: { probe: 'journey', url: `http://127.0.0.1:${plain}/`, steps }, tells: /^reset: front: / },
      line: { well: line, tells: /^reset: .*before any byte was answered/ },
    },
    makeIll: async () => {
      await peer.stop();
      peer = await start(-1, '444');
    },
    stop: () => peer.stop(),
  };
}

/** One of its three members is broken. */
export const haproxy: Trial = {
  programs: ['haproxy', 'nginx'],
  start: async (place) => {
    const front = await freePort();
    const members = [await freePort(), await freePort(), await freePort()] as const;
    const startMembers = (third: string) => {
      const servers = members.map(
        (port, index) => `server { listen 127.0.0.1:${port}; location / { return ${index === 2 ? third : '200 well'}; } }`,
      );
      return startNginx(place, 'members', servers, members[0]);
    };
    let pool = await startMembers('200 well');
    const config = `global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 30s
  timeout server 30s
frontend front
  bind 127.0.0.1:${front}
  default_backend pool
backend pool
  balance roundrobin
${members.map((port) => `  server m${port} 127.0.0.1:${port}`).join('\n')}
`;
    const peer = await startPeer({ program: 'haproxy', args: ['-db', '-f', place.write('haproxy.cfg', config)], port: front });
    return {
      // Two of three are well: what one check finds is chance.
      endpoints: { balanced: { well: { probe: 'http', url: `http://127.0.0.1:${front}/` }, tells: /^(ok|rejected: HTTP 503.*)$/ } },
      makeIll: async () => {
        await pool.stop();
        pool = await startMembers('503');
      },
      stop: async () => void (await Promise.all([peer.stop(), pool.stop()])),
    };
  },
};
