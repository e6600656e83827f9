// What is said, in which order and to whom, against a directory that follows a script.
import { afterEach, expect, test } from 'vitest';
import { type Listener, listenOnLoopback } from '#prober/listener.ts';
import { Secret } from '#schema/secret.ts';
import { attempt } from '../../tests/support/far-ends/attempt.ts';
import { eventually } from '../../tests/support/far-ends/listen.ts';
import { summary } from '../../tests/support/probing.ts';
import { BerReader, integer, tlv } from './ber.ts';
import { ldap } from './probe.ts';
import { encodeMessage, messageLength, tags } from './wire.ts';

const timeoutMs = 10_000;
const result = (tag: number, code: number, ...more: readonly Buffer[]) => tlv(tag, integer(code, 0x0a), tlv(4), tlv(4), ...more);
const done = result(tags.searchResultDone, 0);
const root = (attributes: Readonly<Record<string, string>>) => {
  const list = Object.entries(attributes).map(([name, value]) => tlv(0x30, tlv(4, name), tlv(0x31, tlv(4, value))));
  return tlv(tags.searchResultEntry, tlv(4), tlv(0x30, ...list));
};

const open: Listener[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((listener) => listener.close()));
});

/** Answers the first request with the first list, and so on, each list in one piece; what it heard, as tags of operations. */
async function scripted(...replies: readonly (readonly Buffer[])[]) {
  const heard: number[] = [];
  const listener = await listenOnLoopback((socket) => {
    let waiting = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.once('end', () => socket.end());
    socket.on('data', (chunk: Buffer) => {
      waiting = Buffer.concat([waiting, chunk]);
      for (let length = messageLength(waiting) ?? 0; length > 0 && length <= waiting.length; length = messageLength(waiting) ?? 0) {
        const message = new BerReader(new BerReader(waiting.subarray(0, length)).take(0x30));
        waiting = waiting.subarray(length);
        const id = message.number();
        heard.push(message.next()?.tag ?? 0);
        const reply = replies[heard.length - 1] ?? [];
        if (reply.length > 0) socket.write(Buffer.concat(reply.map((operation) => encodeMessage(id, operation))));
      }
    });
  });
  open.push(listener);
  return { address: `127.0.0.1:${listener.port}`, heard };
}

test('what the root DSE says is noted', async () => {
  const { address } = await scripted([
    root({ DNSHostName: 'dc1.example.org', vendorName: 'Example', vendorVersion: '4', currentTime: '20200101000000.0Z' }),
    done,
  ]);
  const answer = await attempt(ldap, { address, security: 'none' }, timeoutMs);
  expect(summary(answer)).toBe('ok');
  expect(answer.notes).toMatchObject({ dns_host_name: 'dc1.example.org', vendor: 'Example 4' });
  expect(answer.facts).toMatchObject({ entries: 1 });
  expect(answer.facts['clock_offset_seconds']).toBeGreaterThan(86_400);
});

test.each([
  ['it is well', [root({}), done], 'ok'],
  ['it is busy', [result(tags.searchResultDone, 51)], 'rejected: rootdse: the server is busy (51)'],
  ['there is nothing', [done], 'content: rootdse: the server does not show its root DSE'],
  ['it sends too much', [root({}), root({})], 'content: rootdse: more entries than the one that was asked for'],
  ['it answers something else', [result(tags.bindResponse, 0)], 'protocol: rootdse: the answer is to something else'],
])('the session ends by an unbind when %s', async (_, replies, expected) => {
  const { address, heard } = await scripted(replies);
  expect(summary(await attempt(ldap, { address, security: 'none' }, timeoutMs))).toBe(expected);
  await eventually(() => heard.length === 2, 'the unbind arrives');
  expect(heard).toEqual([tags.searchRequest, tags.unbindRequest]);
});

test('references to other servers are noted, and do not stand for the entry', async () => {
  const reference = tlv(tags.searchResultReference, tlv(4, 'ldap://dc2.example.org/dc=example,dc=org'));
  const { address } = await scripted([done], [reference, reference, done]);
  const search = { base: 'dc=example,dc=org', scope: 'one', filter: { attribute: 'cn', equals: 'holter' } };
  const answer = await attempt(ldap, { address, security: 'none', search }, timeoutMs);
  expect(summary(answer)).toContain('content: search: no entry');
  expect(answer.notes).toMatchObject({ referral: 'dc2.example.org' });
  expect(answer.facts).toMatchObject({ entries: 0 });
});

test.each([
  ['does not have it', [result(tags.extendedResponse, 2)], 'content: starttls: StartTLS is not offered (2)'],
  ['has no certificate', [result(tags.extendedResponse, 52)], 'rejected: starttls: StartTLS is not possible at present'],
  ['answers something else', [done], 'protocol: starttls: the answer is to something else'],
  // Said in plain, it must not count as said under TLS.
  [
    'goes on in plain',
    [result(tags.extendedResponse, 0), result(tags.bindResponse, 0)],
    'protocol: the far end went on in plain where TLS was to begin',
  ],
])('no password is sent when StartTLS is asked for and the server %s', async (_, replies, expected) => {
  const { address, heard } = await scripted(replies);
  const bind = { dn: 'cn=holter', password: new Secret('never in plain') };
  expect(summary(await attempt(ldap, { address, bind }, timeoutMs))).toContain(expected);
  await eventually(() => heard.length === 2, 'the unbind arrives');
  expect(heard).toEqual([tags.extendedRequest, tags.unbindRequest]);
});

test('StartTLS that is followed by no TLS', async () => {
  const { address, heard } = await scripted([result(tags.extendedResponse, 0)]);
  const bind = { dn: 'cn=holter', password: new Secret('never in plain') };
  expect(summary(await attempt(ldap, { address, bind }, 2000))).toMatch(/^tls: /);
  expect(heard).toEqual([tags.extendedRequest]);
});
