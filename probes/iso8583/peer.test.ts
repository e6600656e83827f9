// Against a codec that we did not write: no host of payments can be installed, so the npm package iso_8583 packs and unpacks on the far side.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { type PaymentHost, paymentHost } from '../../tests/support/peers/payment-host.ts';
import { describeWithPeers, freePort, type RunningPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { iso8583 } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;

describeWithPeers([process.execPath], 'iso8583 against the codec iso_8583', () => {
  const folder = temporaryFolder('iso8583-codec');
  let port: number;
  let host: PaymentHost;
  let server: RunningPeer;
  beforeAll(async () => {
    port = await freePort();
    host = paymentHost(folder.path, port);
    server = await host.start();
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });
  const ask = (options: object = {}, ms = timeoutMs) =>
    attempt(iso8583, { address: `127.0.0.1:${port}`, consent: 'a test of our own', ...options }, ms);

  test('it reads our echo, and we read its reply', async () => {
    host.behave('well');
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
    host.behave(how);
    expect(summary(await ask())).toContain(expected);
  });

  test('silent, frozen, stopped', async () => {
    host.behave('silent');
    expect(found(await ask({}, shortMs))).toBe('timeout');
    host.behave('well');
    await server.freeze();
    expect(found(await ask({}, shortMs))).toBe('timeout');
    server.signal('SIGCONT');
    await server.stop();
    expect(found(await ask())).toBe('refused');
    server = await host.start();
    expect(found(await ask())).toBe('ok');
  });
});
