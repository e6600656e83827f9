// Against a codec that we did not write: no host of payments can be installed, so the npm package iso_8583 packs and unpacks on the far side.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { iso8583 } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;

const program = (codec: string, port: number, mode: string) => `
const net = require('node:net'), fs = require('node:fs'), Iso = require(${codec});
const mode = () => fs.readFileSync(${JSON.stringify(mode)}, 'utf8').trim();
net.createServer((socket) => {
  let heard = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    heard = Buffer.concat([heard, chunk]);
    while (heard.length >= 2 && heard.length >= 2 + heard.readUInt16BE(0)) {
      const frame = heard.subarray(0, 2 + heard.readUInt16BE(0));
      heard = heard.subarray(frame.length);
      const question = new Iso().getIsoJSON(frame), how = mode();
      if (how === 'silent') continue;
      if (how === 'drop') { socket.destroy(); return; }
      if (how === 'garbage') { socket.write('\\x00\\x03zzz'); continue; }
      const answer = { 0: question[0].slice(0, 2) + '10', 7: question[7], 11: how === 'badstan' ? '999999' : question[11], 39: /^\\d\\d$/.test(how) ? how : '00', 70: question[70] };
      if (question[41]) answer[41] = question[41];
      socket.write(new Iso(answer).getBufferMessage());
    }
  });
}).listen(${port}, '127.0.0.1');
`;

describeWithPeers([process.execPath], 'iso8583 against the codec iso_8583', () => {
  const folder = temporaryFolder('iso8583-codec');
  const mode = join(folder.path, 'mode');
  const behave = (how: string) => writeFileSync(mode, how);
  let port: number;
  let server: RunningPeer;
  const start = () => startPeer({ program: process.execPath, args: [join(folder.path, 'host.cjs')], port });
  beforeAll(async () => {
    behave('well');
    port = await freePort();
    writeFileSync(join(folder.path, 'host.cjs'), program(JSON.stringify(createRequire(import.meta.url).resolve('iso_8583')), port, mode));
    server = await start();
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });
  const ask = (options: object = {}, ms = timeoutMs) =>
    attempt(iso8583, { address: `127.0.0.1:${port}`, consent: 'a test of our own', ...options }, ms);

  test('it reads our echo, and we read its reply', async () => {
    behave('well');
    const result = await ask({ fields: { 41: 'TERM0001' } });
    expect(summary(result)).toBe('ok');
    expect(result.notes['response_code']).toBe('00');
  });

  test.each([
    ['91', 'rejected: the host answered with response code 91: the switch or issuer is inoperative'],
    ['96', 'rejected: the host answered with response code 96: system malfunction'],
    ['badstan', 'protocol: the reply does not repeat field 11'],
    ['garbage', 'protocol: '],
    ['drop', 'reset: '],
  ])('a host that says %s', async (how, expected) => {
    behave(how);
    expect(summary(await ask())).toContain(expected);
  });

  test('silent, frozen, stopped', async () => {
    behave('silent');
    expect(found(await ask({}, shortMs))).toBe('timeout');
    behave('well');
    await server.freeze();
    expect(found(await ask({}, shortMs))).toBe('timeout');
    server.signal('SIGCONT');
    await server.stop();
    expect(found(await ask())).toBe('refused');
    server = await start();
    expect(found(await ask())).toBe('ok');
  });
});
