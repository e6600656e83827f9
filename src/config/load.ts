// From paths to a plan: read, parse, merge, fetch secrets, check. All mistakes at once; nothing is thrown for a bad configuration.
import type { Problem } from '#schema/problem.ts';
import { parseYaml } from './file.ts';
import { merge } from './merge.ts';
import type { MapNode } from './node.ts';
import { makePlan, type PlanOptions, type PlanOutcome } from './plan.ts';
import { type Files, localFiles, readTexts, wholeFile } from './read.ts';
import { readSecrets } from './secrets.ts';

/** Mistakes that are listed one by one. */
const mostProblems = 1000;

/** Where the configuration is looked for when nobody says where. */
const defaultPaths = ['config/holter.yaml', '/etc/holter/holter.yaml'] as const;

export interface LoadOptions extends PlanOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default: the file system of this machine. */
  readonly files?: Files;
}

/** The plan of all files and folders named, or every mistake in them, sorted by place. Without paths, the first default path that exists. */
export async function loadPlan(paths: readonly string[], options: LoadOptions): Promise<PlanOutcome> {
  const files = options.files ?? localFiles;
  const chosen = paths.length > 0 ? paths : await defaultPath(files);
  if (chosen === undefined) return { problems: [noFile()] };
  const { texts, problems } = await readTexts(chosen, files);
  const { roots, problems: syntax } = await parseAll(texts);
  const early = [...problems, ...syntax];
  // Whatever is said about the rest while a part is unreadable would be wrong half of the time.
  if (early.length > 0)
    return {
      problems: sorted(
        early,
        texts.map(({ file }) => file),
      ),
    };
  const { root, problems: twice } = merge(roots);
  if (root === undefined) return { problems: [nothingSaid(chosen)] };
  const secrets = await readSecrets(root, { environment: options.environment, files });
  const outcome = await makePlan(root, options);
  const late = [...twice, ...secrets, ...('problems' in outcome ? withoutEchoes(outcome.problems, secrets) : [])];
  return late.length > 0
    ? {
        problems: sorted(
          late,
          texts.map(({ file }) => file),
        ),
      }
    : outcome;
}

async function parseAll(texts: readonly { readonly file: string; readonly text: string }[]) {
  const roots: MapNode[] = [];
  const problems: Problem[] = [];
  for (const text of texts) {
    const parsed = await parseYaml(text);
    problems.push(...parsed.problems);
    if (parsed.tree?.type === 'map') roots.push(parsed.tree);
    else if (parsed.tree !== undefined && !(parsed.tree.type === 'scalar' && parsed.tree.value === null)) problems.push(notMap(text.file));
  }
  return { roots, problems };
}

async function defaultPath(files: Files): Promise<readonly string[] | undefined> {
  for (const path of defaultPaths) {
    try {
      await files.look(path);
      return [path];
    } catch (error) {
      // Only a file that is not there lets the next one be tried; one that cannot be read is told.
      if (!(error instanceof Error) || !('code' in error) || error.code !== 'ENOENT') return [path];
    }
  }
  return undefined;
}

function noFile(): Problem {
  const message = `does not exist, and neither does ${defaultPaths[1]}`;
  return { ...wholeFile('unreadable', defaultPaths[0], message), hint: 'name a file with -c, or write one with "holter init"' };
}

function nothingSaid(paths: readonly string[]): Problem {
  return {
    ...wholeFile('missing_key', paths.join(', '), 'holds no configuration, only comments'),
    hint: 'write a first one with "holter init"',
  };
}

function notMap(file: string): Problem {
  return {
    code: 'wrong_type',
    file,
    line: 1,
    column: 1,
    path: '',
    message: 'must be a map of keys at the top',
    hint: 'begin with system: and services:',
  };
}

/** A secret that could not be had is empty for whoever looks at its value, or at the map that it stands in: that it is missing is said already. */
function withoutEchoes(problems: readonly Problem[], secrets: readonly Problem[]): readonly Problem[] {
  const missing = new Set(secrets.flatMap(({ path }) => [path, path.replace(/(?:\.[^.[]+|\[\d+\])$/, '')]));
  return problems.filter(({ code, path }) => code !== 'wrong_value' || !missing.has(path));
}

function sorted(problems: readonly Problem[], files: readonly string[]): Problem[] {
  const rank = new Map(files.map((file, index) => [file, index]));
  const order = (problem: Problem) => rank.get(problem.file) ?? 0;
  const all = problems.toSorted((left, right) => order(left) - order(right) || left.line - right.line || left.column - right.column);
  const last = all[mostProblems];
  if (last === undefined) return all;
  return [
    ...all.slice(0, mostProblems),
    wholeFile('too_large', last.file, `and ${all.length - mostProblems} more mistakes that are not listed`),
  ];
}
