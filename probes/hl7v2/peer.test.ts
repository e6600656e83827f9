// Against HL7 servers that we did not write: python3-hl7's MLLP server, switched by a file, and Medplum's.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { hl7v2 } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;

const python = `
import asyncio, sys
from hl7.mllp import start_hl7_server
port, mode = int(sys.argv[1]), sys.argv[2]
async def session(reader, writer):
    try:
        while not writer.is_closing():
            message = await reader.readmessage()
            how = open(mode).read().strip()
            if how == 'silent': continue
            if how == 'drop': break
            if how == 'garbage':
                writer.writeblock(b'hello'); await writer.drain(); continue
            if how == 'half':
                writer.write(b'\\x0bMSH|^~'); await writer.drain(); break
            ack = message.create_ack(how if how in ('AE', 'AR') else 'AA')
            if how == 'wrongid': ack.assign_field('OTHER', 'MSA', 1, 2)
            writer.writemessage(ack); await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError): pass
    finally: writer.close()
async def main():
    async with await start_hl7_server(session, '127.0.0.1', port, encoding='utf-8') as server:
        print('ready', flush=True)
        await server.serve_forever()
asyncio.run(main())
`;

describeWithPeers(['/usr/bin/python3'], 'hl7v2 against python3-hl7', () => {
  const folder = temporaryFolder('hl7v2-python');
  const mode = join(folder.path, 'mode');
  const behave = (how: string) => writeFileSync(mode, how);
  let port: number;
  let server: RunningPeer;
  const start = async () => {
    const program = join(folder.path, 'server.py');
    writeFileSync(program, python);
    return startPeer({ program: '/usr/bin/python3', args: [program, String(port), mode], says: /ready/ });
  };
  beforeAll(async () => {
    behave('AA');
    port = await freePort();
    server = await start();
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });
  const ask = (options: object = {}, ms = timeoutMs) => attempt(hl7v2, { address: `127.0.0.1:${port}`, ...options }, ms);

  test.each([[{}], [{ query: 'Q23' }], [{ message: 'clock' }], [{ message: 'handle', handle: 'ZZZ^Z01' }], [{ version: '2.3' }]])(
    'acknowledged: %o',
    async (options) => {
      behave('AA');
      const result = await ask(options);
      expect(summary(result)).toBe('ok');
      expect(result.facts).toMatchObject({ ack_code: 0 });
      expect(result.phases['processing']).toBeGreaterThan(0);
    },
  );

  test.each([
    ['AE', 'rejected: application error (AE)'],
    ['AR', 'rejected: message rejected (AR)'],
    ['wrongid', 'protocol: the acknowledgement is for another message'],
    ['garbage', 'protocol: the reply is framed as MLLP and is no HL7 message'],
    ['drop', 'reset: '],
    ['half', 'reset: '],
  ])('a server that says %s', async (how, expected) => {
    behave(how);
    expect(summary(await ask())).toContain(expected);
  });

  test('a rejection that is agreed on is well', async () => {
    behave('AR');
    expect(summary(await ask({ message: 'clock', accept: ['AA', 'AR'] }))).toBe('ok');
  });

  test('silence is a timeout; without an acknowledgement asked for it is well', async () => {
    behave('silent');
    expect(found(await ask({}, shortMs))).toBe('timeout');
    expect(found(await ask({ expect_ack: false }))).toBe('ok');
  });

  test('behind TLS', async () => {
    behave('AA');
    const life = { notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };
    const own = issueCertificate({ ...life, commonName: 'Engine', names: ['127.0.0.1'], authority: true });
    const front = createServer({ key: own.key, cert: own.certificate }, (socket) => {
      const back = connect(port, '127.0.0.1');
      socket.pipe(back).pipe(socket);
      for (const end of [socket, back]) end.on('error', () => [socket, back].forEach((each) => each.destroy()));
    });
    const tlsPort = await freePort();
    await new Promise<void>((ready) => front.listen(tlsPort, '127.0.0.1', ready));
    const address = `127.0.0.1:${tlsPort}`;
    const result = await attempt(hl7v2, { address, tls: { ca: own.certificate } }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(result.facts['certificate_expiry_seconds']).toBeGreaterThan(0);
    expect(found(await attempt(hl7v2, { address, tls: true }, timeoutMs))).toBe('certificate');
    expect(found(await attempt(hl7v2, { address: `127.0.0.1:${port}`, tls: true }, shortMs))).toBe('tls');
    await new Promise((gone) => front.close(gone));
  });

  test('frozen, then stopped', async () => {
    behave('AA');
    await server.freeze();
    expect(found(await ask({}, shortMs))).toBe('timeout');
    server.signal('SIGCONT');
    await server.stop();
    expect(found(await ask())).toBe('refused');
    server = await start();
    expect(found(await ask())).toBe('ok');
  });
});

describeWithPeers([process.execPath], 'hl7v2 against Medplum', () => {
  const folder = temporaryFolder('hl7v2-medplum');
  const peers: RunningPeer[] = [];
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    folder.remove();
  });
  const start = async (code: string, mode = '') => {
    const port = await freePort();
    const program = join(folder.path, `${code}${mode}.cjs`);
    const module = JSON.stringify(createRequire(import.meta.url).resolve('@medplum/hl7'));
    writeFileSync(
      program,
      `const { Hl7Server } = require(${module});
      new Hl7Server((c) => c.addEventListener('message', (e) => setTimeout(() => c.send(e.message.buildAck({ ackCode: '${code}' })), 50)))
        .start(${port}, undefined, ${mode === 'enhanced'});`,
    );
    peers.push(await startPeer({ program: process.execPath, args: [program], port }));
    return `127.0.0.1:${port}`;
  };

  test('well and ill, the original mode', async () => {
    expect(summary(await attempt(hl7v2, { address: await start('AA') }, timeoutMs))).toBe('ok');
    expect(summary(await attempt(hl7v2, { address: await start('AE') }, timeoutMs))).toBe('rejected: application error (AE)');
  });

  test('the enhanced mode: the commit comes first, and what the application says decides', async () => {
    const well = await start('AA', 'enhanced');
    expect(summary(await attempt(hl7v2, { address: well, mode: 'enhanced' }, timeoutMs))).toBe('ok');
    expect(summary(await attempt(hl7v2, { address: well, mode: 'commit' }, timeoutMs))).toBe('ok');
    const ill = await start('AR', 'enhanced');
    expect(summary(await attempt(hl7v2, { address: ill, mode: 'enhanced' }, timeoutMs))).toBe('rejected: message rejected (AR)');
    expect(summary(await attempt(hl7v2, { address: ill, mode: 'commit' }, timeoutMs))).toBe('ok');
  });
});
