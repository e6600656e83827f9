// Fetches what `!env NAME` and `!file path` name. Only names and paths are ever shown.
import { isUtf8 } from 'node:buffer';
import { dirname, isAbsolute, join } from 'node:path';
import { shorten } from '#schema/explain.ts';
import { didYouMean } from '#schema/nearest.ts';
import type { Problem } from '#schema/problem.ts';
import { Secret } from '#schema/secret.ts';
import type { Path } from '#schema/shape.ts';
import { type Node, pathText, place, type SecretNode } from './node.ts';
import { type Files, readFailure } from './read.ts';

const mostSecretBytes = 64 * 1024;
const mostSecrets = 20_000;

export interface SecretSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly files: Files;
}

/** Fills every secret in the tree; what cannot be had is told, each place once. A file is read once. */
export async function readSecrets(root: Node, sources: SecretSources): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const read = new Map<string, Promise<Found>>();
  const found = secretsIn(root);
  for (const node of found.slice(0, mostSecrets)) {
    const outcome = await fetchSecret(node, sources, read);
    if ('text' in outcome) node.secret = new Secret(outcome.text);
    else problems.push({ code: 'secret', ...place(node), path: pathText(pathTo(root, node) ?? []), ...outcome });
  }
  const extra = found[mostSecrets];
  if (extra !== undefined) problems.push({ code: 'too_large', ...place(extra), path: '', message: `more than ${mostSecrets} secrets` });
  return problems;
}

type Found = { readonly text: string } | { readonly message: string; readonly hint?: string };

/** Each node once, however many aliases lead to it. */
function secretsIn(root: Node): readonly SecretNode[] {
  const found: SecretNode[] = [];
  const seen = new Set<Node>();
  const look = (node: Node) => {
    if (node.type === 'scalar' || seen.has(node)) return;
    seen.add(node);
    if (node.type === 'secret') found.push(node);
    else if (node.type === 'list') node.items.forEach(look);
    else for (const entry of node.entries.values()) look(entry.node);
  };
  look(root);
  return found;
}

/** The first path that leads to a node; each node is entered once. */
function pathTo(from: Node, wanted: Node, seen: Set<Node> = new Set()): Path | undefined {
  if (from === wanted) return [];
  if ((from.type !== 'map' && from.type !== 'list') || seen.has(from)) return undefined;
  seen.add(from);
  const steps: Iterable<readonly [string | number, Node]> =
    from.type === 'list' ? from.items.entries() : [...from.entries].map(([key, entry]) => [key, entry.node] as const);
  for (const [step, node] of steps) {
    const rest = pathTo(node, wanted, seen);
    if (rest !== undefined) return [step, ...rest];
  }
  return undefined;
}

const nameless = {
  '!env': { message: '!env takes the name of an environment variable', hint: 'write for instance !env PD_KEY' },
  '!file': { message: '!file takes the path of a file', hint: 'write for instance !file secrets/key.pem' },
} as const;

async function fetchSecret(node: SecretNode, sources: SecretSources, read: Map<string, Promise<Found>>): Promise<Found> {
  if (node.argument === '') return nameless[node.tag];
  if (node.tag === '!env') return fromEnvironment(node.argument, sources.environment);
  const path = isAbsolute(node.argument) ? node.argument : join(dirname(node.source.name), node.argument);
  let found = read.get(path);
  if (found === undefined) {
    found = fromFile(node.argument, path, sources.files);
    read.set(path, found);
  }
  return found;
}

function fromEnvironment(name: string, environment: SecretSources['environment']): Found {
  // What is no name may be the secret itself, put there by mistake: it is not shown.
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name)) {
    return { message: '!env takes the name of an environment variable: letters, digits and _', hint: 'write for instance !env PD_KEY' };
  }
  const text = environment[name];
  if (text === undefined) {
    const hint = didYouMean(name, Object.keys(environment)) ?? 'set it before Holter starts';
    return { message: `the environment variable ${name} is not set`, hint };
  }
  return text === '' ? { message: `the environment variable ${name} is set, but empty` } : { text };
}

async function fromFile(argument: string, path: string, files: Files): Promise<Found> {
  const shown = shorten(path);
  try {
    const found = await files.look(path);
    if ('names' in found) return { message: `the secret file ${shown} is a folder` };
    const bytes = await files.read(path, mostSecretBytes + 1);
    if (bytes.length > mostSecretBytes) return { message: `the secret file ${shown} is larger than 64 KB` };
    if (!isUtf8(bytes)) return { message: `the secret file ${shown} is not UTF-8 text` };
    const text = Buffer.from(bytes)
      .toString('utf8')
      .replace(/\r?\n$/, '');
    return text === '' ? { message: `the secret file ${shown} is empty` } : { text };
  } catch (error) {
    const hint = argument.includes('{region}')
      ? '{region} is not filled in behind !file and !env'
      : 'a path is taken from the folder of the file that says it';
    return { message: `the secret file ${shown} ${readFailure(error)}`, hint };
  }
}
