// The house is as even as it is drawn: every kind has its files, every option its sentence, every list its counterpart.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Config } from '#config/schema.ts';
import { errorCodes } from '#model/error.ts';
import { reasons } from '#model/reason.ts';
import { probeKinds } from '#probes/index.ts';
import { simulators } from '#probes/simulators.ts';
import type { Kind } from '#schema/kind.ts';
import type { s } from '#schema/kit.ts';
import { problemCodes } from '#schema/problem.ts';
import { alternatives, descriptionOf, elementOf, shapeOf } from '#schema/shape.ts';
import { receiverKinds } from '#sinks/receivers/index.ts';
import { filesBelow, foldersIn, root, textOf } from '../support/tree.ts';

const receivers = 'src/sinks/receivers';

describe.each(foldersIn('probes'))('the probe kind %s', (kind) => {
  const folder = `probes/${kind}`;

  test.each(['probe.ts', 'options.ts', 'simulate.ts', 'README.md', 'peer.test.ts'])('has %s', (file) => {
    expect(existsSync(join(root, folder, file))).toBe(true);
  });

  test('has a test beside its code, and the one against a real peer', () => {
    expect(filesBelow(folder, '.test.ts').length).toBeGreaterThan(1);
  });

  test('has its table of options in its README', () => checkReadme(`${folder}/README.md`, kind));

  test('is in both lists, under the name of its folder', () => {
    expect(probeKinds.map((each) => each.kind)).toContain(kind);
    expect(simulators.map((each) => each.kind)).toContain(kind);
  });
});

describe.each(foldersIn(receivers))('the receiver %s', (kind) => {
  const folder = `${receivers}/${kind}`;

  test.each(['receiver.ts', 'options.ts', 'README.md'])('has %s', (file) => {
    expect(existsSync(join(root, folder, file))).toBe(true);
  });

  test('has a test', () => {
    expect(filesBelow(folder, '.test.ts').length).toBeGreaterThan(0);
  });

  test('has its table of options in its README', () => checkReadme(`${folder}/README.md`, kind));

  test('is in the list, under the name of its folder', () => {
    expect(receiverKinds.map((each) => each.kind)).toContain(kind);
  });
});

test('the lists hold every kind once, and none that has no folder', () => {
  expect(probeKinds.map(({ kind }) => kind).toSorted()).toEqual(foldersIn('probes'));
  expect([...new Set(simulators.map(({ kind }) => kind))].toSorted()).toEqual(foldersIn('probes'));
  expect(receiverKinds.map(({ kind }) => kind).toSorted()).toEqual(foldersIn(receivers));
});

test('every kind explains itself in one sentence', () => {
  const kinds: readonly Kind[] = [...probeKinds, ...receiverKinds];
  for (const { kind, summary } of kinds) expect(`${kind}: ${summary}`).toMatch(/: [A-Z].{10,200}\.$/);
});

describe('every key of the schema has a sentence', () => {
  test('of the configuration', () => expect(undescribed(Config, 'configuration')).toEqual([]));
  test.each([...probeKinds, ...receiverKinds].map((kind) => [kind.kind, kind] as const))('of %s', (name, kind) => {
    expect(undescribed(kind.options, name)).toEqual([]);
  });

  test('and one without is found, however deep it lies', async () => {
    const { s: kit } = await import('#schema/kit.ts');
    const inside = kit.strictObject({ told: kit.string().describe('Told.'), silent: kit.string() });
    const deep = kit.strictObject({
      list: kit
        .array(kit.union([kit.boolean(), inside]))
        .default([])
        .describe('A list.'),
    });
    expect(undescribed(deep, 'deep')).toEqual(['deep.list.silent']);
  });
});

test('no test is the only one that runs, and none is left out without a condition', () => {
  const files = [...filesBelow('src', '.test.ts'), ...filesBelow('probes', '.test.ts'), ...filesBelow('tests', '.test.ts')];
  const pattern = /\b(?:it|test|describe)(?:\.\w+)*\.(?:only|skip|todo)\b/;
  expect(files.filter((file) => pattern.test(textOf(file)))).toEqual([]);
  expect(files.length).toBeGreaterThan(30);
});

describe('the reference has a row', () => {
  test('for every reason, and for nothing else', () => expect(rows('## Reasons')).toEqual([...reasons]));
  test('for every code of a mistake, and for nothing else', () => expect(rows('## Mistakes')).toEqual(Object.keys(problemCodes)));
  test('for every code of an error, and for nothing else', () => expect(rows('## Errors')).toEqual(Object.keys(errorCodes)));
});

function checkReadme(file: string, kind: string): void {
  const text = textOf(file);
  expect(text.startsWith(`# ${kind}\n`)).toBe(true);
  const [, table, ...more] = text.split(/^<!-- options -->\n|<!-- \/options -->$/m);
  expect(more).toHaveLength(1);
  expect(table).toMatch(/^\| key \|/m);
}

/** First cells of the table under a heading of the reference page. */
function rows(heading: string): readonly string[] {
  const [, after = ''] = textOf('config/reference.md').split(`\n${heading}\n`);
  const [section = ''] = after.split('\n## ');
  return [...section.matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? '');
}

/** Paths of keys without a description. */
function undescribed(schema: s.core.$ZodType, path: string): readonly string[] {
  const element = elementOf(schema);
  return [
    ...Object.entries(shapeOf(schema) ?? {}).flatMap(([key, value]) => [
      ...(descriptionOf(value).length > 0 ? [] : [`${path}.${key}`]),
      ...undescribed(value, `${path}.${key}`),
    ]),
    ...alternatives(schema).flatMap((option) => undescribed(option, path)),
    ...(element === undefined ? [] : undescribed(element, path)),
  ];
}
