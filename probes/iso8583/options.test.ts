import { expect, test } from 'vitest';
import { Options } from './options.ts';

const parse = (options: object) =>
  Options.safeParse({ address: 'pay.example.org:5000', consent: "acquirer's letter of 2026-03-02", ...options });

test('nobody is asked without consent', () => {
  expect(Options.safeParse({ address: 'pay.example.org:5000' }).success).toBe(false);
  expect(parse({}).data).toMatchObject({ request: '0800', length: 'binary2', numeric: 'ascii', bitmap: 'binary' });
});

test.each([
  [{ fields: { 41: 'TERM0001', 32: '12345' } }],
  [{ tpdu: '6000030000' }],
  [{ request: '1820', expect: ['800'] }],
  [{ numeric: 'bcd', response_code: 'ebcdic', tls: true }],
])('%o is well', (options) => {
  expect(parse(options).success).toBe(true);
});

test.each([
  [{ fields: { 2: '4111111111111111' } }],
  [{ fields: { 4: '000000000100' } }],
  [{ fields: { 39: '00' } }],
  [{ fields: { 70: '001' } }],
  [{ fields: { 41: 'SHORT' } }],
  [{ fields: { 32: 'ABC' } }],
  [{ fields: { 42: 'Ä'.repeat(15) } }],
  [{ request: '0100' }],
  [{ tpdu: '1234' }],
  [{ expect: [] }],
  [{ consent: '' }],
])('%o is a mistake', (options) => {
  expect(parse(options).success).toBe(false);
});
