// Against servers that we did not write: nginx and haproxy, the latter with faults switched at run time.
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { attempt, found, type RawOptions } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { tcp } from './probe.ts';

const timeoutMs = 8000;
const dayMs = 86_400_000;
const request = 'GET / HTTP/1.0\r\nHost: localhost\r\n\r\n';

const life = { notBefore: Date.now() - 30 * dayMs, notAfter: Date.now() + 30 * dayMs };
const root = issueCertificate({ ...life, commonName: 'Root', authority: true });
const good = issueCertificate({ ...life, commonName: 'Good', names: ['127.0.0.1'], issuer: root });
const old = issueCertificate({ ...life, notAfter: Date.now() - dayMs, commonName: 'Old', names: ['127.0.0.1'], issuer: root });

describeWithPeers(['nginx'], 'tcp against nginx', () => {
  const folder = temporaryFolder('tcp-nginx');
  const at = (name: string) => join(folder.path, name);
  let ports: readonly [plain: number, tls: number, expired: number];
  let server: RunningPeer;
  beforeAll(async () => {
    ports = [await freePort(), await freePort(), await freePort()];
    for (const [name, made] of [
      ['good', good],
      ['old', old],
    ] as const) {
      writeFileSync(at(`${name}.pem`), made.certificate);
      writeFileSync(at(`${name}.key`), made.key);
    }
    const secure = (name: string) => `ssl_certificate ${at(`${name}.pem`)}; ssl_certificate_key ${at(`${name}.key`)};`;
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${at(name)};`).join(' ');
    writeFileSync(
      at('nginx.conf'),
      `daemon off; master_process off; pid ${at('pid')}; error_log stderr crit; events { worker_connections 64; }
      http { access_log off; ${temporary}
        server { listen 127.0.0.1:${ports[0]}; location / { return 200 well; } location /closed { return 444; } }
        server { listen 127.0.0.1:${ports[1]} ssl; ${secure('good')} location / { return 200 well; } }
        server { listen 127.0.0.1:${ports[2]} ssl; ${secure('old')} location / { return 200 well; } } }`,
    );
    server = await startPeer({ program: 'nginx', args: ['-c', at('nginx.conf'), '-e', 'stderr'], port: ports[0] });
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  test('a bare connect is well', async () => {
    const result = await attempt(tcp, { address: `127.0.0.1:${ports[0]}` }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(result.notes['remote_address']).toBe('127.0.0.1');
  });

  test.each([
    ['the status line', { expect_line: '^HTTP/1\\.1 200 OK$' }, 'ok'],
    ['anything in the answer', { expect: '(?s)Server: nginx.*well$' }, 'ok'],
    ['the beginning', { expect_exact: 'HTTP/1.1 200' }, 'ok'],
    ['its bytes', { expect_hex: '48 54 54 50' }, 'ok'],
    ['another line', { expect_line: '^HTTP/1\\.1 204' }, 'content'],
    ['another beginning', { expect_exact: 'SSH-2.0' }, 'content'],
    ['what is not in the answer, which ends', { expect: 'ill' }, 'content'],
  ])('after a request: %s', async (_, expectation, verdict) => {
    const result = await attempt(tcp, { address: `127.0.0.1:${ports[0]}`, send: request, ...expectation }, timeoutMs);
    expect(found(result)).toBe(verdict);
    expect(result.facts['failed_due_to_regex']).toBe(verdict === 'ok' ? 0 : 1);
  });

  test('a server that closes without an answer is a reset', async () => {
    const closed = { send: request.replace('/ ', '/closed '), expect: 'HTTP' };
    expect(found(await attempt(tcp, { address: `127.0.0.1:${ports[0]}`, ...closed }, timeoutMs))).toBe('reset');
  });

  test('by TLS, with the end of the certificate as a fact', async () => {
    const talk = { send: request, expect_line: '200' };
    const result = await attempt(tcp, { address: `127.0.0.1:${ports[1]}`, tls: { ca: root.certificate }, ...talk }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(Math.round((result.facts['certificate_expiry_seconds'] ?? 0) / 86_400)).toBe(30);
  });

  test.each([
    ['an expired certificate', () => ports[2], { ca: root.certificate }, 'certificate'],
    ['an authority that is not known', () => ports[1], true, 'certificate'],
    ['a port that does not speak TLS', () => ports[0], true, 'tls'],
  ])('%s', async (_, port, tls, reason) => {
    expect(found(await attempt(tcp, { address: `127.0.0.1:${port()}`, tls }, timeoutMs))).toBe(reason);
  });
});

describeWithPeers(['haproxy'], 'tcp against haproxy', () => {
  const folder = temporaryFolder('tcp-haproxy');
  const at = (name: string) => join(folder.path, name);
  let port: number;
  let server: RunningPeer;
  beforeAll(async () => {
    port = await freePort();
    const back = await freePort();
    writeFileSync(at('modes.map'), 'tcp ok\n');
    const mode = (name: string) => `{ str(tcp),map(${at('modes.map')},ok) -m str ${name} }`;
    writeFileSync(
      at('haproxy.cfg'),
      `global
  stats socket ${at('socket')} mode 600 level admin
defaults
  timeout connect 2s
  timeout client 30s
  timeout server 30s
frontend in
  mode tcp
  bind 127.0.0.1:${port}
  tcp-request connection reject if ${mode('reject')}
  tcp-request inspect-delay 10s
  tcp-request content silent-drop if ${mode('silent')} { req.len gt 0 }
  tcp-request content accept
  default_backend out
backend out
  mode tcp
  server s1 127.0.0.1:${back}
frontend behind
  mode http
  bind 127.0.0.1:${back}
  http-request return status 200 content-type text/plain string well
`,
    );
    server = await startPeer({ program: 'haproxy', args: ['-db', '-f', at('haproxy.cfg')], port });
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  const talk = (more: RawOptions = {}, deadline = timeoutMs) =>
    attempt(tcp, { address: `127.0.0.1:${port}`, send: request, expect_line: '^HTTP/1\\.[01] 200', ...more }, deadline);

  test('faults that are switched while it runs are found, and gone when they are gone', async () => {
    expect(summary(await talk())).toBe('ok');
    await tell(at('socket'), `set map ${at('modes.map')} tcp reject`);
    expect(['reset', 'refused']).toContain(found(await talk()));
    await tell(at('socket'), `set map ${at('modes.map')} tcp silent`);
    expect(found(await talk({}, 500))).toBe('timeout');
    await tell(at('socket'), `set map ${at('modes.map')} tcp ok`);
    expect(summary(await talk())).toBe('ok');
  });

  test('a balancer without members is a reset, though a bare connect is well', async () => {
    await tell(at('socket'), 'disable server out/s1');
    expect(found(await talk())).toBe('reset');
    expect(found(await attempt(tcp, { address: `127.0.0.1:${port}` }, timeoutMs))).toBe('ok');
    await tell(at('socket'), 'enable server out/s1');
    await expect.poll(async () => found(await talk()), { timeout: 10_000, interval: 50 }).toBe('ok');
  });
});

/** One command to haproxy's control socket. */
function tell(socket: string, command: string): Promise<void> {
  return new Promise((settle, reject) => {
    const control = connect(socket, () => control.end(`${command}\n`));
    control.once('error', reject);
    control.once('close', () => settle());
    control.resume();
  });
}
