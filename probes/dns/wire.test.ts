import { type Answer, decode, encode, type Packet } from 'dns-packet';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { canonicalValue, DnsFormatError, decodeReply, encodeQuery, frame, isTruncated, type Query } from './wire.ts';

const query: Query = { id: 4711, name: 'Ehr.Example.org', type: 'A', recursion: true };

function reply(more: Packet & { readonly bits?: number } = {}, of: Query = query): Buffer {
  const { bits = 0, ...packet } = more;
  return encode({ type: 'response', id: of.id, flags: bits, questions: [{ type: of.type, name: of.name }], ...packet });
}

test('a question asks for one thing, offers EDNS with 1232 bytes and wants the name of the server', () => {
  const packet = decode(encodeQuery(query));
  expect(packet.questions).toEqual([{ name: 'Ehr.Example.org', type: 'A', class: 'IN' }]);
  expect(packet).toMatchObject({ id: 4711, flag_rd: true, flag_qr: false });
  expect(packet.additionals?.[0]).toMatchObject({ type: 'OPT', udpPayloadSize: 1232, options: [{ code: 3 }] });
  expect(decode(encodeQuery({ ...query, recursion: false })).flag_rd).toBe(false);
});

test('over TCP the length goes in front', () => {
  const message = encodeQuery(query);
  expect(frame(message).readUInt16BE()).toBe(message.length);
  expect(frame(message).subarray(2).equals(message)).toBe(true);
});

test('flags, counts and code are those of the header', () => {
  const parsed = decodeReply(reply({ bits: 0x0400 | 0x0080 | 0x0020 | 3 }), query);
  expect(parsed).toMatchObject({ rcode: 'NXDOMAIN', flags: { aa: true, ra: true, ad: true, tc: false }, answers: 0 });
});

test('an extended code is put together with the OPT record', () => {
  const opt = {
    type: 'OPT',
    name: '.',
    udpPayloadSize: 1232,
    extendedRcode: 1,
    ednsVersion: 0,
    flags: 0,
    flag_do: false,
    options: [],
  } as const;
  expect(decodeReply(reply({ additionals: [{ ...opt, options: [...opt.options] }] }), query).rcode).toBe('RCODE16');
});

test('aliases are followed in any order, and records of strangers are not taken', () => {
  const answers: Answer[] = [
    { type: 'A', name: 'three.example.org', ttl: 5, data: '192.0.2.3' },
    { type: 'CNAME', name: 'two.example.org', data: 'THREE.example.org' },
    { type: 'CNAME', name: 'ehr.example.org', data: 'two.example.org' },
    { type: 'A', name: 'evil.example.org', ttl: 5, data: '198.51.100.1' },
  ];
  const parsed = decodeReply(reply({ answers }), query);
  expect(parsed.records).toEqual([{ name: 'three.example.org', type: 'A', ttlSeconds: 5, value: '192.0.2.3' }]);
  expect(parsed.answers).toBe(4);
});

test('aliases in a circle end', () => {
  const answers: Answer[] = [
    { type: 'CNAME', name: 'ehr.example.org', data: 'two.example.org' },
    { type: 'CNAME', name: 'two.example.org', data: 'ehr.example.org' },
  ];
  expect(decodeReply(reply({ answers }), query).records).toEqual([]);
});

test.each([
  ['shorter than a header', Buffer.alloc(11)],
  ['another id', reply({ id: 4712 })],
  ['the question itself', encodeQuery(query)],
  ['another name', reply({ questions: [{ type: 'A', name: 'other.example.org' }] })],
  ['another type', reply({ questions: [{ type: 'AAAA', name: query.name }] })],
  ['no question in a success', reply({ questions: [] })],
  [
    'two questions',
    reply({
      questions: [
        { type: 'A', name: query.name },
        { type: 'A', name: query.name },
      ],
    }),
  ],
  ['more records than bytes', withCount(reply(), 0xffff)],
  ['a record that is cut', reply({ answers: [{ type: 'A', name: query.name, data: '192.0.2.1' }] }).subarray(0, -2)],
  ['another operation', Buffer.from(reply()).fill(0xa8, 2, 3)],
])('%s is no reply', (_, bytes) => {
  expect(() => decodeReply(bytes, query)).toThrow(DnsFormatError);
});

test('a refusal may leave the question out', () => {
  expect(decodeReply(reply({ bits: 1, questions: [] }), query).rcode).toBe('FORMERR');
});

test('a reply that was cut says so', () => {
  expect(isTruncated(reply({ bits: 0x0200 }), query)).toBe(true);
  expect(isTruncated(reply(), query)).toBe(false);
});

describe('whatever the bytes are', () => {
  test('a reply is decoded or refused, never another error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.nat(), fc.nat(255), (tail, at, byte) => {
        const bytes = Buffer.concat([reply({ answers: [{ type: 'TXT', name: query.name, data: 'x' }] }), tail]);
        bytes[2 + (at % (bytes.length - 2))] = byte;
        bytes[7] = tail.length % 20;
        return survives(bytes);
      }),
      { seed: 7, numRuns: 3000 },
    );
  });

  test('names that point at one another, as many as fit, cost no more than a moment', () => {
    // Each pointer leads to the one before it: 8,000 hops for each of 400 names.
    const chain = Buffer.alloc(16_000);
    for (let at = 0; at < chain.length; at += 2) chain.writeUInt16BE(0xc000 | Math.max(12, Math.min(0x3fff, at + 12 - 2)), at);
    expect(survives(withCount(Buffer.concat([reply(), chain]), 400))).toBe(true);
  });
});

test.each([
  ['AAAA', '2001:DB8:0:0::1', '2001:db8::1'],
  ['MX', '10  Mail.Example.org.', '10 mail.example.org'],
  ['TXT', ' As It Is ', 'As It Is'],
  ['CAA', '0 issue  "CA.example"', '0 issue "CA.example"'],
  ['A', '192.0.2.1', '192.0.2.1'],
  ['AAAA', 'nonsense', 'nonsense'],
] as const)('%s %j is compared as %j', (type, text, canonical) => {
  expect(canonicalValue(text, type)).toBe(canonical);
});

function withCount(bytes: Buffer, answers: number): Buffer {
  const changed = Buffer.from(bytes);
  changed.writeUInt16BE(answers, 6);
  return changed;
}

function survives(bytes: Buffer): boolean {
  try {
    decodeReply(bytes, query);
  } catch (error) {
    return error instanceof DnsFormatError;
  }
  return true;
}
