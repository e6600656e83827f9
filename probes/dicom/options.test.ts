import { expect, test } from 'vitest';
import { Options } from './options.ts';

const parse = (options: object) => Options.safeParse({ address: 'pacs.example.org:104', called_ae: 'PACS', ...options });

test('asks C-ECHO as HOLTER unless told otherwise', () => {
  expect(parse({}).data).toMatchObject({ operation: 'echo', calling_ae: 'HOLTER', patient: 'HOLTER-NO-SUCH' });
});

test.each([[{ operation: 'find' }], [{ operation: 'worklist', station: 'CT 1' }], [{ called_ae: 'A'.repeat(16) }], [{ tls: true }]])(
  '%o is well',
  (options) => {
    expect(parse(options).success).toBe(true);
  },
);

test.each([
  [{ patient: '*' }],
  [{ patient: 'HOLTER?' }],
  [{ patient: '' }],
  [{ patient: 'A\\B' }],
  [{ called_ae: '' }],
  [{ called_ae: '   ' }],
  [{ called_ae: 'A'.repeat(17) }],
  [{ called_ae: 'A\\B' }],
  [{ operation: 'store' }],
  [{ operation: 'move' }],
  [{ operation: 'find', station: 'CT' }],
])('%o is a mistake', (options) => {
  expect(parse(options).success).toBe(false);
});
