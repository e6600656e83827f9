// Files and folders are read within bounds, and what cannot be read is told.
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { formatProblem } from '#schema/problem.ts';
import { type Files, localFiles, readTexts } from './read.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holter-read-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const told = (problems: Awaited<ReturnType<typeof readTexts>>['problems']) =>
  problems.map((one) => formatProblem(one).replaceAll(folder, 'DIR'));

test('a folder gives its YAML files in the order of their names, without hidden ones', async () => {
  const conf = join(folder, 'conf.d');
  mkdirSync(conf);
  for (const name of ['20-b.yaml', '10-a.yml', '.hidden.yaml', 'notes.txt', '30-c.yaml~']) writeFileSync(join(conf, name), `# ${name}\n`);
  const { texts, problems } = await readTexts([conf], localFiles);
  expect(texts.map(({ text }) => text)).toEqual(['# 10-a.yml\n', '# 20-b.yaml\n']);
  expect(problems).toEqual([]);
});

test('a file that is named twice, or alone and by its folder, is read once', async () => {
  const conf = join(folder, 'once');
  mkdirSync(conf);
  writeFileSync(join(conf, 'a.yaml'), 'a: 1\n');
  const { texts } = await readTexts([conf, join(conf, 'a.yaml'), `${conf}/../once/a.yaml`], localFiles);
  expect(texts).toHaveLength(1);
});

test('a missing file, a path through a file, a circle of links and a too long name are told', async () => {
  writeFileSync(join(folder, 'file'), 'x');
  symlinkSync('loop', join(folder, 'loop'));
  const names = ['missing.yaml', 'file/below.yaml', 'loop', 'n'.repeat(300)];
  const { problems } = await readTexts(
    names.map((name) => join(folder, name)),
    localFiles,
  );
  expect(told(problems)).toEqual([
    'DIR/missing.yaml does not exist (ENOENT) [unreadable]',
    'DIR/file/below.yaml does not exist: a part of the path before it is a file and not a folder (ENOTDIR) [unreadable]',
    'DIR/loop is a symbolic link that leads back to itself (ELOOP) [unreadable]',
    `DIR/${'n'.repeat(300)} is too long for the name of a file (ENAMETOOLONG) [unreadable]`,
  ]);
});

const refuse = () => Promise.reject(Object.assign(new Error('no'), { code: 'EACCES' }));

test('no permission is told with what to look at', async () => {
  const { problems } = await readTexts(['/etc/secret.yaml'], { look: refuse, read: refuse });
  expect(told(problems)).toEqual([
    '/etc/secret.yaml may not be read by this user (EACCES) (look at its owner and mode, and at those of the folders above it) [unreadable]',
  ]);
});

test('a file of 50 MB is not read', async () => {
  let reads = 0;
  const files: Files = {
    look: () => Promise.resolve({ size: 50 * 1024 * 1024 }),
    read: () => {
      reads += 1;
      return Promise.resolve(new Uint8Array(0));
    },
  };
  const { problems } = await readTexts(['big.yaml'], files);
  expect(told(problems)).toEqual([
    'big.yaml is 50 MB large; at most 4 MB of one file are read (divide it into several files in one folder) [too_large]',
  ]);
  expect(reads).toBe(0);
});

test('a device that says it is empty and never ends is left at the bound', async () => {
  const { problems } = await readTexts(['/dev/zero'], localFiles);
  expect(told(problems)).toEqual([
    '/dev/zero is larger; at most 4 MB of one file are read (divide it into several files in one folder) [too_large]',
  ]);
});

test('no more than a thousand files and 32 MB are read in all', async () => {
  const names = Array.from({ length: 1001 }, (_, index) => `${1000 + index}.yaml`);
  const many: Files = {
    look: (path) => Promise.resolve(path === 'many' ? { names } : { size: 1 }),
    read: () => Promise.resolve(new Uint8Array([0x23])),
  };
  const first = await readTexts(['many'], many);
  expect(first.texts).toHaveLength(1000);
  expect(told(first.problems)).toEqual(['many/2000.yaml is one of 1001 files; at most 1000 are read [too_large]']);
  const megabytes = new Uint8Array(4 * 1024 * 1024).fill(0x23);
  const large: Files = { look: () => Promise.resolve({ size: megabytes.length }), read: () => Promise.resolve(megabytes) };
  const second = await readTexts(
    Array.from({ length: 12 }, (_, index) => `${index}.yaml`),
    large,
  );
  expect(second.texts).toHaveLength(8);
  expect(told(second.problems)).toEqual([
    '8.yaml with this file the configuration is larger than 32 MB, the most that is read [too_large]',
  ]);
});
