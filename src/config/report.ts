// Collects mistakes with their places, and checks parts of the tree by a schema.

import { explain, type Mistake } from '#schema/explain.ts';
import type { s } from '#schema/kit.ts';
import type { Problem } from '#schema/problem.ts';
import { type Path, schemaAt, typeOf } from '#schema/shape.ts';
import { type Node, nodeAt, pathText, place, placeText, spotOf, toValue } from './node.ts';

export class Report {
  readonly problems: Problem[] = [];
  readonly #root: Node;
  readonly #told = new Set<string>();

  constructor(root: Node) {
    this.#root = root;
  }

  /** Notes a mistake; the same one at the same place is noted once. */
  tell(mistake: Mistake): void {
    const { code, path, at, message, hint } = mistake;
    const spot = spotOf(this.#root, path, at);
    const key = `${pathText(path)}\n${message}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    this.problems.push({ code, ...place(spot), path: pathText(path), message, ...(hint === undefined ? {} : { hint }) });
  }

  has(path: Path): boolean {
    return nodeAt(this.#root, path) !== undefined;
  }

  value(path: Path): unknown {
    const node = nodeAt(this.#root, path);
    return node === undefined ? undefined : toValue(node);
  }

  /** The keys written at a path, in order; none where no map stands there. */
  keys(path: Path): readonly string[] {
    const node = nodeAt(this.#root, path);
    return node?.type === 'map' ? [...node.entries.keys()] : [];
  }

  length(path: Path): number {
    const node = nodeAt(this.#root, path);
    return node?.type === 'list' ? node.items.length : 0;
  }

  isList(path: Path): boolean {
    return nodeAt(this.#root, path)?.type === 'list';
  }

  /** `file:line:column` of what is written at a path. */
  where(path: Path): string {
    return placeText(spotOf(this.#root, path, 'key'));
  }

  /** What `schema` makes of the value; undefined when it refuses it, which is told then. */
  check<T extends s.ZodType>(schema: T, path: Path, value: unknown = this.value(path)): s.output<T> | undefined {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    for (const mistake of explain(schema, value, parsed.error.issues)) {
      this.tell({ ...mistake, path: [...path, ...mistake.path], ...this.#quotingHint(schema, path, mistake) });
    }
    return undefined;
  }

  /** A text that YAML took for a number, a boolean or nothing: say how it must be written. */
  #quotingHint(schema: s.ZodType, path: Path, mistake: Mistake): { readonly hint?: string } {
    if (mistake.hint !== undefined || mistake.code !== 'wrong_type') return {};
    const wanted = schemaAt(schema, mistake.path);
    const node = nodeAt(this.#root, [...path, ...mistake.path]);
    if (wanted === undefined || typeOf(wanted) !== 'string' || node?.type !== 'scalar' || typeof node.value === 'string') return {};
    if (node.written === undefined || node.written === '') return { hint: 'write a text behind the colon, or remove the key' };
    return {
      hint: `YAML reads ${node.written} as ${typeof node.value === 'number' ? 'a number' : String(node.value)}; put it in quotes: "${node.written}"`,
    };
  }
}
