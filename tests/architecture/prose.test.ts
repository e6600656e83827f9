// What the documents say is true: every configuration in them loads, and every link leads somewhere.
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { kinds } from '#app/kinds.ts';
import { loadPlan } from '#config/load.ts';
import type { Files } from '#config/read.ts';
import { Config } from '#config/schema.ts';
import { cronRules } from '#schedule/cron.ts';
import { formatProblem } from '#schema/problem.ts';
import { filesBelow, root, textOf } from '../support/tree.ts';

const documents = filesBelow('.', '.md');

interface Example {
  /** File and line. */
  readonly place: string;
  readonly text: string;
}

/** The YAML blocks of a document. */
function blocksOf(file: string): readonly Example[] {
  const text = textOf(file);
  return [...text.matchAll(/^```ya?ml[^\n]*\n([\s\S]*?)^```/gm)].map((match) => ({
    place: `${file}:${text.slice(0, match.index).split('\n').length}`,
    text: match[1] ?? '',
  }));
}

const base = 'system: Example Health\n';
const someService = 'services: { documentation: { endpoints: { any: { probe: tcp, address: "127.0.0.1:9" } } } }\n';

/** Tags are the configuration's own: here they only must not disturb. */
function keysOf(text: string): readonly string[] {
  const value: unknown = parse(text.replaceAll(/!(?:env|file) /g, ''), { logLevel: 'silent' });
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
}

/**
 * The block as a whole configuration: a part of one is completed, an endpoint alone is put into a service. Undefined when it is
 * something else, such as a rule for Prometheus. A block that names the system is a configuration, whatever else is in it.
 */
function asConfiguration(text: string): string | undefined {
  const keys = keysOf(text);
  if (keys.includes('system')) return keys.includes('services') ? text : text + someService;
  if (keys.includes('probe'))
    return `${base}services:\n  documentation:\n    endpoints:\n      example:\n${text.replaceAll(/^(?=.)/gm, '        ')}`;
  if (keys.length === 0 || !keys.every((key) => key in Config.shape)) return undefined;
  return base + (keys.includes('services') ? '' : someService) + text;
}

/** Any secret that is asked for: fit for every receiver. */
const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const environment = new Proxy<Record<string, string>>({}, { get: () => secret, has: () => true });

async function problemsOf(text: string): Promise<readonly string[]> {
  const known = (path: string) => new TextEncoder().encode(path === 'example.yaml' ? text : secret);
  const files: Files = {
    look: (path) => Promise.resolve({ size: known(path).length }),
    read: (path, most) => Promise.resolve(known(path).subarray(0, most)),
  };
  const outcome = await loadPlan(['example.yaml'], { catalog: kinds, hostname: 'documentation', environment, files, ...cronRules });
  if ('plan' in outcome) return [];
  // A part may name what stands in another part.
  const whole = keysOf(text).includes('system') && !text.startsWith(base);
  return outcome.problems.filter(({ code }) => whole || (code !== 'unknown_reference' && code !== 'unheard')).map(formatProblem);
}

const examples: readonly Example[] = [
  ...documents.flatMap(blocksOf),
  ...filesBelow('config', '.yaml').map((file) => ({ place: file, text: textOf(file) })),
].filter(({ text }) => asConfiguration(text) !== undefined);

describe('the configuration in', () => {
  test.each(examples.map(({ place, text }) => [place, text]))('%s loads without a mistake', async (_place, text) => {
    expect(await problemsOf(asConfiguration(text) ?? '')).toEqual([]);
  });

  test('the documents is looked for: the README has one, and every kind', () => {
    const places = examples.map(({ place }) => place.replace(/:\d+$/, ''));
    const readmes = documents.filter((file) => /^(README\.md|probes\/.*README\.md|src\/sinks\/receivers\/.*README\.md)$/.test(file));
    expect(readmes.filter((file) => !places.includes(file))).toEqual([]);
    expect(documents).toContain('README.md');
    expect(places).toContain('config/holter.yaml');
  });

  test('a document with a mistake would be found', async () => {
    expect(await problemsOf(asConfiguration('system: A\nservces: {}\n') ?? '')).not.toEqual([]);
    expect(await problemsOf(asConfiguration('probe: tcp\nadress: "a:1"\n') ?? '')).not.toEqual([]);
    expect(await problemsOf(asConfiguration('paging: { grace: soon }\n') ?? '')).not.toEqual([]);
    expect(asConfiguration('scrape_configs: []\n')).toBeUndefined();
  });
});

interface Link {
  readonly place: string;
  readonly to: string;
}

/** Links and pictures that stay in the repository. Code is left out: what looks like a link there is none. */
function linksOf(file: string, document = textOf(file)): readonly Link[] {
  const text = document.replaceAll(/^```[\s\S]*?^```/gm, '').replaceAll(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(<?([^)>\s]+)>?(?:\s+"[^"]*")?\)|(?:href|src)="([^"]+)"/g)]
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((to) => !/^[a-z][a-z+.-]*:/i.test(to))
    .map((to) => ({ place: file, to }));
}

/** The names under which a document's headings can be linked to, as the usual hosts make them. */
function anchorsOf(file: string): ReadonlySet<string> {
  const headings = textOf(file)
    .replaceAll(/^```[\s\S]*?^```/gm, '')
    .matchAll(/^#{1,6} (.+)$/gm);
  const anchors = new Set<string>();
  for (const [, heading = ''] of headings) {
    const plain = heading
      .trim()
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(/\s/g, '-');
    let anchor = plain;
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${plain}-${count}`;
    anchors.add(anchor);
  }
  return anchors;
}

function isBroken({ place, to }: Link): boolean {
  const [path = '', anchor = ''] = to.split('#');
  const target = path === '' ? place : normalize(join(dirname(place), decodeURIComponent(path)));
  if (target.startsWith('..') || !existsSync(join(root, target))) return true;
  return anchor !== '' && target.endsWith('.md') && !anchorsOf(target).has(anchor);
}

test.each(documents)('every link of %s leads to a file and a heading that exist', (file) => {
  expect(linksOf(file).filter(isBroken)).toEqual([]);
});

test('a link that leads nowhere would be found', () => {
  expect(isBroken({ place: 'ARCHITECTURE.md', to: 'NOWHERE.md' })).toBe(true);
  expect(isBroken({ place: 'ARCHITECTURE.md', to: 'SECURITY.md#no-such-heading' })).toBe(true);
  expect(isBroken({ place: 'ARCHITECTURE.md', to: '../outside.md' })).toBe(true);
  expect(isBroken({ place: 'ARCHITECTURE.md', to: '#the-flow' })).toBe(false);
  const prose =
    'See [one](a.md), ![two](b.png "Two"), <img src="c.svg">, [far](https://example.org), `[no](d.md)`.\n```sh\n[no](e.md)\n```\n';
  expect(linksOf('README.md', prose).map(({ to }) => to)).toEqual(['a.md', 'b.png', 'c.svg']);
});
