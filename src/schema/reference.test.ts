// Option tables come from the schema alone.
import { expect, test } from 'vitest';
import { duration, httpUrl, maybeSecret, s, secret } from './kit.ts';
import { fillMarkers, optionRows, optionTable, table } from './reference.ts';

const options = s.strictObject({
  url: httpUrl().describe('Where.'),
  every: duration({ least: '1s', most: '1h' }).prefault('30s').describe('How often.'),
  count: s.int().min(1).max(9).default(3).describe('How many.'),
  share: s.number().gt(0).max(1).optional().describe('How much | of it.'),
  modes: s
    .array(s.enum(['a', 'b']))
    .min(1)
    .max(2)
    .default(['a'])
    .describe('Which.'),
  key: secret().describe('Secret.'),
  headers: s.record(s.string(), maybeSecret()).default({}).describe('Headers.'),
  checks: s
    .array(s.strictObject({ path: s.string().describe('Where in it.') }))
    .default([])
    .describe('Checks.'),
  tls: s
    .union([s.boolean(), s.strictObject({ ca: s.string().optional().describe('Authority.') })])
    .default(false)
    .describe('TLS.'),
});

test('every key has a row with type, default and description, those of inner maps after their own', () => {
  expect(optionRows(options)).toEqual([
    { key: 'url', type: 'http:// or https:// address', default: 'required', description: 'Where.' },
    { key: 'every', type: 'length of time from 1s to 1h', default: '`30s`', description: 'How often.' },
    { key: 'count', type: 'whole number from 1 to 9', default: '`3`', description: 'How many.' },
    { key: 'share', type: 'number above 0, at most 1', default: '', description: 'How much | of it.' },
    { key: 'modes', type: 'list of one of "a", "b"; from 1 to 2 entries', default: '`["a"]`', description: 'Which.' },
    { key: 'key', type: '!env NAME or !file path', default: 'required', description: 'Secret.' },
    { key: 'headers', type: 'map of names to text or !env NAME or !file path', default: '', description: 'Headers.' },
    { key: 'checks', type: 'list of map of keys', default: 'none', description: 'Checks.' },
    { key: 'checks[].path', type: 'text', default: 'required', description: 'Where in it.' },
    { key: 'tls', type: 'true or false or map of keys', default: '`false`', description: 'TLS.' },
    { key: 'tls.ca', type: 'text', default: '', description: 'Authority.' },
  ]);
});

test('a table escapes bars and newlines', () => {
  expect(table(['a'], [['x | y\nz']])).toBe('| a |\n| --- |\n| x \\| y z |\n');
  expect(optionTable(s.strictObject({}))).toBe('No options.\n');
});

test('only what stands between the markers changes, and filling twice changes nothing more', () => {
  const readme = '# Kind\n<!-- options -->\nold\n<!-- /options -->\nrest\n';
  const filled = fillMarkers(readme, 'new\n');
  expect(filled).toBe('# Kind\n<!-- options -->\nnew\n<!-- /options -->\nrest\n');
  expect(fillMarkers(filled ?? '', 'new\n')).toBe(filled);
  expect(fillMarkers('no markers', 'new')).toBeUndefined();
  expect(fillMarkers('<!-- /options --><!-- options -->', 'new')).toBeUndefined();
});
