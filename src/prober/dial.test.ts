import { createSocket, type Socket as DatagramSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer as createTcpServer } from 'node:net';
import type { TlsOptions as ServerOptions } from 'node:tls';
import { afterEach, describe, expect, test } from 'vitest';
import { startFrozenListener } from '../../tests/support/far-ends/frozen.ts';
import { eventually, type HostileEnd } from '../../tests/support/far-ends/listen.ts';
import { type Behaviour, closeAtOnce, hang, resetAtOnce, say, startHostile } from '../../tests/support/far-ends/stream.ts';
import { type AttemptOptions, attemptRun, summary } from '../../tests/support/probing.ts';
import { type Dialed, type DialTarget, dial, leaveWith } from './dial.ts';
import { issueCertificate } from './issue.ts';
import { selfwatch } from './selfwatch.ts';

const dayMs = 86_400_000;
const now = Date.now();
const valid = { notBefore: now - dayMs, notAfter: now + 40 * dayMs };
const root = issueCertificate({ ...valid, notAfter: now + 10 * dayMs, commonName: 'root', authority: true });
const between = issueCertificate({ ...valid, notAfter: now + 20 * dayMs, commonName: 'between', authority: true, issuer: root });
const leaf = issueCertificate({ ...valid, commonName: 'leaf', names: ['127.0.0.1', 'portal.example.org'], issuer: between });
const chain = { cert: leaf.certificate + between.certificate, key: leaf.key };
const trust = { ca: root.certificate, caMode: 'replace' } as const;

const far: HostileEnd[] = [];
afterEach(async () => {
  await Promise.all(far.splice(0).map((end) => end.close()));
});

async function start(behaviour: Behaviour, tls?: ServerOptions): Promise<number> {
  const end = await startHostile(behaviour, tls === undefined ? {} : { tls });
  far.push(end);
  return end.port;
}

/** The question with flags and, for an A question, one record of 127.0.0.1. */
function dnsReply(question: Buffer, rcode: number, addresses: number): Buffer {
  const end = question.indexOf(0, 12) + 5;
  const head = Buffer.from(question.subarray(0, end));
  head.writeUInt16BE(0x8180 | rcode, 2);
  head.writeUInt16BE(addresses, 6);
  head.writeUInt32BE(0, 8);
  const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
  return Buffer.concat([head, ...Array.from({ length: addresses }, () => record)]);
}

/** Dials and hands back what came of it; nothing is open afterwards. */
async function tryDial(target: Partial<DialTarget>, options: AttemptOptions = {}) {
  let dialed: Dialed | undefined;
  const result = await attemptRun(async (context) => {
    dialed = await dial({ host: '127.0.0.1', port: 1, ...target }, context);
  }, options);
  await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
  return { result, said: summary(result), dialed };
}

describe('resolve', () => {
  test('an address is not resolved: the phase is absent', async () => {
    const { result } = await tryDial({ port: await start(hang) });
    expect(Object.keys(result.phases)).toEqual(['connect']);
    expect(result.notes).toEqual({ remote_address: '127.0.0.1' });
  });

  test('a name is resolved and the one address noted', async () => {
    const { result } = await tryDial({ host: 'localhost', family: 4, port: await start(hang) });
    expect(Object.keys(result.phases)).toEqual(['resolve', 'connect']);
    expect(result.notes).toEqual({ remote_address: '127.0.0.1' });
  });

  test('a name that cannot exist is dns', async () => {
    const { said } = await tryDial({ host: `${'a'.repeat(64)}.invalid` });
    expect(said).toBe('dns: the name does not exist or has no address');
  });

  test('an address of the other family is dns', async () => {
    expect((await tryDial({ family: 6 })).said).toBe('dns: the address is not of family 6');
  });

  test('a lookup of the system that outlives its attempt is left behind and counted', async () => {
    const before = selfwatch.abandonedLookups;
    const stop = new AbortController();
    const attempt = tryDial({ host: 'localhost' }, { stop: stop.signal });
    stop.abort();
    expect((await attempt).said).toBe('internal: stopped');
    expect(selfwatch.abandonedLookups).toBe(before + 1);
    await eventually(() => selfwatch.openLookups === 0, 'the lookup ends');
  });

  describe('by named servers', () => {
    const servers: DatagramSocket[] = [];
    afterEach(() => {
      for (const server of servers.splice(0)) server.close();
    });

    /** A name server whose answers are made of the question. */
    async function nameServer(answer: (question: Buffer) => Buffer | undefined): Promise<string> {
      const server = createSocket('udp4');
      servers.push(server);
      server.on('message', (question, from) => {
        const reply = answer(question);
        if (reply !== undefined) server.send(reply, from.port, from.address);
      });
      server.bind(0, '127.0.0.1');
      await once(server, 'listening');
      return `127.0.0.1:${server.address().port}`;
    }

    test('they are asked, and not the system', async () => {
      const server = await nameServer((question) => dnsReply(question, 0, 1));
      const { said, result } = await tryDial({ host: 'no-such.example.org', resolver: [server], port: await start(hang) });
      expect(said).toBe('ok');
      expect(Object.keys(result.phases)).toEqual(['resolve', 'connect']);
    });

    test.each([
      ['SERVFAIL', 2, 'dns: the resolver says that the zone is ill (SERVFAIL)'],
      ['NXDOMAIN', 3, 'dns: the name does not exist or has no address'],
      ['REFUSED', 5, 'dns: the resolver refuses to answer (REFUSED)'],
    ])('%s is dns', async (_, rcode, wanted) => {
      const server = await nameServer((question) => dnsReply(question, rcode, 0));
      expect((await tryDial({ host: 'no-such.example.org', resolver: [server] })).said).toBe(wanted);
    });

    test('no address of any family is dns', async () => {
      const server = await nameServer((question) => dnsReply(question, 0, 0));
      expect((await tryDial({ host: 'no-such.example.org', resolver: [server] })).said).toMatch(/^dns: the name has no address/);
    });

    test('a silent server is dns at the deadline', async () => {
      const server = await nameServer(() => undefined);
      const { said } = await tryDial({ host: 'no-such.example.org', resolver: [server] }, { timeoutMs: 50 });
      expect(said).toBe('dns: the name was not resolved in time');
    });
  });
});

describe('connect', () => {
  test('a port without a listener is refused', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    server.close();
    await once(server, 'close');
    expect((await tryDial({ port })).said).toBe('refused: the connection was refused');
  });

  test('a listener that takes no more is connect_timeout at the deadline', async () => {
    const frozen = await startFrozenListener();
    expect((await tryDial({ port: frozen.port }, { timeoutMs: 100 })).said).toBe(
      'connect_timeout: the connection was not accepted in time',
    );
    await frozen.close();
  });

  test('each attempt has a connection of its own', async () => {
    const port = await start(hang);
    for (let time = 0; time < 3; time += 1) await tryDial({ port });
    expect(far[0]?.accepted()).toBe(3);
  });
});

describe('tls', () => {
  test('a trusted server is told with what it sent, and not with the root that it did not send', async () => {
    const { result, dialed } = await tryDial({ port: await start(hang, chain), tls: trust });
    expect(summary(result)).toBe('ok');
    expect(Object.keys(result.phases)).toEqual(['connect', 'tls']);
    expect(dialed?.tls?.protocol).toBe('TLSv1.3');
    expect(dialed?.tls?.certificates.map((certificate) => certificate.subject)).toEqual(['leaf', 'between']);
    expect(dialed?.tls?.earliestExpiry).toBeCloseTo(now + 20 * dayMs, -4);
    expect(result.notes['certificate']).toBe(dialed?.tls?.fingerprint);
  });

  test('no session is ever resumed', async () => {
    const reused: boolean[] = [];
    const port = await start((socket) => void socket.resume(), chain);
    for (let time = 0; time < 3; time += 1) {
      await attemptRun(async (context) => {
        const { socket } = await dial({ host: '127.0.0.1', port, tls: trust }, context);
        if ('isSessionReused' in socket && typeof socket.isSessionReused === 'function') reused.push(socket.isSessionReused());
      });
    }
    expect(reused).toEqual([false, false, false]);
  });

  const expired = issueCertificate({ ...valid, notAfter: now - 1000, commonName: 'expired', names: ['127.0.0.1'], issuer: root });
  const early = issueCertificate({ ...valid, notBefore: now + dayMs, commonName: 'early', names: ['127.0.0.1'], issuer: root });
  const other = issueCertificate({ ...valid, commonName: 'other', names: ['other.example.org'], issuer: root });
  const own = issueCertificate({ ...valid, commonName: 'own', names: ['127.0.0.1'] });
  const deadBetween = issueCertificate({ ...valid, notAfter: now - 1000, commonName: 'dead', authority: true, issuer: root });
  const below = issueCertificate({ ...valid, commonName: 'below', names: ['127.0.0.1'], issuer: deadBetween });

  test.each([
    ['expired', { cert: expired.certificate, key: expired.key }, /^certificate: the certificate has expired/],
    ['not yet valid', { cert: early.certificate, key: early.key }, /^certificate: the certificate is not valid yet/],
    ['of another name', { cert: other.certificate, key: other.key }, /^certificate: the certificate is for another name/],
    ['self-signed', { cert: own.certificate, key: own.key }, /^certificate: the certificate is self-signed/],
    ['without its intermediate', { cert: leaf.certificate, key: leaf.key }, /^certificate: .*intermediate/],
    [
      'below an expired intermediate',
      { cert: below.certificate + deadBetween.certificate, key: below.key },
      /^certificate: the certificate has expired/,
    ],
  ])('a certificate that is %s is refused, and its facts are told', async (_, server, wanted) => {
    let expiry: number | undefined;
    const port = await start(hang, server);
    const { said } = await tryDial({ port, tls: trust, onTls: (facts) => (expiry = facts.earliestExpiry) });
    expect(said).toMatch(wanted);
    expect(expiry).toBeTypeOf('number');
  });

  test('the name that is verified is the host, also for an address: never the word localhost', async () => {
    const localhost = issueCertificate({ ...valid, commonName: 'localhost', names: ['localhost'], issuer: root });
    const port = await start(hang, { cert: localhost.certificate, key: localhost.key });
    expect((await tryDial({ port, tls: trust })).said).toMatch(/^certificate: the certificate is for another name/);
  });

  test('servername is what is sent and verified', async () => {
    const port = await start(hang, chain);
    expect((await tryDial({ port, tls: { ...trust, servername: 'portal.example.org' } })).said).toBe('ok');
    expect((await tryDial({ port, tls: { ...trust, servername: 'else.example.org' } })).said).toMatch(/^certificate: .*another name/);
  });

  test('without verification the problem is told and the connection stands', async () => {
    const { said, dialed } = await tryDial({
      port: await start(hang, { cert: expired.certificate, key: expired.key }),
      tls: { ...trust, verify: false },
    });
    expect(said).toBe('ok');
    expect(dialed?.tls?.authorizationError).toBe('CERT_HAS_EXPIRED');
  });

  test('own authorities are added to those of the system, or trusted alone', async () => {
    const port = await start(hang, chain);
    expect((await tryDial({ port, tls: { ca: root.certificate } })).said).toBe('ok');
    expect((await tryDial({ port, tls: {} })).said).toMatch(/^certificate: /);
  });

  test('a server that is too old is tls', async () => {
    const port = await start(hang, { ...chain, maxVersion: 'TLSv1.2' });
    expect((await tryDial({ port, tls: { ...trust, minVersion: 'TLSv1.3' } })).said).toBe('tls: no common TLS version or cipher');
    expect((await tryDial({ port, tls: trust })).dialed?.tls?.protocol).toBe('TLSv1.2');
  });

  test('an old device is reached when the configuration lowers the bar', async () => {
    const port = await start(hang, { ...chain, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' });
    expect((await tryDial({ port, tls: trust })).said).toMatch(/^tls: no common/);
    expect((await tryDial({ port, tls: { ...trust, minVersion: 'TLSv1' } })).dialed?.tls?.protocol).toBe('TLSv1.1');
  });

  test('application protocols are negotiated', async () => {
    const port = await start(hang, { ...chain, ALPNProtocols: ['h2'] });
    expect((await tryDial({ port, tls: { ...trust, alpn: ['h2', 'http/1.1'] } })).dialed?.tls?.alpn).toBe('h2');
    expect((await tryDial({ port, tls: { ...trust, alpn: ['http/1.1'] } })).said).toBe('tls: no common application protocol (ALPN)');
  });

  test.each([
    ['closes', closeAtOnce, /^tls: the connection was closed inside the TLS handshake/],
    ['resets', resetAtOnce, /^reset: /],
    ['speaks plainly', say(Buffer.from('220 mail.example.org ESMTP\r\n')), /^tls: the port does not speak TLS/],
    ['sends noise', say(Buffer.alloc(5000, 0x16)), /^tls: /],
    ['breaks off in the handshake', say(Buffer.from('160303ffff', 'hex')), /^tls: /],
  ])('a port that %s is told', async (_, behaviour, wanted) => {
    expect((await tryDial({ port: await start(behaviour), tls: trust }, { timeoutMs: 300 })).said).toMatch(wanted);
  });

  test('a silent port is tls at the deadline', async () => {
    expect((await tryDial({ port: await start(hang), tls: trust }, { timeoutMs: 50 })).said).toMatch(
      /^tls: connected, but the TLS handshake/,
    );
  });

  test('a key or an authority that cannot be read is our own trouble, without its text', async () => {
    const port = await start(hang, chain);
    const { said } = await tryDial({ port, tls: { cert: 'nonsense', key: 'secret nonsense' } });
    expect(said).toMatch(/^internal: a key, certificate or TLS setting could not be used \(ERR_OSSL/);
    expect(said).not.toContain('nonsense');
  });
});

test('a hundred attempts at once against every kind of far end leave nothing open', async () => {
  const ports = await Promise.all([start(hang), start(closeAtOnce), start(resetAtOnce), start(hang, chain)]);
  const attempts = Array.from({ length: 100 }, (_, at) =>
    attemptRun(
      async (context) => {
        await dial({ host: '127.0.0.1', port: ports[at % 4] ?? 0, ...(at % 8 > 3 && { tls: trust }) }, context);
        await new Promise((_settle, reject) => context.signal.addEventListener('abort', reject));
      },
      { timeoutMs: 500 },
    ),
  );
  const results = await Promise.all(attempts);
  expect(results.every((result) => result.outcome === 'fail' && result.reason !== 'internal')).toBe(true);
  await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
});

describe('an attempt that is cut', () => {
  test.each([
    ['plain', undefined],
    ['behind TLS', chain],
  ])('says the farewell of its protocol before the connection is destroyed, %s', async (_, tls) => {
    const heard: Buffer[] = [];
    const listen: Behaviour = (socket) => void socket.on('data', (chunk: Buffer) => heard.push(chunk));
    const target = { host: '127.0.0.1', port: await start(listen, tls), ...(tls !== undefined && { tls: trust }) };
    const result = await attemptRun(
      async (context) => {
        leaveWith(await dial(target, context), Buffer.from('good-bye'));
        await new Promise((settle) => context.signal.addEventListener('abort', settle));
      },
      { timeoutMs: 400 },
    );
    expect(result).toMatchObject({ outcome: 'fail', reason: 'timeout' });
    await eventually(() => Buffer.concat(heard).toString() === 'good-bye', 'the farewell has arrived');
    await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
  });

  test('whose far end reads nothing is cut all the same', async () => {
    const target = { host: '127.0.0.1', port: await start((socket) => void socket.pause()) };
    const result = await attemptRun(
      async (context) => {
        const dialed = await dial(target, context);
        leaveWith(dialed, Buffer.from('good-bye'));
        dialed.socket.write(Buffer.alloc(16 * 1024 * 1024));
        await new Promise((settle) => context.signal.addEventListener('abort', settle));
      },
      { timeoutMs: 200 },
    );
    expect(result).toMatchObject({ outcome: 'fail', reason: 'timeout' });
    await eventually(() => selfwatch.openSockets === 0, 'no socket is open');
  });
});
