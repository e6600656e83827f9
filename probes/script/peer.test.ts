// Against a network of another make behind nginx, which does TLS, client certificates and refusals.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { Secret } from '#schema/secret.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { type PrescribingNetwork, prescribingNetwork } from '../../tests/support/peers/prescribing-network.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { script } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;

const message = {
  transaction: 'get_message',
  test_mailbox: true,
  consent: 'a test of our own',
  to: 'NETWORK',
  from: 'HOLTER-TEST',
};

describeWithPeers(['nginx', '/usr/bin/python3'], 'script against a network in Python behind nginx', () => {
  const folder = temporaryFolder('script');
  const at = (name: string) => join(folder.path, name);
  const ports = { back: 0, secure: 0, mutual: 0, expired: 0 };
  const life = { notBefore: Date.now() - 3 * 86_400_000, names: ['127.0.0.1'] };
  const root = issueCertificate({ ...life, commonName: 'Network root', notAfter: Date.now() + 86_400_000, authority: true });
  const good = issueCertificate({ ...life, commonName: 'Network', notAfter: Date.now() + 86_400_000, issuer: root });
  const old = issueCertificate({ ...life, commonName: 'Network', notAfter: Date.now() - 86_400_000, issuer: root });
  const client = issueCertificate({ ...life, commonName: 'Holter', notAfter: Date.now() + 86_400_000, issuer: root });
  const tls = { ca: root.certificate };
  const own = { ...tls, cert: client.certificate, key: new Secret(client.key) };
  const url = (server: keyof typeof ports, path = '/script') => `https://127.0.0.1:${ports[server]}${path}`;
  let nginx: RunningPeer;
  let far: PrescribingNetwork;
  let network: RunningPeer;

  beforeAll(async () => {
    for (const name of Object.keys(ports) as (keyof typeof ports)[]) ports[name] = await freePort();
    writeFileSync(at('root.pem'), root.certificate);
    for (const [name, made] of Object.entries({ good, old })) {
      writeFileSync(at(`${name}.pem`), made.certificate);
      writeFileSync(at(`${name}.key`), made.key);
    }
    writeFileSync(at('nginx.conf'), configuration());
    far = prescribingNetwork(folder.path, ports.back);
    network = await far.start();
    nginx = await startPeer({ program: 'nginx', args: ['-c', at('nginx.conf'), '-e', 'stderr'], port: ports.expired });
  });
  afterAll(async () => {
    await Promise.all([nginx, network].map((peer) => peer.stop()));
    folder.remove();
  });

  function configuration(): string {
    const server = (port: number, certificate: string, more = '') =>
      `server { listen 127.0.0.1:${port} ssl; ssl_certificate ${at(`${certificate}.pem`)}; ssl_certificate_key ${at(`${certificate}.key`)}; ${more}
        location /script { proxy_pass http://127.0.0.1:${ports.back}; } location /busy { return 503; } location /no { return 403; }
        location /moved { return 302 /login; } location /refuses { return 405; } }`;
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `${name}_temp_path ${at(name)};`).join(' ');
    return `daemon off; master_process off; pid ${at('pid')}; error_log stderr crit; events { worker_connections 64; }
      http { access_log off; ${temporary} ${server(ports.secure, 'good')} ${server(ports.expired, 'old')}
        ${server(ports.mutual, 'good', `ssl_client_certificate ${at('root.pem')}; ssl_verify_client on;`)} }`;
  }

  const ask = (how: string, options: object = {}, ms = timeoutMs) => {
    far.behave(how);
    return attempt(script, { url: url('secure'), tls, ...message, ...options }, ms);
  };

  test('it reads our envelope, and we read its answer: the mailbox is empty', async () => {
    const secrets = { username_token: { username: 'partner & co', password: new Secret('<"secret">') } };
    const result = await ask('status', secrets);
    expect(summary(result), network.output()).toBe('ok');
    expect(result.notes['reply']).toBe('status 000');
    expect(result.facts).toMatchObject({ status_code: 200 });
    expect(result.facts['certificate_expiry_seconds']).toBeGreaterThan(0);
    expect(far.heard()).toMatchObject({
      version: '20170715',
      body: '<GetMessage />',
      parts: 1,
      To: 'NETWORK',
      'To@Qualifier': 'M',
      From: 'HOLTER-TEST',
      'From@Qualifier': 'C',
      MessageID: expect.stringMatching(/^H[0-9a-f]{32}$/),
      SentTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      Username: 'partner & co',
      Password: '<"secret">',
      'Password@Type': 'PasswordDigest',
      SenderSoftwareDeveloper: 'Holter',
      SenderSoftwareProduct: 'Holter',
      'content-type': 'application/xml; charset=utf-8',
      authorization: null,
    });
    expect(far.heard()).not.toHaveProperty('RelatesToMessageID');
  });

  test.each([
    ['status', '<Status><Code>000</Code></Status>'],
    ['verify', '<Verify><VerifyStatus><Code>010</Code></VerifyStatus></Verify>'],
  ])('a %s between test identities, with the version of 2028 and HTTP Basic', async (transaction, body) => {
    const basic = { username: 'holter', password: new Secret('right') };
    const asked = { transaction, test_mailbox: false, relates_to: 'CERT-1', version: '2023011', content_type: 'text/xml' };
    const result = await ask(transaction, { ...asked, basic });
    expect(summary(result), network.output()).toBe('ok');
    expect(far.heard()).toMatchObject({
      version: '2023011',
      body,
      RelatesToMessageID: 'CERT-1',
      'content-type': 'text/xml; charset=utf-8',
      authorization: `Basic ${Buffer.from('holter:right').toString('base64')}`,
    });
  });

  test.each([
    ['wrapped', 'ok'],
    ['mail', 'content: patient data where none may be: 1 message came back, and nothing of it is kept'],
    ['error', 'rejected: the network rejected our message: error 900, description 4010'],
    ['unread', 'rejected: the network rejected our message: error 900, description 4010; it relates to no message: could ours be read?'],
    ['foreign', 'protocol: the reply does not relate to our message (RelatesToMessageID)'],
    ['page', 'protocol: the answer is XML and no SCRIPT message'],
  ])('a network that says %s', async (how, expected) => {
    expect(summary(await ask(how)), network.output()).toBe(expected);
  });

  test('an error that is agreed on is well', async () => {
    expect(summary(await ask('error', { expect: ['900:4010'] }))).toBe('ok');
    expect(found(await ask('error', { expect: ['900:4011'] }))).toBe('rejected');
  });

  const reach = (path: string, options: object = {}) => attempt(script, { url: url('secure', path), tls, ...options }, timeoutMs);

  test('an empty request is refused: by the network, by nginx, and otherwise than agreed', async () => {
    expect(summary(await reach('/script'))).toBe('ok');
    expect(summary(await reach('/refuses'))).toBe('ok');
    expect(summary(await reach('/busy'))).toContain('rejected: reach: HTTP status 503');
    expect(summary(await reach('/no'))).toContain('auth: reach: HTTP status 403');
    expect(summary(await reach('/no', { expect_status: [403] }))).toBe('ok');
    expect(summary(await reach('/moved'))).toContain('content: reach: HTTP status 302');
  });

  test('a client certificate: ours, none, and an expired one of theirs', async () => {
    expect(summary(await ask('status', { url: url('mutual'), tls: own }))).toBe('ok');
    // nginx says 400 to who has none, which must not pass for the refusal of an empty request.
    const refused = 'the server refused or missed our client certificate';
    expect(summary(await ask('status', { url: url('mutual') }))).toBe(`auth: get_message: ${refused}`);
    expect(summary(await attempt(script, { url: url('mutual'), tls }, timeoutMs))).toBe(`auth: reach: ${refused}`);
    const stranger = issueCertificate({ ...life, commonName: 'Stranger', notAfter: Date.now() + 86_400_000 });
    const foreign = { ...tls, cert: stranger.certificate, key: new Secret(stranger.key) };
    expect(summary(await attempt(script, { url: url('mutual'), tls: foreign }, timeoutMs))).toBe(`auth: reach: ${refused}`);
    expect(summary(await attempt(script, { url: url('mutual'), tls: own }, timeoutMs))).toBe('ok');
    expect(summary(await ask('status', { url: url('expired') }))).toContain('certificate: ');
    expect(found(await ask('status', { tls: undefined }))).toBe('certificate');
  });

  test('silent, the network stopped behind nginx, nginx stopped', async () => {
    expect(found(await ask('silent', {}, shortMs))).toBe('timeout');
    await network.stop();
    expect(summary(await ask('status'))).toContain('rejected: get_message: HTTP status 502');
    network = await far.start();
    expect(found(await ask('status'))).toBe('ok');
    await nginx.freeze();
    expect(found(await ask('status', {}, shortMs))).toBe('tls');
    await nginx.stop();
    expect(found(await ask('status'))).toBe('refused');
  });
});
