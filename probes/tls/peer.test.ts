// Against TLS servers that we did not write, with certificates that OpenSSL made: nginx, haproxy, openssl s_server.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ProbeResult } from '#model/result.ts';
import { Secret } from '#schema/secret.ts';
import { attempt, type RawOptions } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, peer, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { tls } from './probe.ts';

const timeoutMs = 8000;
const daySeconds = 86_400;

/** Certificates in a folder, made by OpenSSL under another clock where they must be old. */
class Workshop {
  readonly folder = temporaryFolder('tls');

  path(name: string): string {
    return join(this.folder.path, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  /** A certificate `name.pem` with `name.key`, `days` long from `start` (faketime's notation), signed by `issuer` or itself. */
  make(name: string, { days, start = '+0', issuer, san, authority = false }: Recipe): void {
    const extensions = [
      `basicConstraints=critical,CA:${authority ? 'TRUE' : 'FALSE'}`,
      ...(san === undefined ? [] : [`subjectAltName=${san}`]),
    ];
    writeFileSync(this.path(`${name}.ext`), extensions.join('\n'));
    const request = [
      'req',
      '-new',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      this.path(`${name}.key`),
      '-out',
      this.path(`${name}.csr`),
    ];
    execFileSync(peer('openssl') ?? '', request, { stdio: 'ignore' });
    const signer =
      issuer === undefined
        ? ['-signkey', this.path(`${name}.key`)]
        : ['-CA', this.path(`${issuer}.pem`), '-CAkey', this.path(`${issuer}.key`), '-CAcreateserial'];
    const signing = [
      'x509',
      '-req',
      '-in',
      this.path(`${name}.csr`),
      '-days',
      String(days),
      '-extfile',
      this.path(`${name}.ext`),
      ...signer,
      '-out',
      this.path(`${name}.pem`),
    ];
    execFileSync(peer('faketime') ?? '', ['-f', start, peer('openssl') ?? '', ...signing], { stdio: 'ignore' });
  }

  /** `name.chain.pem`: the leaf, then what it was signed by. */
  chain(name: string, issuer: string): string {
    writeFileSync(this.path(`${name}.chain.pem`), this.read(`${name}.pem`) + this.read(`${issuer}.pem`));
    return this.path(`${name}.chain.pem`);
  }
}

interface Recipe {
  readonly days: number;
  readonly start?: string;
  readonly issuer?: string;
  readonly san?: string;
  readonly authority?: boolean;
}

const here = 'IP:127.0.0.1,DNS:localhost';

function makeAll(): Workshop {
  const shop = new Workshop();
  shop.make('root', { days: 3650, authority: true });
  shop.make('middle', { days: 1000, issuer: 'root', authority: true });
  shop.make('oldmiddle', { days: 10, start: '-30d', issuer: 'root', authority: true });
  shop.make('good', { days: 90, issuer: 'middle', san: here });
  shop.make('soon', { days: 10, start: '-5d', issuer: 'middle', san: here });
  shop.make('expired', { days: 1, start: '-3d', issuer: 'middle', san: here });
  shop.make('undermiddle', { days: 90, issuer: 'oldmiddle', san: here });
  shop.make('other', { days: 90, issuer: 'middle', san: 'DNS:other.example.org' });
  shop.make('self', { days: 90, san: here });
  shop.make('client', { days: 30, issuer: 'root' });
  for (const name of ['good', 'soon', 'expired', 'other']) shop.chain(name, 'middle');
  shop.chain('undermiddle', 'oldmiddle');
  return shop;
}

describeWithPeers(['nginx', 'openssl', 'faketime'], 'tls against nginx', () => {
  let shop: Workshop;
  let server: RunningPeer;
  const ports = new Map<string, number>();
  const sites: Readonly<Record<string, string>> = {
    good: 'good.chain',
    soon: 'soon.chain',
    expired: 'expired.chain',
    expired_intermediate: 'undermiddle.chain',
    missing_intermediate: 'good',
    other_name: 'other.chain',
    self_signed: 'self',
  };
  beforeAll(async () => {
    shop = makeAll();
    for (const site of Object.keys(sites)) ports.set(site, await freePort());
    const servers = Object.entries(sites).map(([site, file]) => {
      const key = shop.path(`${file.replace('.chain', '')}.key`);
      return `server { listen 127.0.0.1:${ports.get(site)} ssl; ssl_certificate ${shop.path(`${file}.pem`)}; ssl_certificate_key ${key}; location / { return 200; } }`;
    });
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${shop.path(name)};`).join(' ');
    writeFileSync(
      shop.path('nginx.conf'),
      `daemon off; master_process off; pid ${shop.path('pid')}; error_log stderr crit; events { worker_connections 64; }\nhttp { access_log off; ssl_protocols TLSv1.2 TLSv1.3; ${temporary} ${servers.join('\n')} }\n`,
    );
    server = await startPeer({ program: 'nginx', args: ['-c', shop.path('nginx.conf'), '-e', 'stderr'], port: ports.get('good') ?? 0 });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    shop.folder.remove();
  });

  const look = (site: string, options: RawOptions = {}) =>
    attempt(tls, { address: `127.0.0.1:${ports.get(site)}`, ca: shop.read('root.pem'), ...options }, timeoutMs);

  test('a good chain is well, and every certificate in it is known', async () => {
    const result = await look('good');
    expect(summary(result)).toBe('ok');
    expect(result.facts).toMatchObject({ certificates_count: 2, certificate_trusted: 1, tls_version: 1.3 });
    expect(wholeDays(result, 'leaf_certificate_expiry_seconds')).toBe(90);
    expect(wholeDays(result, 'intermediate_certificate_expiry_seconds')).toBe(1000);
    expect(result.facts['certificate_renewal_ratio']).toBeGreaterThan(4);
  });

  test('a certificate that ends soon is well, with a fact below its bound', async () => {
    const result = await look('soon');
    expect(summary(result)).toBe('ok');
    expect(wholeDays(result, 'certificate_expiry_seconds')).toBe(5);
    // Ten days long: renewal is due in the last third.
    expect(result.facts['certificate_renewal_ratio']).toBeCloseTo(1.5, 1);
  });

  test.each([
    ['expired', /^certificate: the certificate expired 2 d ago$|^certificate: the certificate expired 4\d h ago$/],
    ['expired_intermediate', /^certificate: intermediate certificate 1 expired 20 d ago$/],
    ['missing_intermediate', /^certificate: .*intermediate/],
    ['other_name', /^certificate: the certificate is not for 127\.0\.0\.1/],
    ['self_signed', /^certificate: the certificate is self-signed/],
  ])('%s is refused, and its dates are known', async (site, message) => {
    const result = await look(site);
    expect(summary(result)).toMatch(message);
    expect(result.facts).toHaveProperty('certificate_expiry_seconds');
    expect(result.facts['certificate_trusted']).toBe(0);
  });

  test('without trust only dates and fingerprints are judged', async () => {
    const plain = { insecure: true, ca: undefined };
    const known = await look('self_signed', plain);
    expect(summary(known)).toBe('ok');
    const fingerprints = [known.notes['certificate'] ?? ''];
    expect(summary(await look('self_signed', { ...plain, fingerprints }))).toBe('ok');
    expect(summary(await look('other_name', { ...plain, fingerprints }))).toMatch(/^certificate: .*fingerprints/);
    expect(summary(await look('expired', plain))).toMatch(/^certificate: .*expired/);
  });

  test('the name that is asked for is the one that counts', async () => {
    expect(summary(await look('other_name', { servername: 'other.example.org' }))).toBe('ok');
    expect(summary(await look('good', { servername: 'ehr.example.org' }))).toMatch(/^certificate: .*ehr\.example\.org/);
  });

  test('an older version can be asked for, and the agreed one is a fact', async () => {
    const result = await look('good', { max_version: 'TLSv1.2' });
    expect(summary(result)).toBe('ok');
    expect(result.facts['tls_version']).toBe(1.2);
  });
});

describeWithPeers(['haproxy', 'openssl', 'faketime'], 'tls against haproxy that wants client certificates', () => {
  let shop: Workshop;
  let server: RunningPeer;
  let modern: number;
  let older: number;
  beforeAll(async () => {
    shop = makeAll();
    [modern, older] = [await freePort(), await freePort()];
    writeFileSync(shop.path('both.pem'), shop.read('good.chain.pem') + shop.read('good.key'));
    const bind = (port: number, more: string) =>
      `bind 127.0.0.1:${port} ssl crt ${shop.path('both.pem')} ca-file ${shop.path('root.pem')} verify required ${more}`;
    writeFileSync(
      shop.path('haproxy.cfg'),
      `defaults\n  mode tcp\n  timeout connect 2s\n  timeout client 10s\n  timeout server 10s\nfrontend in\n  ${bind(modern, '')}\n  ${bind(older, 'ssl-max-ver TLSv1.2')}\n  tcp-request content reject\n`,
    );
    server = await startPeer({ program: 'haproxy', args: ['-db', '-f', shop.path('haproxy.cfg')], port: modern });
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    shop.folder.remove();
  });

  test.each([
    ['TLS 1.3', () => modern],
    ['TLS 1.2', () => older],
  ])('under %s a missing certificate is auth', async (_, port) => {
    const result = await attempt(tls, { address: `127.0.0.1:${port()}`, ca: shop.read('root.pem') }, timeoutMs);
    expect(summary(result)).toBe('auth: the server refused or missed our client certificate');
  });

  test('a certificate of an authority that it does not know is auth', async () => {
    const own = { cert: shop.read('self.pem'), key: new Secret(shop.read('self.key')) };
    const result = await attempt(tls, { address: `127.0.0.1:${modern}`, ca: shop.read('root.pem'), ...own }, timeoutMs);
    expect(summary(result)).toMatch(/^auth: /);
  });

  test.each([
    ['TLS 1.3', () => modern],
    ['TLS 1.2', () => older],
  ])('under %s the right one is well, and its end is watched', async (_, port) => {
    const own = { cert: shop.read('client.pem'), key: new Secret(shop.read('client.key')) };
    const result = await attempt(tls, { address: `127.0.0.1:${port()}`, ca: shop.read('root.pem'), ...own }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(wholeDays(result, 'client_certificate_expiry_seconds')).toBe(30);
  });
});

describeWithPeers(['openssl', 'faketime'], 'tls against openssl s_server', () => {
  let shop: Workshop;
  beforeAll(() => {
    shop = makeAll();
  }, 60_000);
  afterAll(() => shop.folder.remove());

  test.each([
    ['speaks TLS 1.1 only', ['-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'], {}, /^tls: no common TLS version or cipher$/],
    ['speaks TLS 1.1 only, which is allowed here', ['-tls1_1', '-cipher', 'DEFAULT@SECLEVEL=0'], { min_version: 'TLSv1' }, /^ok$/],
    ['speaks TLS 1.2 only', ['-tls1_2'], {}, /^ok$/],
    ['speaks TLS 1.3 only, and 1.2 is asked for', ['-tls1_3'], { max_version: 'TLSv1.2' }, /^tls: no common TLS version or cipher$/],
    ['requires a certificate under TLS 1.3', ['-Verify', '2', '-verify_return_error'], {}, /^auth: /],
    ['requires a certificate under TLS 1.2', ['-Verify', '2', '-verify_return_error', '-tls1_2'], {}, /^auth: /],
    ['asks for a certificate and lives without', ['-verify', '2'], {}, /^ok$/],
    ['offers no protocol that is asked for', ['-alpn', 'imap'], { alpn: ['h2'] }, /^tls: no common application protocol/],
    ['knows no application protocols', [], { alpn: ['h2'] }, /^tls: the server took none/],
  ])('one that %s', async (_, args, options, verdict) => {
    const port = await freePort();
    const files = [
      '-cert',
      shop.path('good.pem'),
      '-key',
      shop.path('good.key'),
      '-cert_chain',
      shop.path('middle.pem'),
      '-CAfile',
      shop.path('root.pem'),
    ];
    const server = await startPeer({
      program: 'openssl',
      args: ['s_server', '-rev', '-accept', `127.0.0.1:${port}`, ...files, ...args],
      says: /ACCEPT/,
    });
    const result = await attempt(tls, { address: `127.0.0.1:${port}`, ca: shop.read('root.pem'), ...options }, timeoutMs);
    await server.stop();
    expect(summary(result)).toMatch(verdict);
  });
});

/** Whole days of a fact in seconds, to the nearest. */
function wholeDays(result: ProbeResult, fact: string): number {
  return Math.round((result.facts[fact] ?? Number.NaN) / daySeconds);
}
