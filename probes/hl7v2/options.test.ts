import { expect, test } from 'vitest';
import { Options } from './options.ts';

const parse = (options: object) => Options.safeParse({ address: 'lab.example.org:2575', ...options });

test('asks for a patient that nobody is unless told otherwise', () => {
  expect(parse({}).data).toMatchObject({
    message: 'query',
    patient: 'HOLTER-NO-SUCH',
    accept: ['AA', 'CA'],
    mode: 'original',
    processing_id: 'P',
  });
});

test.each([
  [{ patient: '*' }],
  [{ patient: 'HOLTER%' }],
  [{ patient: '' }],
  [{ patient: 'A^B' }],
  [{ sending_application: 'A|B' }],
  [{ receiving_facility: 'A\rEVN' }],
  [{ message: 'handle' }],
  [{ message: 'handle', handle: 'ADT^A01' }],
  [{ message: 'handle', handle: 'ORU^R01' }],
  [{ handle: 'ZZZ^Z01' }],
  [{ message: 'orders' }],
  [{ expect_ack: false, mode: 'commit' }],
  [{ accept: [] }],
  [{ accept: ['OK'] }],
])('%o is a mistake', (options) => {
  expect(parse(options).success).toBe(false);
});

test.each([
  [{ message: 'handle', handle: 'ZZZ^Z01' }],
  [{ message: 'clock', accept: ['AA', 'AR:200'] }],
  [{ expect_ack: false }],
  [{ tls: true, mode: 'enhanced' }],
])('%o is well', (options) => {
  expect(parse(options).success).toBe(true);
});
