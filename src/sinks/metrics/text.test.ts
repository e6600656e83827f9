import { expect, test } from 'vitest';
import { bound, header, labelPairs, negotiate, numeral, seconds } from './text.ts';

const prometheus242 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1';

test.each([
  [prometheus242, 'openmetrics'],
  [undefined, 'text'],
  ['', 'text'],
  ['*/*', 'text'],
  ['text/plain', 'text'],
  ['application/openmetrics-text', 'text'],
  ['application/openmetrics-text; version=0.0.1', 'text'],
  ['application/openmetrics-text;version=1.0.0;q=0', 'text'],
  ['application/openmetrics-text;version=1.0.0;q=0.3,text/plain;q=0.9', 'text'],
  ['APPLICATION/OpenMetrics-Text; version=1.0.0', 'openmetrics'],
  ['application/openmetrics-text;version=1.0.0;q=nonsense', 'text'],
  [',;,=;q=,'.repeat(10_000), 'text'],
])('Accept %j gets %s', (accept, format) => {
  expect(negotiate(accept)).toBe(format);
});

test('label values are escaped and cannot end the line', () => {
  expect(labelPairs({ a: 'x"y\\z\nw', b: 'Zürich' })).toBe('a="x\\"y\\\\z\\nw",b="Zürich"');
});

test('OpenMetrics names a counter without _total and escapes quotes in its help, text does neither', () => {
  const family = { name: 'a_total', help: 'Says "a"\\\nb.', type: 'counter' } as const;
  expect(header(family, 'text')).toBe('# HELP a_total Says "a"\\\\\\nb.\n# TYPE a_total counter\n');
  expect(header(family, 'openmetrics')).toBe('# HELP a Says \\"a\\"\\\\\\nb.\n# TYPE a counter\n');
});

test('numbers are written as Prometheus reads them', () => {
  expect([Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 0, 1e21, 0.1].map(numeral)).toEqual([
    '+Inf',
    '-Inf',
    'NaN',
    '0',
    '1e+21',
    '0.1',
  ]);
  expect([0.005, 1, 30, Number.POSITIVE_INFINITY].map(bound)).toEqual(['0.005', '1.0', '30.0', '+Inf']);
  expect(seconds(12.345678)).toBe(0.012346);
});
