// Words of iputils 20221126.
import { describe, expect, test } from 'vitest';
import { judge, readSummary } from './judge.ts';

const statistics = (received: number, times = '') =>
  `PING 127.0.0.1 (127.0.0.1) 56(84) bytes of data.\n\n--- 127.0.0.1 ping statistics ---\n3 packets transmitted, ${received} received, 0% packet loss, time 402ms\n${times}`;
const rtt = 'rtt min/avg/max/mdev = 0.020/0.031/0.044/0.009 ms\n';

test('counts and times', () => {
  expect(readSummary(statistics(3, rtt))).toEqual({ sent: 3, received: 3, rtt: 0.031 });
  expect(readSummary(statistics(0))).toEqual({ sent: 3, received: 0, rtt: undefined });
  expect(readSummary('3 packets transmitted, 2 received, +1 errors, 33% packet loss, time 1ms')).toMatchObject({ received: 2 });
  expect(readSummary('PING')).toBeUndefined();
  expect(readSummary(statistics(3, rtt.replace('0.031', '0.0.31'))), 'no number').toMatchObject({ rtt: undefined });
  expect(readSummary(`${'9'.repeat(400)} packets transmitted, 1 received`)).toBeUndefined();
});

const said = (stdout: string, stderr = '', status = 0, most = 0.99) => {
  const found = judge({ status, stdout, stderr }, most);
  if (typeof found === 'string') return `own: ${found}`;
  return found === undefined ? 'ok' : `${found.reason}: ${found.message}`;
};

describe('a verdict', () => {
  test.each([
    ['all answered', said(statistics(3, rtt)), 'ok'],
    ['one answered', said(statistics(1, rtt)), 'ok'],
    ['one answered where two must be', said(statistics(1, rtt), '', 0, 0.5), 'content: only 1 of 3 echoes were answered'],
    ['none', said(statistics(0), '', 1), 'timeout: none of 3 echoes was answered'],
    ['no such name', said('', 'ping: x.invalid: Name or service not known', 2), 'dns: the name was not resolved'],
    ['no resolver', said('', 'ping: x: Temporary failure in name resolution', 2), 'dns: the name was not resolved'],
    ['no route', said('', 'ping: connect: Network is unreachable', 2), 'unreachable: there is no route to the host'],
    [
      'no right',
      said('', 'ping: socktype: SOCK_RAW\nping: socket: Operation not permitted', 2),
      'own: ping has no right to send echoes: it needs cap_net_raw, or net.ipv4.ping_group_range',
    ],
    ['nothing', said('', '', 2), 'own: ping ended with status 2 and told nothing'],
  ])('%s', (_, found, expected) => {
    expect(found).toBe(expected);
  });
});
