// Against servers that we did not write: Python's websockets, plain and behind TLS, nginx as a proxy in front of it, and Kamailio.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type IssuedCertificate, issueCertificate } from '#prober/issue.ts';
import { Secret } from '#schema/secret.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { websocket } from './probe.ts';

const python = '/usr/bin/python3';
const timeoutMs = 8000;
const shortMs = 1500;
const day = 86_400_000;
const life = { commonName: 'Visits', names: ['127.0.0.1'], notBefore: Date.now() - 30 * day };
const root = issueCertificate({ ...life, commonName: 'Root', notAfter: Date.now() + 30 * day, authority: true });
const good = issueCertificate({ ...life, notAfter: Date.now() + 30 * day, issuer: root });
const old = issueCertificate({ ...life, notAfter: Date.now() - day, issuer: root });
const stranger = issueCertificate({ ...life, notAfter: Date.now() + day });
const tls = { ca: root.certificate };

/** A server whose path says how it behaves; `/echo` is well. */
const server = `
import asyncio, http, ssl, sys, websockets
port, chain = int(sys.argv[1]), sys.argv[2:]

async def refuse(path, headers):
    if path == "/401" and headers.get("Authorization") != "Bearer right":
        return http.HTTPStatus(401), [], b"no"
    if path == "/503":
        return http.HTTPStatus(503), [("Retry-After", "30")], b"busy"

async def nothing(data):
    pass

async def serve(socket):
    path = socket.path
    if path == "/mute": socket.pong = nothing
    if path[1:].isdigit() and path != "/401": await socket.close(int(path[1:]), "no reason that may be told")
    if path == "/fails": raise Exception("broken")
    if path == "/cut": socket.transport.abort()
    if path == "/push":
        for each in range(5): await socket.send("news %d" % each)
    async for message in socket:
        if path == "/large": await socket.send("x" * 200000)
        elif path == "/bytes": await socket.send(message.encode())
        elif path != "/deaf": await socket.send(message)

async def main():
    secure = None
    if chain:
        secure = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        secure.load_cert_chain(*chain)
    async with websockets.serve(serve, "127.0.0.1", port, ssl=secure, process_request=refuse, subprotocols=["visit.v2"], ping_interval=None):
        await asyncio.Future()
asyncio.run(main())
`;

const folder = temporaryFolder('websocket-peer');
const at = (name: string) => join(folder.path, name);
const peers: RunningPeer[] = [];
afterAll(async () => {
  await Promise.all(peers.map((peer) => peer.stop()));
  folder.remove();
});

async function startPython(certificate?: IssuedCertificate): Promise<{ readonly port: number; readonly peer: RunningPeer }> {
  const port = await freePort();
  writeFileSync(at('server.py'), server);
  const files = [at(`${port}.pem`), at(`${port}.key`)];
  if (certificate !== undefined) [certificate.certificate, certificate.key].forEach((text, i) => writeFileSync(files[i] ?? '', text));
  const args = [at('server.py'), String(port), ...(certificate === undefined ? [] : files)];
  const peer = await startPeer({ program: python, args, port });
  peers.push(peer);
  return { port, peer };
}

const bearer = (token: string) => ({ headers: { Authorization: new Secret(`Bearer ${token}`) } });
const own = (pair: IssuedCertificate) => ({ tls: { ...tls, cert: pair.certificate, key: new Secret(pair.key) } });
const echo = { send: 'hello', expect: '^hello$' };

describeWithPeers([python], "websocket against Python's websockets", () => {
  let port = 0;
  let peer: RunningPeer;
  beforeAll(async () => {
    ({ port, peer } = await startPython());
  });
  const ask = (path: string, options: object = {}, ms = timeoutMs) =>
    attempt(websocket, { url: `ws://127.0.0.1:${port}${path}`, ...options }, ms);

  test('upgrade, ping, echo, close', async () => {
    const result = await ask('/echo', { ...echo, subprotocols: ['visit.v3', 'visit.v2'], origin: 'https://visits.example.org' });
    expect(summary(result)).toBe('ok');
    expect(result.facts).toEqual({ connection_upgraded: 1, status_code: 101, failed_due_to_regex: 0, ip_protocol: 4, close_code: 1000 });
    expect(Object.keys(result.phases)).toEqual(['connect', 'upgrade', 'ping', 'echo', 'close']);
    expect(result.notes).toMatchObject({ subprotocol: 'visit.v2', server: expect.stringContaining('websockets/') });
  });

  test('messages that nobody asked for, and an answer in bytes', async () => {
    expect(summary(await ask('/push'))).toBe('ok');
    expect(summary(await ask('/push', echo))).toBe('ok');
    expect(summary(await ask('/push', { expect: '^news 4$' }))).toBe('ok');
    expect(summary(await ask('/bytes', echo))).toBe('ok');
  });

  test('credentials in a header', async () => {
    expect(summary(await ask('/401', bearer('right')))).toBe('ok');
    const refused = await ask('/401', bearer('wrong'));
    expect(summary(refused)).toBe('auth: upgrade: HTTP status 401: the credentials were refused');
    expect(refused.facts).toEqual({ connection_upgraded: 0, status_code: 401 });
  });

  test.each([
    ['/503', {}, 'rejected: upgrade: HTTP status 503: alive, and turning requests away; it asks to wait 30 s'],
    ['/echo', { subprotocols: ['other'] }, 'content: upgrade: the server chose none of the subprotocols that were offered'],
    ['/1011', {}, 'rejected: ping: an error of the server (close code 1011)'],
    ['/fails', {}, 'rejected: ping: an error of the server (close code 1011)'],
    ['/1012', {}, 'rejected: ping: alive, and restarting (close code 1012)'],
    ['/1013', {}, 'rejected: ping: alive, and turning connections away for now (close code 1013)'],
    ['/3000', {}, 'auth: ping: the credentials were refused (close code 3000)'],
    ['/cut', {}, 'reset: ping: the connection was closed without a Close frame'],
    ['/large', echo, 'content: receive: a message larger than 65536 bytes'],
  ])('ill: %s %o', async (path, options, expected) => {
    expect(summary(await ask(path, options))).toBe(expected);
  });

  test('no pong, no message, and another one, at the deadline', async () => {
    expect(summary(await ask('/mute', {}, shortMs))).toBe('timeout: ping: no pong in time');
    expect(summary(await ask('/deaf', echo, shortMs))).toBe('timeout: receive: no message in time');
    const wrong = await ask('/echo', { send: 'hello', expect: 'welcome' }, shortMs);
    expect(summary(wrong)).toBe('content: receive: 1 message, none of which matches');
    expect(wrong.facts).toMatchObject({ failed_due_to_regex: 1 });
  });

  test('over TLS, untrusted, and spoken to in plain', async () => {
    const secure = await startPython(good);
    const url = `wss://127.0.0.1:${secure.port}/echo`;
    const result = await ask('', { url, tls, ...echo });
    expect(summary(result)).toBe('ok');
    expect(result.facts['certificate_expiry_seconds']).toBeGreaterThan(0);
    expect(Object.keys(result.phases)).toEqual(['connect', 'tls', 'upgrade', 'ping', 'echo', 'close']);
    expect(found(await ask('', { url }))).toBe('certificate');
    expect(['reset', 'protocol']).toContain(found(await ask('', { url: url.replace('wss', 'ws') })));
    expect(found(await ask('', { url: `wss://127.0.0.1:${port}/echo`, tls }))).toBe('tls');
  });

  test('frozen, then stopped', async () => {
    await peer.freeze();
    expect(summary(await ask('/echo', {}, shortMs))).toBe('timeout: upgrade: connected, but no answer in time');
    peer.signal('SIGCONT');
    await peer.stop();
    expect(found(await ask('/echo'))).toBe('refused');
  });
});

describeWithPeers([python, 'nginx'], 'websocket through nginx', () => {
  let [plain, secure, expired, mutual] = [0, 0, 0, 0];
  let backend: RunningPeer;
  beforeAll(async () => {
    const { port, peer } = await startPython();
    backend = peer;
    [plain, secure, expired, mutual] = [await freePort(), await freePort(), await freePort(), await freePort()];
    const gone = await freePort();
    for (const [name, { certificate, key }] of Object.entries({ good, old })) {
      writeFileSync(at(`${name}.pem`), certificate);
      writeFileSync(at(`${name}.key`), key);
    }
    writeFileSync(at('root.pem'), root.certificate);
    const pair = (name: string) => `ssl_certificate ${at(`${name}.pem`)}; ssl_certificate_key ${at(`${name}.key`)};`;
    const upgrade = 'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';
    const proxy = `location / { proxy_pass http://127.0.0.1:${port}; ${upgrade} }`;
    writeFileSync(
      at('nginx.conf'),
      `daemon off; pid ${at('nginx.pid')}; error_log stderr; events {}
      http {
        access_log off; client_body_temp_path ${at('a')}; proxy_temp_path ${at('b')}; fastcgi_temp_path ${at('c')}; uwsgi_temp_path ${at('d')}; scgi_temp_path ${at('e')};
        server { listen 127.0.0.1:${plain}; ${proxy}
          location /bare { proxy_pass http://127.0.0.1:${port}; }
          location /dropped { proxy_http_version 1.1; proxy_pass http://127.0.0.1:${port}; }
          location /gone { proxy_pass http://127.0.0.1:${gone}; ${upgrade} }
          location /page { return 200 "<h1>Sorry</h1>"; }
          location /moved { return 302 https://visits.example.org/; } }
        server { listen 127.0.0.1:${secure} ssl http2; ${pair('good')} ${proxy} }
        server { listen 127.0.0.1:${expired} ssl; ${pair('old')} ${proxy} }
        server { listen 127.0.0.1:${mutual} ssl; ${pair('good')} ssl_client_certificate ${at('root.pem')}; ssl_verify_client on; ${proxy} }
      }`,
    );
    peers.push(await startPeer({ program: 'nginx', args: ['-c', at('nginx.conf'), '-e', 'stderr'], port: mutual }));
  });
  const ask = (port: number, path: string, options: object = {}, ms = timeoutMs) =>
    attempt(
      websocket,
      { url: `${port === plain ? 'ws' : 'wss'}://127.0.0.1:${port}${path}`, ...(port !== plain && { tls }), ...options },
      ms,
    );

  test('upgrade, ping and echo go through it, in plain and over TLS', async () => {
    const result = await ask(plain, '/echo', echo);
    expect(summary(result)).toBe('ok');
    expect(result.notes['server']).toMatch(/^nginx\//);
    expect(summary(await ask(secure, '/echo', echo))).toBe('ok');
  });

  test.each([
    ['/gone', 'rejected: upgrade: HTTP status 502: an error of the server', 502],
    [
      '/bare',
      'rejected: upgrade: HTTP status 400: understood and refused (does a proxy drop the headers of the upgrade, or is a subprotocol wanted?)',
      400,
    ],
    ['/dropped', 'rejected: upgrade: HTTP status 426: understood and refused (does a proxy drop the headers of the upgrade?)', 426],
    ['/page', 'content: upgrade: HTTP status 200, which is not the one expected (due is 101)', 200],
    ['/moved', 'content: upgrade: HTTP status 302: it redirects, where an answer was due', 302],
    ['/503', 'rejected: upgrade: HTTP status 503: alive, and turning requests away; it asks to wait 30 s', 503],
    ['/1013', 'rejected: ping: alive, and turning connections away for now (close code 1013)', 101],
  ])('ill: %s', async (path, expected, status) => {
    const result = await ask(plain, path);
    expect(summary(result)).toBe(expected);
    expect(result.facts).toMatchObject({ status_code: status });
  });

  test('certificates: expired, missed and refused ones of ours', async () => {
    const result = await ask(expired, '/echo');
    expect(summary(result)).toBe('certificate: the certificate has expired');
    expect(result.facts['certificate_expiry_seconds']).toBeLessThan(0);
    expect(summary(await ask(mutual, '/echo', own(good)))).toBe('ok');
    const refused = 'auth: upgrade: HTTP status 400: the server refused or missed our client certificate';
    expect(summary(await ask(mutual, '/echo'))).toBe(refused);
    expect(summary(await ask(mutual, '/echo', own(stranger)))).toBe(refused);
  });

  test('the server behind it is frozen, then stopped', async () => {
    await backend.freeze();
    expect(found(await ask(plain, '/echo', {}, shortMs))).toBe('timeout');
    backend.signal('SIGCONT');
    await backend.stop();
    expect(summary(await ask(plain, '/echo'))).toBe('rejected: upgrade: HTTP status 502: an error of the server');
  });
});

describeWithPeers(['kamailio'], 'websocket against Kamailio', () => {
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
    writeFileSync(
      at('kamailio.cfg'),
      `#!KAMAILIO
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
dns=no
rev_dns=no
tcp_accept_no_cl=yes
listen=tcp:127.0.0.1:${port}
mpath="/usr/lib/x86_64-linux-gnu/kamailio/modules/:/usr/lib/aarch64-linux-gnu/kamailio/modules/"
${['sl', 'pv', 'xhttp', 'nathelper', 'websocket'].map((name) => `loadmodule "${name}.so"`).join('\n')}
request_route { sl_send_reply("200", "Keepalive"); exit; }
event_route[xhttp:request] {
  set_reply_close(); set_reply_no_connect();
  if ($hu == "/sip" && ws_handle_handshake()) exit;
  xhttp_reply("404", "Not Found", "", "");
}
`,
    );
    const args = ['-DD', '-E', '-f', at('kamailio.cfg'), '-Y', folder.path, '-P', at('kamailio.pid'), '-m', '32', '-M', '8'];
    peers.push(await startPeer({ program: 'kamailio', args, port }));
  });
  const ask = (path: string, options: object) => attempt(websocket, { url: `ws://127.0.0.1:${port}${path}`, ...options }, timeoutMs);
  const request =
    'OPTIONS sip:ping@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/WS holter.invalid;branch=z9hG4bK-1;rport\r\nMax-Forwards: 70\r\n' +
    'From: <sip:holter@127.0.0.1>;tag=1\r\nTo: <sip:ping@127.0.0.1>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n';

  test('the subprotocol sip, and an answer to OPTIONS', async () => {
    const result = await ask('/sip', { subprotocols: ['sip'], send: request, expect: '^SIP/2\\.0 200 Keepalive' });
    expect(summary(result)).toBe('ok');
    expect(result.notes).toMatchObject({ subprotocol: 'sip', server: expect.stringContaining('kamailio') });
    expect(result.facts).toMatchObject({ close_code: 1000 });
  });

  test('ill: without its subprotocol, and at another path', async () => {
    const wanted =
      'rejected: upgrade: HTTP status 400: understood and refused (does a proxy drop the headers of the upgrade, or is a subprotocol wanted?)';
    expect(summary(await ask('/sip', {}))).toBe(wanted);
    expect(summary(await ask('/sip', { subprotocols: ['visit.v2'] }))).toBe(wanted);
    expect(summary(await ask('/other', { subprotocols: ['sip'] }))).toBe('rejected: upgrade: HTTP status 404: understood and refused');
  });
});
