// Every file in bad/ gives exactly the problems that stand in the text beside it. GOLDEN=write writes them anew; read the change as code.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { loadPlan } from '#config/load.ts';
import { formatProblem, problemCodes } from '#schema/problem.ts';
import { loadOptions } from './kinds.ts';

const folder = join(import.meta.dirname, 'bad');
const names = readdirSync(folder).filter((name) => !name.endsWith('.txt'));
const environment = { EMPTY: '', PAGER_KEY: 'hunter2-hunter2-hunter2' };

test.each(names)('%s: exactly these mistakes, at these places', async (name) => {
  const outcome = await loadPlan([join(folder, name)], { ...loadOptions, environment });
  const problems = 'problems' in outcome ? outcome.problems : [];
  const found = problems.map((problem) => formatProblem(problem).replaceAll(`${folder}/`, '').replaceAll(folder, 'bad')).join('\n');
  const golden = join(folder, `${name.replace(/\.ya?ml$/, '')}.txt`);
  if (process.env['GOLDEN'] === 'write') writeFileSync(golden, `${found}\n`);
  expect(`${found}\n`, relative(folder, golden)).toBe(readFileSync(golden, 'utf8'));
  expect(found).not.toBe('');
  expect(found).not.toContain('hunter2');
});

test('every code of a mistake is provoked by a file in bad/, or needs a file system to provoke', () => {
  const all = readdirSync(folder)
    .filter((name) => name.endsWith('.txt'))
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .join('');
  const missing = Object.keys(problemCodes).filter((code) => !all.includes(`[${code}]`));
  expect(missing).toEqual([]);
});
