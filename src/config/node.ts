// A configuration as a tree that remembers where everything was written.
import type { Problem } from '#schema/problem.ts';
import type { Secret } from '#schema/secret.ts';
import type { Path } from '#schema/shape.ts';

/** One file's name, and the line and column (from 1) of an offset in it. */
export interface SourceFile {
  readonly name: string;
  place(offset: number): { readonly line: number; readonly column: number };
}

/** A place in a file. */
export interface Spot {
  readonly source: SourceFile;
  readonly offset: number;
}

interface Sized extends Spot {
  /** Nodes in it, itself included, aliases written out. */
  readonly size: number;
  /** Levels in it, aliases written out. */
  readonly depth: number;
}

export interface Entry {
  readonly key: Spot;
  readonly node: Node;
}

export interface MapNode extends Sized {
  readonly type: 'map';
  readonly entries: ReadonlyMap<string, Entry>;
}

interface ListNode extends Sized {
  readonly type: 'list';
  readonly items: readonly Node[];
}

interface ScalarNode extends Sized {
  readonly type: 'scalar';
  readonly value: string | number | boolean | null;
  /** As it stands in the file, where it stands there without quotes. */
  readonly written?: string;
}

/** `!env NAME` or `!file path`; `secret` is filled in when it has been read. */
export interface SecretNode extends Sized {
  readonly type: 'secret';
  readonly tag: '!env' | '!file';
  readonly argument: string;
  secret: Secret;
}

export type Node = MapNode | ListNode | ScalarNode | SecretNode;

/** The node at a path; undefined where there is none. */
export function nodeAt(root: Node, path: Path): Node | undefined {
  let at: Node | undefined = root;
  for (const step of path) {
    if (at?.type === 'map') at = at.entries.get(String(step))?.node;
    else if (at?.type === 'list') at = at.items[Number(step)];
    else return undefined;
  }
  return at;
}

/** Where a mistake at this path is shown: its key or its value, or the nearest thing above that was written. */
export function spotOf(root: Node, path: Path, at: 'key' | 'value'): Spot {
  for (let length = path.length; length > 0; length--) {
    const parent = nodeAt(root, path.slice(0, length - 1));
    const step = path[length - 1] ?? '';
    if (parent?.type === 'map') {
      const entry = parent.entries.get(String(step));
      if (entry !== undefined) return at === 'key' || length < path.length ? entry.key : entry.node;
    }
    const item = parent?.type === 'list' ? parent.items[Number(step)] : undefined;
    if (item !== undefined) return item;
  }
  return root;
}

/** The plain value of a node; secrets stay `Secret`. Maps have no prototype, so that every key is only a key. */
export function toValue(node: Node): unknown {
  if (node.type === 'scalar') return node.value;
  if (node.type === 'secret') return node.secret;
  if (node.type === 'list') return node.items.map(toValue);
  const value: Record<string, unknown> = Object.create(null);
  for (const [key, entry] of node.entries) value[key] = toValue(entry.node);
  return value;
}

/** `services.ehr.endpoints.fhir`, `routes[1].to[0]`. */
export function pathText(path: Path): string {
  let text = '';
  for (const step of path) text += typeof step === 'number' ? `[${step}]` : `${text === '' ? '' : '.'}${step}`;
  return text;
}

export function place(spot: Spot): Pick<Problem, 'file' | 'line' | 'column'> {
  return { file: spot.source.name, ...spot.source.place(spot.offset) };
}

/** `file:line:column`. */
export function placeText(spot: Spot): string {
  const { file, line, column } = place(spot);
  return `${file}:${line}:${column}`;
}
