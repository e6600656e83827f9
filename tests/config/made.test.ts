// The examples load, and what is made from the schema is complete.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { generate } from '#config/generate.ts';
import { loadPlan } from '#config/load.ts';
import { endpointKeys } from '#config/schema.ts';
import { starterConfig } from '#config/starter.ts';
import { reasons } from '#model/reason.ts';
import { probeKinds } from '#probes/index.ts';
import { cronRules } from '#schedule/cron.ts';
import { formatProblem, problemCodes } from '#schema/problem.ts';
import { optionRows } from '#schema/reference.ts';
import { receiverKinds } from '#sinks/receivers/index.ts';
import { testKinds } from './kinds.ts';
import { memoryFiles } from './memory.ts';

const root = join(import.meta.dirname, '../..');
const catalog = {
  probes: new Map(probeKinds.map((kind) => [kind.kind, kind])),
  receivers: new Map(receiverKinds.map((kind) => [kind.kind, kind])),
};
const options = { catalog, hostname: 'test-host', environment: {}, ...cronRules };
const examples = readdirSync(join(root, 'config/examples')).map((name) => `config/examples/${name}`);

test.each(['config/holter.yaml', ...examples])('%s lacks nothing but its secrets, and each is told by its name', async (path) => {
  const outcome = await loadPlan([join(root, path)], options);
  const problems = 'problems' in outcome ? outcome.problems : [];
  expect(problems.filter(({ code }) => code !== 'secret').map(formatProblem)).toEqual([]);
  const named = readFileSync(join(root, path), 'utf8').match(/^[^#\n]*?!(?:env|file) \S+/gm) ?? [];
  expect(problems.length > 0).toBe(named.length > 0);
});

test('the example uses every probe and receiver kind that there is', () => {
  const text = readFileSync(join(root, 'config/holter.yaml'), 'utf8');
  for (const kind of catalog.probes.keys()) expect(text).toContain(`probe: ${kind}`);
  for (const kind of catalog.receivers.keys()) expect(text).toContain(`{ ${kind}: {`);
});

test('every key of the kinds and of the file has a description', () => {
  const kinds = [...catalog.probes.values(), ...catalog.receivers.values()];
  const bare = kinds.flatMap(({ kind, options: schema }) =>
    optionRows(schema)
      .filter((row) => row.description === '')
      .map(({ key }) => `${kind}: ${key}`),
  );
  expect(bare).toEqual([]);
  const page = generate(catalog, () => undefined).get('config/reference.md') ?? '';
  expect(page.match(/^\| `[^`]+` \| [^|]* \| [^|]* \| {2}\|$/gm)).toBeNull();
});

test('no kind has an option that every endpoint has', () => {
  const clashes = [...catalog.probes.values()].flatMap(({ kind, options: schema }) =>
    Object.keys(endpointKeys)
      .filter((key) => key in schema.shape)
      .map((key) => `${kind}: ${key}`),
  );
  expect(clashes).toEqual([]);
});

test('the reference names every reason, every code of a mistake and every kind', () => {
  const page = generate(testKinds, () => undefined).get('config/reference.md') ?? '';
  for (const reason of reasons) expect(page).toContain(`| \`${reason}\` |`);
  for (const code of Object.keys(problemCodes)) expect(page).toContain(`| \`${code}\` |`);
  for (const kind of ['web', 'line', 'slow', 'log', 'webhook']) expect(page).toContain(`### ${kind}\n`);
});

test('only READMEs with markers are filled', () => {
  const texts = new Map([
    ['probes/web/README.md', 'a\n<!-- options -->\n<!-- /options -->\nb\n'],
    ['src/sinks/receivers/log/README.md', 'no markers'],
  ]);
  const files = generate(testKinds, (path) => texts.get(path));
  expect([...files.keys()]).toEqual(['config/holter.schema.json', 'config/reference.md', 'probes/web/README.md']);
  expect(files.get('probes/web/README.md')).toMatch(/^a\n<!-- options -->\n\| key \|[^]*\| `url` \|[^]*\n<!-- \/options -->\nb\n$/);
});

test('the JSON Schema holds each kind as an alternative, and nothing of the kit', () => {
  const text = generate(testKinds, () => undefined).get('config/holter.schema.json') ?? '';
  const schema = JSON.parse(text);
  const endpoint = schema.properties.services.additionalProperties.properties.endpoints.additionalProperties;
  expect(endpoint.anyOf.map((kind: { properties: { probe: { const: string } } }) => kind.properties.probe.const)).toEqual([
    'web',
    'line',
    'slow',
    'record',
  ]);
  expect(endpoint.anyOf[0]).toMatchObject({ required: ['probe', 'url'], additionalProperties: false });
  expect(schema.required).toEqual(['system', 'services']);
  expect(text).not.toMatch(/"(unit|words|least|most|secret)": ("|true)/);
});

test('a starting configuration is good, whatever the names', async () => {
  const name = fc.string({ minLength: 1, maxLength: 30, unit: 'grapheme' });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        system: name,
        regions: fc.array(fc.record({ id: name, name }), { maxLength: 3 }),
        services: fc.array(
          fc.record({ name, target: fc.constantFrom('https://a.example.org/x', 'HTTP://b.example.org', 'c.example.org:443', '[::1]:80') }),
          { minLength: 1, maxLength: 5 },
        ),
      }),
      async (answers) => {
        const outcome = await loadPlan(['h.yaml'], { ...options, files: memoryFiles({ 'h.yaml': starterConfig(answers) }) });
        expect('problems' in outcome ? outcome.problems.map(formatProblem) : []).toEqual([]);
        if ('plan' in outcome) expect(outcome.plan.endpoints).toHaveLength(answers.services.length);
      },
    ),
    { numRuns: 60 },
  );
});
