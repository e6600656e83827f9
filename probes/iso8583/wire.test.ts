// Vectors of an echo with DE7 1122104500, DE11 000123, DE70 301, worked out by hand from ISO 8583:1987, and a published reply.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type LengthHeader, lengthHeaders, lookAtFrame } from './framing.ts';
import { type Dialect, decode, encode, replyType } from './wire.ts';

const ascii: Dialect = {
  request: '0800',
  length: 'binary2',
  tpdu: '',
  numeric: 'ascii',
  text: 'ascii',
  bitmap: 'binary',
  responseCode: 'ascii',
};
const bcd: Dialect = { ...ascii, numeric: 'bcd' };
const echo = new Map([
  [7, '1122104500'],
  [11, '000123'],
  [70, '301'],
]);
const body = (dialect: Dialect, fields = echo) => encode(dialect, fields).subarray(2);

describe('an echo', () => {
  test('ASCII with a bitmap in hexadecimal: 55 bytes', () => {
    const bytes = body({ ...ascii, bitmap: 'hex' });
    expect(bytes.toString('ascii')).toBe('0800822000000000000004000000000000001122104500000123301');
    expect(bytes.length).toBe(55);
  });

  test('ASCII with a binary bitmap: 39 bytes', () => {
    const bytes = body(ascii);
    expect(bytes.toString('hex')).toBe(
      `${Buffer.from('0800').toString('hex')}82200000000000000400000000000000${Buffer.from('1122104500000123301').toString('hex')}`,
    );
    expect(bytes.length).toBe(39);
  });

  test('BCD: 28 bytes, an odd number of digits begun by a zero', () => {
    const bytes = body(bcd);
    expect(bytes.toString('hex')).toBe('08008220000000000000040000000000000011221045000001230301');
    expect(bytes.length).toBe(28);
  });

  test('EBCDIC', () => {
    expect(body({ ...ascii, numeric: 'ebcdic' }).toString('hex')).toBe(
      'f0f8f0f082200000000000000400000000000000f1f1f2f2f1f0f4f5f0f0f0f0f0f1f2f3f3f0f1',
    );
  });

  test('with a TPDU inside the length', () => {
    const bytes = encode({ ...bcd, tpdu: '6000010002' }, echo);
    expect(bytes.toString('hex').slice(0, 18)).toBe('002160000100020800');
  });

  test('fields of a variable length say it first', () => {
    const fields = new Map([...echo, [32, '12345'], [41, 'TERM0001']]);
    expect(body(ascii, fields).toString('latin1')).toContain('0001230512345TERM0001301');
    expect(body(bcd, fields).toString('hex')).toContain(`00012305012345${Buffer.from('TERM0001').toString('hex')}`);
  });
});

test('a published reply: BCD with the response code in EBCDIC', () => {
  const reply = Buffer.from('08108220000002000000040000000000000005011304270000 05F0F00001'.replace(' ', ''), 'hex');
  expect(decode({ ...bcd, responseCode: 'ebcdic' }, reply)).toEqual({
    type: '0810',
    fields: new Map([
      [7, '0501130427'],
      [11, '000005'],
      [39, '00'],
      [70, '001'],
    ]),
  });
});

test.each<[LengthHeader, string]>([
  ['binary2', '0027'],
  ['binary2_inclusive', '0029'],
  ['bcd2', '0039'],
  ['ascii4', '30303339'],
  ['hex4', '30303237'],
  ['binary2_zeros', '00270000'],
  ['binary2_etx', '0028'],
])('the header %s of 39 bytes is %s', (length, header) => {
  const bytes = encode({ ...ascii, length }, echo);
  expect(bytes.toString('hex').startsWith(header)).toBe(true);
  expect(bytes.length).toBe(header.length / 2 + 39 + (length === 'binary2_etx' ? 1 : 0));
});

test('whatever the dialect, a message is found in its frame and read as it was written', () => {
  const dialects = fc.record({
    request: fc.constantFrom('0800', '1804', '1820'),
    length: fc.constantFrom(...lengthHeaders),
    tpdu: fc.constantFrom('', '6000030003'),
    numeric: fc.constantFrom('ascii', 'bcd', 'ebcdic'),
    text: fc.constantFrom('ascii', 'ebcdic'),
    bitmap: fc.constantFrom('binary', 'hex'),
    responseCode: fc.constantFrom('ascii', 'bcd', 'ebcdic'),
  } as const);
  const fields = fc.record({
    7: digits(10),
    11: digits(6),
    41: fc.constantFrom('TERM0001', 'A-1/B.2 '),
    32: fc.nat(99_999_999).map(String),
  });
  fc.assert(
    fc.property(dialects, fields, fc.nat(), (dialect, values, cut) => {
      const sent = new Map(Object.entries(values).map(([number, value]) => [Number(number), value]));
      const bytes = encode(dialect, sent);
      const framing = lookAtFrame(dialect.length, Buffer.concat([bytes, Buffer.from('next')]));
      expect(framing).toMatchObject({ kind: 'message', length: bytes.length });
      if (framing?.kind !== 'message') return;
      expect(decode(dialect, bytes.subarray(framing.start, framing.end))).toEqual({ type: dialect.request, fields: sent });
      // Cut anywhere it is told, never thrown.
      expect(typeof decode(dialect, bytes.subarray(framing.start, framing.start + (cut % (framing.end - framing.start))))).toBe('string');
    }),
    { numRuns: 500 },
  );
});

function digits(length: number): fc.Arbitrary<string> {
  return fc.string({ unit: fc.constantFrom('0', '1', '5', '9'), minLength: length, maxLength: length });
}

test('any bytes are decoded without an error', () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom(...lengthHeaders),
      fc.constantFrom('ascii', 'bcd', 'ebcdic'),
      (raw, length, numeric) => {
        const bytes = Buffer.from(raw);
        lookAtFrame(length, bytes);
        decode({ ...ascii, length, numeric }, bytes);
        decode({ ...bcd, tpdu: '6000010002' }, bytes);
      },
    ),
    { numRuns: 3000 },
  );
});

test.each([
  ['0000', 'binary2', 'keep_alive'],
  ['0001', 'binary2_inclusive', 'malformed'],
  ['000a0001', 'binary2_zeros', 'malformed'],
  ['4e4f4e45', 'ascii4', 'malformed'],
  ['4e4f4e45', 'hex4', 'malformed'],
  ['ffff', 'bcd2', 'malformed'],
] as const)('%s with the header %s is %s', (hex, length, kind) => {
  expect(lookAtFrame(length, Buffer.from(hex, 'hex'))?.kind).toBe(kind);
});

test('the reply of each request', () => {
  expect(['0800', '1804', '1820'].map((type) => replyType(type as '0800'))).toEqual(['0810', '1814', '1830']);
});
