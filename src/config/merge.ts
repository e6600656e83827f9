// Several files are one configuration: maps merge by key, lists are joined in the order of the files, all else is said once.
import type { Problem } from '#schema/problem.ts';
import type { Path } from '#schema/shape.ts';
import { type Entry, type MapNode, type Node, pathText, place, placeText } from './node.ts';

/** What is said in one place as a whole: `*` stands for any name. */
const wholes: readonly Path[] = [
  ['services', '*', 'endpoints', '*'],
  ['receivers', '*'],
  ['tokens', '*'],
];

/** One tree of several roots, which must all be maps. What is said twice is told, naming both places. */
export function merge(roots: readonly MapNode[]): { readonly root: MapNode | undefined; readonly problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const [first, ...others] = roots;
  let root = first;
  for (const other of others) if (root !== undefined) root = mergeMaps(root, other, [], problems);
  return { root, problems };
}

function mergeMaps(left: MapNode, right: MapNode, path: Path, problems: Problem[]): MapNode {
  const entries = new Map<string, Entry>(left.entries);
  for (const [key, entry] of right.entries) {
    const before = entries.get(key);
    entries.set(key, before === undefined ? entry : { key: before.key, node: mergeNodes(before, entry, [...path, key], problems) });
  }
  return { ...left, entries, size: left.size + right.size, depth: Math.max(left.depth, right.depth) };
}

function mergeNodes(left: Entry, right: Entry, path: Path, problems: Problem[]): Node {
  if (isEmpty(left.node)) return right.node;
  if (isEmpty(right.node)) return left.node;
  if (!isWhole(path)) {
    if (left.node.type === 'map' && right.node.type === 'map') return mergeMaps(left.node, right.node, path, problems);
    if (left.node.type === 'list' && right.node.type === 'list') {
      return { ...left.node, items: [...left.node.items, ...right.node.items], size: left.node.size + right.node.size };
    }
  }
  problems.push({
    code: 'duplicate',
    ...place(right.key),
    path: pathText(path),
    message: `is said twice; first at ${placeText(left.key)}`,
    hint: 'keep one of the two',
  });
  return left.node;
}

function isEmpty(node: Node): boolean {
  return node.type === 'scalar' && node.value === null;
}

function isWhole(path: Path): boolean {
  return wholes.some((whole) => whole.length === path.length && whole.every((step, index) => step === '*' || step === path[index]));
}
