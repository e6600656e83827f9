// Against mail servers that we did not write: the npm package smtp-server in a process of its own, and Postfix.
import { writeFileSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { Secret } from '#schema/secret.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { postfixPrograms, startPasswords, startPostfix } from '../../tests/support/peers/postfix.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { smtp } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;
const day = 86_400_000;
const life = { commonName: 'Mail', names: ['127.0.0.1'], notBefore: Date.now() - 30 * day };
const root = issueCertificate({ ...life, commonName: 'Root', notAfter: Date.now() + 30 * day, authority: true });
const good = issueCertificate({ ...life, notAfter: Date.now() + 30 * day, issuer: root });
const old = issueCertificate({ ...life, notAfter: Date.now() - day, issuer: root });
const tls = { ca: root.certificate };
const login = (password: string) => ({ username: 'holter', password: new Secret(password) });

describeWithPeers([process.execPath], 'smtp against smtp-server', () => {
  const folder = temporaryFolder('smtp-server');
  const peers: RunningPeer[] = [];
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    folder.remove();
  });
  const start = async (settings: object, hooks = '', certificate = good) => {
    const port = await freePort();
    const file = join(folder.path, `${port}.mjs`);
    writeFileSync(
      file,
      `import { SMTPServer } from ${JSON.stringify(import.meta.resolve('smtp-server'))};
      const server = new SMTPServer({ key: ${JSON.stringify(certificate.key)}, cert: ${JSON.stringify(certificate.certificate)}, logger: false,
        onAuth: (auth, session, done) => auth.password === 'right' ? done(null, { user: 1 }) : done(new Error('no')),
        ...${JSON.stringify(settings)}, ${hooks} });
      server.on('error', () => {});
      server.listen(${port}, '127.0.0.1');`,
    );
    const peer = await startPeer({ program: process.execPath, args: [file], port });
    peers.push(peer);
    return { address: `127.0.0.1:${port}`, peer };
  };

  test('STARTTLS, its certificate, and a log-in', async () => {
    const { address } = await start({ authOptional: true });
    const result = await attempt(smtp, { address, tls }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(result.facts).toMatchObject({ starttls_offered: 1 });
    expect(result.facts['certificate_expiry_seconds']).toBeGreaterThan(0);
    expect(Object.keys(result.phases)).toEqual(expect.arrayContaining(['connect', 'banner', 'ehlo', 'tls']));
    expect(summary(await attempt(smtp, { address, tls, auth: login('right') }, timeoutMs))).toBe('ok');
    expect(summary(await attempt(smtp, { address, tls, auth: login('wrong') }, timeoutMs))).toContain(
      'auth: auth: the user name or password was refused',
    );
    expect(found(await attempt(smtp, { address }, timeoutMs))).toBe('certificate');
    expect(summary(await attempt(smtp, { address, security: 'none' }, timeoutMs))).toBe('ok');
  });

  test('AUTH LOGIN alone', async () => {
    const { address } = await start({ authMethods: ['LOGIN'] });
    expect(summary(await attempt(smtp, { address, tls, auth: login('right') }, timeoutMs))).toBe('ok');
    expect(found(await attempt(smtp, { address, tls, auth: login('wrong') }, timeoutMs))).toBe('auth');
  });

  test('TLS from the start', async () => {
    const { address } = await start({ secure: true, authOptional: true });
    expect(summary(await attempt(smtp, { address, security: 'tls', tls }, timeoutMs))).toBe('ok');
    expect(['timeout', 'reset', 'protocol']).toContain(found(await attempt(smtp, { address, security: 'none' }, shortMs)));
  });

  test('ill: no STARTTLS, an expired certificate, turned away', async () => {
    const plain = await start({ disabledCommands: ['STARTTLS'], authOptional: true });
    expect(summary(await attempt(smtp, { address: plain.address, tls }, timeoutMs))).toBe('content: ehlo: STARTTLS is not offered');
    expect(summary(await attempt(smtp, { address: plain.address, security: 'opportunistic' }, timeoutMs))).toBe('ok');
    const expired = await start({ authOptional: true }, '', old);
    expect(found(await attempt(smtp, { address: expired.address, tls }, timeoutMs))).toBe('certificate');
    const busy = await start({}, `onConnect: (session, done) => done(Object.assign(new Error('busy'), { responseCode: 421 }))`);
    expect(summary(await attempt(smtp, { address: busy.address, tls }, timeoutMs))).toContain(
      'rejected: banner: alive, and turning us away for now (421)',
    );
  });

  test('frozen, then stopped', async () => {
    const { address, peer } = await start({ authOptional: true });
    await peer.freeze();
    expect(found(await attempt(smtp, { address, tls }, shortMs))).toBe('timeout');
    peer.signal('SIGCONT');
    await peer.stop();
    expect(found(await attempt(smtp, { address, tls }, timeoutMs))).toBe('refused');
  });
});

/** Its own check, a script, takes seconds on a busy machine. */
const patience = { timeout: 60_000 };

describeWithPeers(postfixPrograms, 'smtp against Postfix', () => {
  const folder = temporaryFolder('postfix');
  const peers: RunningPeer[] = [];
  const servers: Server[] = [];
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    for (const server of servers) server.close();
    folder.remove();
  });
  const write = (name: string, text: string) => {
    writeFileSync(join(folder.path, name), text);
    return join(folder.path, name);
  };
  const filesOf = (name: string, { certificate, key }: typeof good) => ({
    cert: write(`${name}.pem`, certificate),
    key: write(`${name}.key`, key),
  });
  const start = async (settings: Parameters<typeof startPostfix>[1]) => {
    const { port, peer } = await startPostfix(folder.path, settings);
    peers.push(peer);
    return { address: `127.0.0.1:${port}`, port, peer };
  };

  test('STARTTLS with its certificate; AUTH is not offered', patience, async () => {
    const { address } = await start({ tls: filesOf('good', good) });
    const result = await attempt(smtp, { address, tls }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(result.facts).toMatchObject({ starttls_offered: 1 });
    expect(found(await attempt(smtp, { address }, timeoutMs))).toBe('certificate');
    expect(summary(await attempt(smtp, { address, tls, auth: login('right') }, timeoutMs))).toContain('content: ehlo: ');
  });

  test('AUTH is offered under TLS alone: the right password, and a wrong one', patience, async () => {
    servers.push(await startPasswords(join(folder.path, 'passwords'), 'holter', 'right'));
    const { address } = await start({ tls: filesOf('auth', good), auth: join(folder.path, 'passwords') });
    expect(summary(await attempt(smtp, { address, tls, auth: login('right') }, timeoutMs))).toBe('ok');
    expect(summary(await attempt(smtp, { address, tls, auth: login('wrong') }, timeoutMs))).toContain(
      'auth: auth: the user name or password was refused (535)',
    );
  });

  test('an expired certificate', patience, async () => {
    const expired = await start({ tls: filesOf('old', old) });
    expect(summary(await attempt(smtp, { address: expired.address, tls }, timeoutMs))).toMatch(/^certificate: .*expired/);
  });

  test('more connections than one client may have: alive, and turning us away', patience, async () => {
    const { address, port } = await start({ main: ['smtpd_client_connection_count_limit = 1'] });
    const held = connect(port, '127.0.0.1').on('error', () => {});
    await new Promise((greeted) => held.once('data', greeted));
    const result = await attempt(smtp, { address, security: 'none' }, timeoutMs);
    held.destroy();
    expect(summary(result)).toContain('rejected: banner: alive, and turning us away for now (421)');
  });

  test('it lets clients wait before it greets: well within a patient deadline', patience, async () => {
    const { address } = await start({ postscreen: true, main: ['postscreen_greet_wait = 3s', 'postscreen_access_list ='] });
    expect(found(await attempt(smtp, { address, security: 'none' }, shortMs))).toBe('timeout');
    expect(summary(await attempt(smtp, { address, security: 'none' }, timeoutMs))).toBe('ok');
  });

  test('no STARTTLS, then frozen, then stopped', patience, async () => {
    const { address, peer } = await start({});
    expect(summary(await attempt(smtp, { address, tls }, timeoutMs))).toBe('content: ehlo: STARTTLS is not offered');
    expect(summary(await attempt(smtp, { address, security: 'none' }, timeoutMs))).toBe('ok');
    await peer.freeze();
    expect(found(await attempt(smtp, { address, security: 'none' }, shortMs))).toBe('timeout');
    peer.signal('SIGCONT');
    await peer.stop();
    expect(found(await attempt(smtp, { address, security: 'none' }, timeoutMs))).toBe('refused');
  });
});
