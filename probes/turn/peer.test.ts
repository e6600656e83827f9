// Against a server that we did not write: coturn by UDP, TCP and TLS.
import { createSocket, type Socket } from 'node:dgram';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { stunRequest, successOf } from '#prober/stun-message.ts';
import { Secret } from '#schema/secret.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { eventually, listening } from '../../tests/support/far-ends/listen.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { turn } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1200;
const day = 86_400_000;
const own = issueCertificate({
  notBefore: Date.now() - day,
  notAfter: Date.now() + day,
  commonName: 'Turn',
  names: ['127.0.0.1'],
  authority: true,
});
const account = (password = 'of-the-probe') => ({ username: 'holter', password: new Secret(password) });
const tls = { ca: own.certificate };

interface Server extends RunningPeer {
  readonly plain: string;
  readonly secured: string;
  readonly log: () => string;
}

describeWithPeers(['turnserver'], 'turn against coturn', () => {
  const folder = temporaryFolder('turn-coturn');
  const at = (name: string) => join(folder.path, name);
  const running: Server[] = [];
  beforeAll(() => {
    writeFileSync(at('cert.pem'), own.certificate);
    writeFileSync(at('key.pem'), own.key);
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((server) => server.stop()));
  });
  afterAll(() => folder.remove());

  const start = async (...settings: readonly string[]): Promise<Server> => {
    const [plain, secured] = [await freePort(), await freePort()];
    const lines = [
      'listening-ip=127.0.0.1',
      'relay-ip=127.0.0.1',
      `listening-port=${plain}`,
      `tls-listening-port=${secured}`,
      `cert=${at('cert.pem')}`,
      `pkey=${at('key.pem')}`,
      'realm=holter.test',
      'fingerprint',
      'no-cli',
      'no-multicast-peers',
      'verbose',
      'log-file=stdout',
      `pidfile=${at('pid')}`,
      `userdb=${at(`db-${plain}`)}`,
      ...settings,
    ];
    writeFileSync(at(`${plain}.conf`), `${lines.join('\n')}\n`);
    const peer = await startPeer({ program: 'turnserver', args: ['-c', at(`${plain}.conf`)], port: plain, says: /Total General servers/ });
    const server = { ...peer, plain: `127.0.0.1:${plain}`, secured: `127.0.0.1:${secured}`, log: () => peer.output() };
    running.push(server);
    return server;
  };
  const startWithAccount = (...settings: readonly string[]) => start('lt-cred-mech', 'user=holter:of-the-probe', ...settings);

  test.each(['udp', 'tcp', 'tls'])('by %s an allocation is taken and given back', async (transport) => {
    const { plain, secured, log } = await startWithAccount();
    const result = await ask(transport === 'tls' ? { address: secured, transport, tls } : { address: plain, transport });
    expect(summary(result)).toBe('ok');
    expect(result.facts).toMatchObject({ lifetime_seconds: 600, released: 1 });
    expect(result.facts['retransmissions']).toBe(transport === 'udp' ? 0 : undefined);
    expect(result.notes).toMatchObject({ realm: 'holter.test', software: expect.stringContaining('Coturn') });
    expect(result.notes['relayed_address']).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(Object.keys(result.phases)).toEqual(expect.arrayContaining(['challenge', 'allocate', 'release']));
    await eventually(() => given(log()) === 1, 'coturn has deleted the allocation');
  });

  // Coturn deletes an allocation about a second after it was given back, and counts it until then.
  test.each(['udp', 'tcp', 'tls'])('by %s five probes in a row find a quota of one allocation free', async (transport) => {
    const { plain, secured, log } = await startWithAccount('user-quota=1');
    for (const time of [1, 2, 3, 4, 5]) {
      const result = await ask(transport === 'tls' ? { address: secured, transport, tls } : { address: plain, transport });
      expect(`${time}: ${summary(result)}`).toBe(`${time}: ok`);
      await eventually(() => given(log()) === time, 'coturn has deleted the allocation');
    }
    expect(taken(log())).toBe(5);
  });

  test('by credentials of a shared secret', async () => {
    const { plain, log } = await start('use-auth-secret', 'static-auth-secret=shared');
    const rest = { secret: new Secret('shared'), id: 'holter-1' };
    expect(summary(await ask({ address: plain, auth: undefined, rest }))).toBe('ok');
    expect(summary(await ask({ address: plain, auth: undefined, rest, transport: 'tcp' }))).toBe('ok');
    await eventually(() => /username=<\d{10}:holter-1>/.test(log()), 'coturn has named us');
    const other = { secret: new Secret('another') };
    expect(summary(await ask({ address: plain, auth: undefined, rest: other }))).toBe(wrong);
    expect(summary(await ask({ address: plain }))).toBe(wrong);
  });

  test('a wrong password, and a certificate that is not trusted', async () => {
    const { plain, secured, log } = await startWithAccount();
    expect(summary(await ask({ address: plain, auth: account('another') }))).toBe(wrong);
    expect(found(await ask({ address: secured, transport: 'tls' }))).toBe('certificate');
    expect(taken(log())).toBe(0);
  });

  test('a release that is lost is told, and its allocation uses up the quota of the next probe', async () => {
    const { plain, log } = await startWithAccount('user-quota=1');
    const way = await startWay(plain, { toServer: (message) => methodOf(message) !== stunRequest.refresh });
    const result = await ask({ address: way.address }, shortMs);
    expect(summary(result)).toBe('timeout: connected, but no answer in time');
    expect(result.facts).toMatchObject({ lifetime_seconds: 600, released: 0 });
    expect(summary(await ask({ address: plain }))).toBe('rejected: allocate: busy: the quota of allocations is reached (486)');
    await eventually(() => taken(log()) === 1, 'coturn has said that it made the allocation');
    expect(given(log())).toBe(0);
    await way.close();
  });

  test('an allocation whose answer is lost is given back by a last word at the deadline', async () => {
    const { plain, log } = await startWithAccount();
    const way = await startWay(plain, { toClient: (message) => methodOf(message) !== successOf(stunRequest.allocate) });
    const result = await ask({ address: way.address }, shortMs);
    expect(summary(result)).toBe('timeout: connected, but no answer in time');
    expect(result.facts['released']).toBe(0);
    await eventually(() => given(log()) === 1, 'coturn has deleted the allocation');
    expect(taken(log())).toBe(1);
    await way.close();
  });

  test('by TCP the end of the connection gives back an allocation whose answer is lost', async () => {
    const { plain, log } = await startWithAccount();
    const way = await startStreamWay(plain, (message) => methodOf(message) !== successOf(stunRequest.allocate));
    const result = await ask({ address: way.address, transport: 'tcp' }, shortMs);
    expect(summary(result)).toBe('timeout: the answer began and was not complete in time');
    await eventually(() => given(log()) === 1, 'coturn has deleted the allocation');
    await way.close();
  });

  test('an allocation whose answer was changed on the way is not believed, and given back', async () => {
    const { plain, log } = await startWithAccount();
    const way = await startWay(plain, { toClient: changed });
    const result = await ask({ address: way.address });
    expect(summary(result)).toBe('protocol: allocate: the signature of the answer is wrong');
    expect(result.facts['released']).toBe(1);
    await eventually(() => given(log()) === 1, 'coturn has deleted the allocation');
    await way.close();
  });

  test('a nonce that has grown old on the way is renewed', async () => {
    const { plain, log } = await startWithAccount('stale-nonce=1');
    const way = await startWay(plain, { toServer: losesThree() });
    const result = await ask({ address: way.address });
    expect(summary(result)).toBe('ok');
    expect(result.facts).toMatchObject({ released: 1, retransmissions: 3 });
    await eventually(() => log().includes('error 438: '), 'coturn has said that it is stale');
    await way.close();
  });

  test('a server that relays for anybody is told, and its allocation given back', async () => {
    const { plain, log } = await start('no-auth');
    const result = await ask({ address: plain });
    expect(summary(result)).toBe('content: challenge: the server relays for anybody: it gave an allocation without asking who we are');
    expect(result.facts['released']).toBe(1);
    await eventually(() => given(log()) === 1, 'coturn has deleted the allocation');
  });

  test('frozen, then stopped', async () => {
    const server = await startWithAccount();
    await server.freeze();
    expect(found(await ask({ address: server.plain }, shortMs))).toBe('timeout');
    expect(found(await ask({ address: server.plain, transport: 'tcp' }, shortMs))).toBe('timeout');
    server.signal('SIGCONT');
    await server.stop();
    expect(found(await ask({ address: server.plain }))).toBe('refused');
    expect(found(await ask({ address: server.plain, transport: 'tcp' }))).toBe('refused');
  });
});

function ask(options: object, ms = timeoutMs) {
  return attempt(turn, { auth: account(), ...options }, ms);
}

const wrong = 'auth: allocate: wrong user name, password or shared secret, or clocks that differ (401)';

/** The type of a message of STUN. */
function methodOf(message: Buffer): number {
  return message.readUInt16BE(0);
}

/** Loses the first three signed Allocate requests: by the fourth, 3.5 s later, the nonce has grown old. */
function losesThree(): (message: Buffer) => boolean {
  let signed = 0;
  return (message) => {
    if (methodOf(message) !== stunRequest.allocate || message.length < 80) return true;
    signed += 1;
    return signed > 3;
  };
}

interface Manner {
  /** Whether a datagram goes on; it may be changed. */
  readonly toServer?: (message: Buffer) => boolean;
  readonly toClient?: (message: Buffer) => boolean;
}

/** A way by UDP to a server, which loses or changes datagrams; for one client. */
async function startWay(server: string, { toServer, toClient }: Manner): Promise<{ readonly address: string; close(): Promise<void> }> {
  const [near, far] = [createSocket('udp4'), createSocket('udp4')];
  let client = 0;
  near.on('message', (message, from) => {
    client = from.port;
    if (toServer?.(message) ?? true) far.send(message);
  });
  far.on('message', (message) => {
    if (toClient?.(message) ?? true) near.send(message, client, '127.0.0.1');
  });
  await new Promise<void>((settle) => near.bind(0, '127.0.0.1', settle));
  await new Promise<void>((settle) => far.connect(Number(server.split(':')[1]), '127.0.0.1', () => settle()));
  return { address: `127.0.0.1:${near.address().port}`, close: async () => void (await Promise.all([closed(near), closed(far)])) };
}

/** The same by TCP: an answer comes in one piece on loopback. */
async function startStreamWay(server: string, toClient: (message: Buffer) => boolean) {
  const way = createServer((near) => {
    const far = connect(Number(server.split(':')[1]), '127.0.0.1');
    near.pipe(far);
    far.on('data', (message: Buffer) => void (toClient(message) && near.write(message)));
    near.on('close', () => far.destroy()).on('error', () => far.destroy());
    far.on('close', () => near.destroy()).on('error', () => near.destroy());
  });
  const port = await listening(way, 0);
  return { address: `127.0.0.1:${port}`, close: () => new Promise<void>((settle) => way.close(() => settle())) };
}

function closed(socket: Socket): Promise<void> {
  return new Promise((settle) => socket.close(() => settle()));
}

/** Changes a byte of an allocation's first attribute, and makes a fingerprint that fits again: only the signature tells. */
function changed(message: Buffer): boolean {
  if (methodOf(message) === successOf(stunRequest.allocate)) {
    message.writeUInt8(message.readUInt8(27) ^ 1, 27);
    message.writeUInt32BE((crc32(message.subarray(0, -8)) ^ 0x5354554e) >>> 0, message.length - 4);
  }
  return true;
}

/** Allocations in the log of coturn: made, and deleted. */
function taken(log: string): number {
  return [...log.matchAll(/: new, realm=/g)].length;
}

function given(log: string): number {
  return [...log.matchAll(/: delete: realm/g)].length;
}
