import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { describeWithPeers, freePort, peer, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { attemptKind, summary } from '../../tests/support/probing.ts';
import { Options } from './options.ts';
import { http } from './probe.ts';

const folder = temporaryFolder('http-peer');
afterAll(() => folder.remove());
const at = (name: string) => join(folder.path, name);
const file = (name: string) => readFileSync(at(name), 'utf8');
const trust = (name = 'good') => ({ tls: { ca: file(`${name}.pem`) } });
const pair = (name: string) => ({ tls: { ca: file('good.pem'), cert: file(`${name}.pem`), key: new Secret(file(`${name}.key`)) } });

async function probe(url: string, more: object = {}, timeoutMs?: number) {
  const result = await attemptKind(http, { options: Options.parse({ url, ...more }), ...(timeoutMs !== undefined && { timeoutMs }) });
  return { result, said: summary(result) };
}

/** A self-signed certificate by OpenSSL; `offset` moves the clock (`-3d`), so that one can be born expired. */
function openssl(name: string, names: string, offset?: string): void {
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '1',
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=${names}`,
  ];
  const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
  const [program = '', ...rest] = offset === undefined ? [peer('openssl')] : [peer('faketime'), '-f', offset, peer('openssl') ?? ''];
  execFileSync(program, [...rest, ...args, ...files], { stdio: 'ignore' });
}

describeWithPeers(['nginx', 'openssl', 'faketime'], 'against nginx', () => {
  let nginx: RunningPeer;
  const ports: Record<'plain' | 'secure' | 'expired' | 'other' | 'mutual', number> = {
    plain: 0,
    secure: 0,
    expired: 0,
    other: 0,
    mutual: 0,
  };
  const url = (server: keyof typeof ports, path = '/') => `${server === 'plain' ? 'http' : 'https'}://127.0.0.1:${ports[server]}${path}`;

  beforeAll(async () => {
    openssl('good', 'IP:127.0.0.1,DNS:localhost');
    openssl('expired', 'IP:127.0.0.1', '-3d');
    openssl('other', 'DNS:other.example.org');
    openssl('client', 'DNS:holter');
    openssl('stranger', 'DNS:stranger');
    for (const server of Object.keys(ports) as (keyof typeof ports)[]) ports[server] = await freePort();
    mkdirSync(at('www'));
    writeFileSync(at('www/index.html'), '<h1>Welcome to the patient portal</h1>');
    writeFileSync(at('www/big'), 'x'.repeat(2000));
    writeFileSync(at('www/page.json'), '{"status":"UP"}');
    writeFileSync(at('nginx.conf'), configuration(ports));
    nginx = await startPeer({ program: 'nginx', args: ['-c', at('nginx.conf'), '-e', 'stderr'], port: ports.mutual });
  });
  afterAll(async () => nginx.stop());

  test('a page is well, with its facts', async () => {
    const { result } = await probe(url('plain'), { expect: { contains: ['Welcome'], headers: { server: '^nginx/' } } });
    expect(result).toMatchObject({
      outcome: 'ok',
      facts: {
        status_code: 200,
        http_version: 1.1,
        ssl: 0,
        redirects: 0,
        ip_protocol: 4,
        content_length: 38,
        uncompressed_body_length: 38,
      },
    });
    expect(result.facts['last_modified_timestamp_seconds']).toBeGreaterThan(1_700_000_000);
    expect(result.notes['server']).toMatch(/^nginx\//);
  });

  test.each([
    ['/close', {}, /^reset: accepted, then closed before any byte/],
    ['/busy', {}, /^rejected: HTTP 503: alive and shedding load, retry after 7 s/],
    ['/gone', {}, /^rejected: HTTP 404/],
    ['/dead-upstream', {}, /^rejected: HTTP 502/],
    ['/private', {}, /^auth: HTTP 401/],
    ['/private', { auth: { basic: { username: 'holter', password: new Secret('wrong') } } }, /^auth: HTTP 401/],
    ['/private', { auth: { basic: { username: 'holter', password: new Secret('right') } } }, /^ok/],
    ['/denied', {}, /^auth: HTTP 403/],
    ['/', { expect: { not_contains: ['portal'] } }, /^content: /],
    ['/page.json', { expect: { json: [{ path: '$.status', equals: 'UP' }], headers: { 'content-type': 'json' } } }, /^ok/],
    ['/moved', {}, /^ok/],
    ['/moved', { expect: { final_url: '/moved$' } }, /^content: it ended at another address/],
    ['/moved', { follow_redirects: false, expect: { status: 301 } }, /^ok/],
    ['/loop', {}, /^content: the redirects go round in a circle/],
    ['/compressed.txt', { headers: { 'Accept-Encoding': 'gzip' }, expect: { contains: ['xxxx'] } }, /^ok/],
    ['/nowhere', { method: 'HEAD' }, /^rejected: HTTP 404/],
    ['/', { method: 'POST', idempotent: true, body: 'a=1' }, /^rejected: HTTP 405/],
  ])('%s %j', async (path, options, wanted) => {
    expect((await probe(url('plain', path), options)).said).toMatch(wanted);
  });

  test('a throttled body is timeout at the deadline', async () => {
    expect((await probe(url('plain', '/throttled'), {}, 500)).said).toBe('timeout: the answer began and was not complete in time');
  });

  test('an inflated body is told apart from what came', async () => {
    const { result } = await probe(url('plain', '/compressed.txt'), { headers: { 'accept-encoding': 'gzip' } });
    expect(result.facts['uncompressed_body_length']).toBe(4000);
    expect(result.facts['response_bytes']).toBeLessThan(200);
  });

  test.each([
    ['http1', 1.1],
    ['http2', 2],
    ['auto', 2],
  ])('over TLS as %s', async (version, fact) => {
    const { result } = await probe(url('secure'), { ...trust(), http_version: version, expect: { contains: ['Welcome'] } });
    expect(result).toMatchObject({ outcome: 'ok', facts: { http_version: fact, ssl: 1, status_code: 200 } });
    expect(result.facts['certificate_expiry_seconds']).toBeGreaterThan(80_000);
    expect(result.facts['certificate_expiry_seconds']).toBeLessThan(86_400);
    expect(Object.keys(result.phases)).toEqual(['connect', 'tls', 'processing', 'transfer']);
  });

  test('over HTTP/2 its refusals are the same', async () => {
    expect((await probe(url('secure', '/gone'), { ...trust(), http_version: 'http2' })).said).toMatch(/^rejected: HTTP 404/);
    expect((await probe(url('secure', '/close'), { ...trust(), http_version: 'http2' })).said).toMatch(/^(reset|protocol): /);
    expect((await probe(url('secure', '/throttled'), { ...trust(), http_version: 'http2' }, 500)).said).toMatch(
      /^timeout: the answer began/,
    );
  });

  test('its certificates: expired, of another name, unknown, soon to expire, and looked at without trust', async () => {
    const { said, result } = await probe(url('expired'), trust('expired'));
    expect(said).toBe('certificate: the certificate has expired');
    expect(result.facts['certificate_expiry_seconds']).toBeLessThan(-86_400);
    expect((await probe(url('other'), trust('other'))).said).toBe('certificate: the certificate is for another name');
    expect((await probe(url('secure'))).said).toMatch(/^certificate: the certificate is self-signed/);
    expect((await probe(url('secure'), { ...trust(), certificate: { expires_after: '14d' } })).said).toBe(
      'certificate: a certificate expires in 1.0 days, wanted are 14.0',
    );
    expect((await probe(url('expired'), { tls: { insecure: true } })).said).toBe('ok');
  });

  test('a client certificate is taken, missed, or refused', async () => {
    expect((await probe(url('mutual'), pair('client'))).said).toBe('ok');
    expect((await probe(url('mutual'), trust())).said).toBe('auth: HTTP 400: the server refused or missed our client certificate');
    expect((await probe(url('mutual'), pair('stranger'))).said).toBe('auth: HTTP 400: the server refused or missed our client certificate');
    expect((await probe(url('mutual'), { ...trust(), http_version: 'http2' })).said).toMatch(/^auth: HTTP 400/);
  });

  test('plain HTTP to its TLS port, and TLS to its plain port', async () => {
    expect((await probe(`http://127.0.0.1:${ports.secure}/`)).said).toMatch(/^rejected: HTTP 400/);
    expect((await probe(`https://127.0.0.1:${ports.plain}/`)).said).toMatch(/^tls: the port does not speak TLS/);
  });

  test('a frozen server accepts, and that is no proof of life', async () => {
    await nginx.freeze();
    expect((await probe(url('plain'), {}, 300)).said).toBe('timeout: connected, but no answer in time');
    expect((await probe(url('secure'), trust(), 300)).said).toMatch(/^tls: connected, but the TLS handshake/);
    nginx.signal('SIGCONT');
    expect((await probe(url('plain'))).said).toBe('ok');
  });

  test('its log names us', () => {
    expect(file('access.log')).toContain('Holter/test');
  });

  function configuration(port: typeof ports): string {
    const pages = `root ${at('www')};
      location /close { return 444; }
      location /busy { add_header Retry-After 7 always; return 503; }
      location /denied { return 403; }
      location /moved { return 301 /index.html; }
      location /loop { return 302 /loop; }
      location /throttled { limit_rate 100; alias ${at('www/big')}; }
      location /dead-upstream { proxy_pass http://127.0.0.1:1; }
      location /private { auth_basic portal; auth_basic_user_file ${at('users')}; alias ${at('www/index.html')}; }
      location = /compressed.txt { gzip on; gzip_types text/plain; gzip_min_length 1; default_type text/plain; alias ${at('www/text')}; }`;
    writeFileSync(at('users'), 'holter:{PLAIN}right\n');
    writeFileSync(at('www/text'), 'x'.repeat(4000));
    const secure = (listen: number, name: string, more = '') =>
      `server { listen 127.0.0.1:${listen} ssl http2; ssl_certificate ${at(`${name}.pem`)}; ssl_certificate_key ${at(`${name}.key`)}; ${more} ${pages} }`;
    return `daemon off; master_process off; pid ${at('nginx.pid')}; error_log stderr crit; events { worker_connections 64; }
    http {
      access_log ${at('access.log')} combined; types { text/html html; application/json json; } default_type text/html;
      client_body_temp_path ${at('t1')}; proxy_temp_path ${at('t2')}; fastcgi_temp_path ${at('t3')}; uwsgi_temp_path ${at('t4')}; scgi_temp_path ${at('t5')};
      server { listen 127.0.0.1:${port.plain}; ${pages} }
      ${secure(port.secure, 'good')}
      ${secure(port.expired, 'expired')}
      ${secure(port.other, 'other')}
      ${secure(port.mutual, 'good', `ssl_client_certificate ${at('client.pem')}; ssl_verify_client on;`)}
    }`;
  }
});

/** One command to haproxy's own socket. */
function command(line: string): Promise<void> {
  return new Promise((settle, reject) => {
    const socket = connect(at('haproxy.sock'), () => socket.end(`${line}\n`));
    socket.on('error', reject);
    socket.on('close', () => settle());
    socket.resume();
  });
}

describeWithPeers(['haproxy'], 'against haproxy', () => {
  let haproxy: RunningPeer;
  let upstreamPort = 0;
  const upstream = createServer((_request, response) => response.end('all is well'));
  const port = { tcp: 0, http: 0 };

  beforeAll(async () => {
    await new Promise<void>((settle) => upstream.listen(0, '127.0.0.1', settle));
    upstreamPort = (upstream.address() as AddressInfo).port;
    port.tcp = await freePort();
    port.http = await freePort();
    writeFileSync(at('modes.map'), 'tcp ok\nhttp ok\n');
    writeFileSync(at('haproxy.cfg'), configuration());
    haproxy = await startPeer({ program: 'haproxy', args: ['-db', '-f', at('haproxy.cfg')], port: port.http });
  });
  afterAll(async () => {
    await haproxy.stop();
    upstream.closeAllConnections();
    await new Promise((settle) => upstream.close(settle));
  });

  describe.each([
    ['tcp', 'ok', 'ok'],
    ['tcp', 'reject', 'reset'],
    ['tcp', 'silent', 'timeout'],
    ['http', 'ok', 'ok'],
    ['http', '503', 'rejected'],
    ['http', 'html', 'content'],
    ['http', 'tarpit', 'timeout'],
    ['http', 'silent', 'timeout'],
  ] as const)('its %s front in mode %s', (front, mode, wanted) => {
    test(`is ${wanted}`, async () => {
      await command(`set map ${at('modes.map')} ${front} ${mode}`);
      const { result } = await probe(`http://127.0.0.1:${port[front]}/`, { expect: { contains: ['all is well'] } }, 700);
      expect(result.outcome === 'ok' ? 'ok' : result.reason).toBe(wanted);
      await command(`set map ${at('modes.map')} ${front} ok`);
    });
  });

  test('a pool without members says 503, and is well again with them', async () => {
    await command('disable server http_out/s1');
    expect((await probe(`http://127.0.0.1:${port.http}/`)).said).toMatch(/^rejected: HTTP 503/);
    await command('enable server http_out/s1');
    expect((await probe(`http://127.0.0.1:${port.http}/`)).said).toBe('ok');
  });

  test('a front that fails for a third shows as a rate, since nothing is retried', async () => {
    await command(`set map ${at('modes.map')} http flaky`);
    const outcomes = await Promise.all(Array.from({ length: 200 }, async () => (await probe(`http://127.0.0.1:${port.http}/`)).said));
    await command(`set map ${at('modes.map')} http ok`);
    const failures = outcomes.filter((said) => said.startsWith('rejected: HTTP 503')).length;
    expect(failures + outcomes.filter((said) => said === 'ok').length).toBe(200);
    // 30 % of 200 with a standard deviation of 6.5: six of them to either side.
    expect(failures).toBeGreaterThan(20);
    expect(failures).toBeLessThan(100);
  });

  function configuration(): string {
    const map = (key: string, mode: string) => `{ str(${key}),map(${at('modes.map')},ok) -m str ${mode} }`;
    return `global
  stats socket ${at('haproxy.sock')} mode 600 level admin
defaults
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend tcp_in
  mode tcp
  bind 127.0.0.1:${port.tcp}
  tcp-request connection reject if ${map('tcp', 'reject')}
  tcp-request inspect-delay 2s
  tcp-request content silent-drop if ${map('tcp', 'silent')} { req.len gt 0 }
  tcp-request content accept if !${map('tcp', 'silent')}
  default_backend tcp_out
backend tcp_out
  mode tcp
  server s1 127.0.0.1:${upstreamPort}
frontend http_in
  mode http
  bind 127.0.0.1:${port.http}
  timeout tarpit 3s
  http-request silent-drop if ${map('http', 'silent')}
  http-request return status 503 content-type text/plain string "made to fail" if ${map('http', '503')}
  http-request return status 200 content-type text/html string "Please log in" if ${map('http', 'html')}
  http-request return status 503 if ${map('http', 'flaky')} { rand(100) lt 30 }
  http-request tarpit deny_status 504 if ${map('http', 'tarpit')}
  default_backend http_out
backend http_out
  mode http
  server s1 127.0.0.1:${upstreamPort}
`;
  }
});
