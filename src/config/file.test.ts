// YAML to a tree: places, aliases, and texts that mean harm.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseYaml } from './file.ts';
import { nodeAt, placeText, spotOf, toValue } from './node.ts';

const read = (text: string) => parseYaml({ file: 'f.yaml', text });

async function valueOf(text: string): Promise<unknown> {
  const { tree, problems } = await read(text);
  expect(problems).toEqual([]);
  return tree === undefined ? undefined : JSON.parse(JSON.stringify(toValue(tree)));
}

test('plain texts are those of YAML 1.2: no yes, no sexagesimals, no dates', async () => {
  expect(await valueOf('a: yes\nb: 12:30:00\nc: 2026-03-02\nd: 0x10\ne: true\nf: ~\ng: 1e3\n')).toEqual({
    a: 'yes',
    b: '12:30:00',
    c: '2026-03-02',
    d: 16,
    e: true,
    f: null,
    g: 1000,
  });
});

test('keys stay as they are written', async () => {
  expect(await valueOf('01: a\n1.10: b\ntrue: c\nnull: d\n"x y": e\n')).toEqual({
    '01': 'a',
    '1.10': 'b',
    true: 'c',
    null: 'd',
    'x y': 'e',
  });
});

test('aliases and merge keys: what is written beside wins, then the earlier map', async () => {
  const text = 'base: &base { a: 1, b: 1 }\nmore: &more { b: 2, c: 2 }\nall: { <<: [*base, *more], a: 9 }\none: { <<: *more }\n';
  expect(await valueOf(text)).toMatchObject({ all: { a: 9, b: 1, c: 2 }, one: { b: 2, c: 2 } });
});

test('places are those of the file, after a CRLF as well', async () => {
  const { tree } = await read('a: 1\r\nb:\r\n  c: [x, y]\r\n');
  if (tree === undefined) throw new Error('no tree');
  expect(placeText(spotOf(tree, ['b', 'c', 1], 'value'))).toBe('f.yaml:3:10');
  expect(placeText(spotOf(tree, ['b', 'c'], 'key'))).toBe('f.yaml:3:3');
  expect(placeText(spotOf(tree, ['b', 'missing', 'deeper'], 'value'))).toBe('f.yaml:2:1');
  expect(nodeAt(tree, ['b', 'c', 7])).toBeUndefined();
});

const deep = (levels: number) => `${'['.repeat(levels)}${']'.repeat(levels)}`;

test('64 levels are read, 65 are not', async () => {
  expect((await read(`a: ${deep(62)}\n`)).problems).toEqual([]);
  expect((await read(`a: ${deep(80)}\n`)).problems.map(({ code }) => code)).toEqual(['too_large']);
});

test('a bomb of merge keys is stopped, whatever its anchors are called', async () => {
  const lines = ['a0: &a0 { k0: x, k1: x, k2: x, k3: x, k4: x, k5: x, k6: x, k7: x }'];
  for (let level = 1; level < 10; level++) {
    const keys = Array.from({ length: 8 }, (_, key) => `k${key}: { <<: *a${level - 1}, own: y }`);
    lines.push(`a${level}: &a${level} { ${keys.join(', ')} }`);
  }
  expect((await read(`${lines.join('\n')}\n`)).problems.map(({ code }) => code)).toEqual(['too_large']);
});

test('no text makes it throw, and every mistake has a place in the file', async () => {
  const piece = fc.constantFrom(
    'a',
    ': ',
    '\n',
    '  ',
    '- ',
    '[',
    ']',
    '{',
    '}',
    '&a ',
    '*a',
    '<<',
    '!env ',
    '!x ',
    '"',
    "'",
    '|\n',
    '#',
    '---\n',
    '...\n',
    '%',
    '\t',
    ',',
    '? ',
    '01',
    '~',
  );
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 40 }), async (pieces) => {
      const text = pieces.join('');
      const { problems } = await read(text);
      const lines = text.split('\n').length;
      for (const { line, column } of problems) {
        expect(line).toBeLessThanOrEqual(lines + 1);
        expect(column).toBeGreaterThanOrEqual(text === '' ? 0 : 1);
      }
    }),
    { numRuns: 500 },
  );
});
