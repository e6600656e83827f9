// What a kind says about itself is complete: in its folder, its schema, its facts and its README.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { probeKinds } from '#probes/index.ts';
import { optionRows } from '#schema/reference.ts';
import { Secret } from '#schema/secret.ts';
import { subjects } from './harness.ts';

const folders = new URL('../../probes/', import.meta.url);

test('the folders of kinds are the list of kinds, and each has a far end', () => {
  const found = readdirSync(folders, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  const names = probeKinds.map(({ kind }) => kind).toSorted();
  expect(names).toEqual(found.map(({ name }) => name).toSorted());
  expect([...new Set(subjects.map(({ kind }) => kind.kind))].toSorted()).toEqual(names);
});

describe.each(probeKinds)('$kind', (kind) => {
  const folder = new URL(`${kind.kind}/`, folders);

  test.each(['probe.ts', 'options.ts', 'simulate.ts', 'README.md', 'peer.test.ts'])('has %s', (file) => {
    expect(existsSync(new URL(file, folder))).toBe(true);
  });

  test('says in one sentence what it does', () => {
    expect(kind.summary).toMatch(/^[A-Z][^\n]{20,200}\.$/);
  });

  test.each(optionRows(kind.options).map((row) => [row.key, row.description]))('describes the option %s', (_, description) => {
    expect(description.length).toBeGreaterThan(10);
    expect(description).toMatch(/[.:…)`]$/);
  });

  test('declares its facts: snake case, a sentence, bounds that agree', () => {
    expect(new Set(kind.facts.map(({ name }) => name)).size).toBe(kind.facts.length);
    for (const { name, help, metric, warn, fail, worse } of kind.facts) {
      expect(name).toMatch(/^[a-z][a-z0-9]*(_[a-z0-9]+)*$/);
      expect(name, 'base units only').not.toMatch(/_(ms|milliseconds|minutes|hours|days|kb|mb|percent)$/);
      expect(help).toMatch(/^[A-Z0-9].{10,}\.$/);
      if (metric !== undefined) expect(metric).toMatch(/^probe_[a-z][a-z0-9_]*$/);
      if (warn === undefined || fail === undefined) expect([warn, fail]).toEqual([undefined, undefined]);
      else expect(worse === 'above' ? fail - warn : warn - fail).toBeGreaterThan(0);
    }
  });

  test('keeps the bounds that the scheduler trusts', () => {
    expect(kind.defaultTimeout).toBeGreaterThan(0);
    expect(kind.leastInterval).toBeGreaterThanOrEqual(1000);
    expect(new Set(kind.reasons).size).toBe(kind.reasons.length);
    expect(kind.reasons).not.toContain('internal');
  });
});

describe.each(probeKinds)('README of $kind', ({ kind, summary, options, reasons }) => {
  const path = new URL(`${kind}/README.md`, folders);
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';

  test('is headed by its name and its sentence', () => {
    expect(text).toMatch(new RegExp(`^# ${kind}\n\n`));
    expect(text).toContain(summary);
  });

  test('says what to ask the other side for, and has a place for the options', () => {
    expect(text).toMatch(/^## What to ask the other side for$/m);
    expect(text).toMatch(/<!-- options -->\n[\s\S]*<!-- \/options -->/);
  });

  test('names every reason, and none that it does not give', () => {
    const rows = [...text.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, reason]) => `${reason}`);
    const stated = rows.filter((row) => [...reasons, 'internal'].includes(row as never));
    expect([...new Set(stated)].toSorted()).toEqual([...reasons].toSorted());
  });

  describe('says against what it was tried', () => {
    const table = text.slice(text.indexOf('## Tried against'));
    const rows = [...table.matchAll(/^\| (?!server \||---)(.+) \|$/gm)].map(([, row]) => (row ?? '').split(' | '));
    const tests = rows.flatMap(([, , , named = '']) => named.split('; '));

    test('which server, which version, what, and by which test', () => {
      expect(table).toContain('| server | version | what | test |\n| --- | --- | --- | --- |\n');
      expect(rows.length).toBeGreaterThan(0);
      for (const row of rows) {
        expect(row).toHaveLength(4);
        expect(row[1]).toMatch(/\d/);
      }
    });

    test.each(tests)('%s', (named) => {
      const [, file = '', title = ''] = /^`([a-z0-9./-]+\.test\.ts)`: (.+)$/.exec(named) ?? [];
      expect(file).not.toBe('');
      const place = file.startsWith('tests/') ? new URL(`../${file}`, folders) : new URL(`${kind}/${file}`, folders);
      expect(hasTitle(readFileSync(place, 'utf8'), title), 'a test of that title').toBe(true);
    });

    test('every suite against something that we did not write is there', () => {
      const source = readFileSync(new URL(`${kind}/peer.test.ts`, folders), 'utf8');
      for (const [, title] of source.matchAll(/^describeWithPeers\(\s*\[[^\]]*\],\s*'([^']+)'/gm))
        expect(tests).toContain(`\`peer.test.ts\`: ${title}`);
    });
  });

  test('has an example whose endpoints are valid', () => {
    const [, example = ''] = /```yaml\n([\s\S]*?)```/.exec(text) ?? [];
    const file = parse(example, {
      customTags: [
        { tag: '!env', resolve: secretOf },
        { tag: '!file', resolve: secretOf },
      ],
    }) as ExampleFile;
    const endpoints = Object.values(file.services).flatMap((service) => Object.values(service.endpoints));
    const own = endpoints.filter((endpoint) => endpoint['probe'] === kind);
    expect(own.length).toBeGreaterThan(0);
    for (const endpoint of own) {
      const known = Object.entries(endpoint).filter(([key]) => key in options.shape);
      expect(options.safeParse(Object.fromEntries(known)).error?.issues).toBeUndefined();
    }
  });
});

interface ExampleFile {
  readonly services: Readonly<Record<string, { readonly endpoints: Readonly<Record<string, Readonly<Record<string, unknown>>>> }>>;
}

/** What stands behind the tags, unread. */
function secretOf(text: string): Secret {
  return new Secret(text);
}

/** Whether a suite or test of this file has this title, as one literal. */
function hasTitle(source: string, title: string): boolean {
  return [`'`, '"', '`'].some((quote) => source.includes(`${quote}${title}${quote},`));
}
