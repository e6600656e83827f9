// One YAML text to a tree with places: the only home of the yaml package.
import { setImmediate } from 'node:timers/promises';
import {
  type Alias,
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  type ParsedNode,
  Parser,
} from 'yaml';
import { shorten } from '#schema/explain.ts';
import { didYouMean } from '#schema/nearest.ts';
import type { Problem, ProblemCode } from '#schema/problem.ts';
import { Secret } from '#schema/secret.ts';
import { type Entry, type Node, placeText, type SourceFile, type Spot } from './node.ts';
import type { Text } from './read.ts';
import { syntaxProblem } from './syntax.ts';

const mostDepth = 64;
/** After so many errors in one text the rest is echo. */
const mostErrors = 10;
const mostNodes = 2_000_000;
/** Parts of one text: words, signs, runs of spaces, ends of lines. */
const mostLexemes = 1_500_000;
/** Mistakes of one text that are told. */
const mostProblems = 100;
/** Parts of the text between two breaths of the event loop. */
const lexemesAtOnce = 20_000;

/** A tree, or the reasons why there is none. `tree` is absent also where the file holds only comments. */
export interface Parsed {
  readonly tree?: Node;
  readonly problems: readonly Problem[];
}

/** Reads YAML 1.2, one document, at most 64 levels deep. Never throws, whatever the text. */
export async function parseYaml({ file, text }: Text): Promise<Parsed> {
  const lines = new LineCounter();
  const source: SourceFile = {
    name: file,
    place: (offset) => {
      const { line, col } = lines.linePos(offset);
      return { line: Math.max(line, 1), column: Math.max(col, 1) };
    },
  };
  const problems: Problem[] = [];
  const tell = (code: ProblemCode, offset: number, message: string, hint?: string) => {
    if (problems.length < mostProblems)
      problems.push({ code, file, ...source.place(offset), path: '', message, ...(hint === undefined ? {} : { hint }) });
  };
  if (text.length === 0) return { problems: [{ code: 'syntax', file, line: 0, column: 0, path: '', message: 'is empty' }] };
  const tokens = await tokenize(text, lines, tell);
  if (tokens === undefined) return { problems };
  const document = compose(tokens, text, tell);
  if (document === undefined || document.contents === null || problems.length > 0) return { problems };
  const tree = new Builder(source, document.contents, tell).build();
  return problems.length > 0 || tree === undefined ? { problems } : { tree, problems };
}

type Tell = (code: ProblemCode, offset: number, message: string, hint?: string) => void;

/** The parser is driven by hand, so that a text that nests too deeply is left at once, and others may run in between. */
async function tokenize(text: string, lines: LineCounter, tell: Tell): Promise<readonly CST.Token[] | undefined> {
  const parser = new Parser(lines.addNewLine);
  lines.addNewLine(0);
  const tokens: CST.Token[] = [];
  let lexemes = 0;
  for (const lexeme of new Lexer().lex(text)) {
    tokens.push(...parser.next(lexeme));
    // Besides the levels the stack holds the document and the scalar at hand; a list in a map's value takes one entry.
    if (parser.stack.length > mostDepth + 2) {
      tell('too_large', parser.offset, `is nested deeper than ${mostDepth} levels, the most that is read`);
      return undefined;
    }
    if (++lexemes > mostLexemes) {
      tell(
        'too_large',
        parser.offset,
        `consists of more than ${mostLexemes} words and signs, the most that is read`,
        'divide it into several files',
      );
      return undefined;
    }
    if (lexemes % lexemesAtOnce === 0) await setImmediate();
  }
  tokens.push(...parser.end());
  return tokens;
}

const secretTags = ['!env', '!file'] as const;

function compose(tokens: readonly CST.Token[], text: string, tell: Tell): Document.Parsed | undefined {
  const composer = new Composer({
    version: '1.2',
    uniqueKeys: false,
    customTags: (tags) => [...tags, ...secretTags.map((tag) => ({ tag, resolve: (argument: string) => argument }))],
  });
  const [document, second] = composer.compose(tokens, true, text.length);
  if (document === undefined) return undefined;
  const directive = tokens.find((token) => token.type === 'directive');
  if (directive !== undefined)
    tell('syntax', directive.offset, 'has a % directive; Holter reads YAML 1.2 without directives', 'remove the line');
  if (second !== undefined) {
    tell('syntax', second.range[0], 'holds a second document after "---"; one file is one document', 'put it into a file of its own');
  }
  const told = new Set<string>();
  for (const error of document.errors.slice(0, mostErrors)) {
    const { message, hint } = syntaxProblem(error.code);
    const key = `${error.pos[0]} ${message}`;
    if (!told.has(key)) tell('syntax', error.pos[0], message, hint);
    told.add(key);
  }
  return document;
}

/** Makes the tree. Aliases share their nodes; what they would amount to when written out is counted and bounded. */
class Builder {
  readonly #source: SourceFile;
  readonly #root: ParsedNode;
  readonly #tell: Tell;
  readonly #anchors = new Map<string, Node | 'open'>();
  #stopped = false;

  constructor(source: SourceFile, root: ParsedNode, tell: Tell) {
    this.#source = source;
    this.#root = root;
    this.#tell = tell;
  }

  build(): Node | undefined {
    const tree = this.#node(this.#root, 1);
    if (tree.size > mostNodes) this.#stop(this.#root.range[0], `amounts to more than ${mostNodes} values, the most that is read`);
    return this.#stopped ? undefined : tree;
  }

  #stop(offset: number, message: string): void {
    if (!this.#stopped) this.#tell('too_large', offset, message);
    this.#stopped = true;
  }

  #spot(offset: number): Spot {
    return { source: this.#source, offset };
  }

  #node(given: ParsedNode | null, depth: number): Node {
    const offset = given?.range[0] ?? 0;
    if (this.#stopped || given === null) return this.#nothing(offset);
    if (isAlias(given)) return this.#alias(given, depth);
    const { anchor } = given;
    if (anchor !== undefined) this.#anchors.set(anchor, 'open');
    const node = this.#fresh(given, depth);
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #nothing(offset: number): Node {
    return { type: 'scalar', value: null, ...this.#spot(offset), size: 1, depth: 1 };
  }

  #alias(given: Alias.Parsed, depth: number): Node {
    const node = this.#anchors.get(given.source);
    const offset = given.range[0];
    if (node === undefined) {
      const name = `*${shorten(given.source)}`;
      this.#tell(
        'syntax',
        offset,
        `${name} refers to an anchor &... that is not set before it`,
        didYouMean(given.source, this.#anchors.keys()),
      );
      return this.#nothing(offset);
    }
    if (node === 'open') {
      this.#tell('syntax', offset, `*${shorten(given.source)} stands inside of what it refers to`);
      return this.#nothing(offset);
    }
    if (depth + node.depth > mostDepth) this.#stop(offset, `is nested deeper than ${mostDepth} levels, aliases written out`);
    if (node.size > mostNodes) this.#stop(offset, `amounts to more than ${mostNodes} values, aliases written out`);
    return node;
  }

  #fresh(given: Exclude<ParsedNode, Alias.Parsed>, depth: number): Node {
    if (given.tag !== undefined && !this.#isGoodTag(given)) return this.#nothing(given.range[0]);
    const spot = this.#spot(given.range[0]);
    if (isMap(given)) return this.#map(given.items, spot, depth);
    if (isSeq(given)) {
      const items = given.items.map((item) => this.#node(item, depth + 1));
      return { type: 'list', items, ...spot, ...measure(items) };
    }
    if (given.tag === '!env' || given.tag === '!file') {
      return { type: 'secret', tag: given.tag, argument: String(given.value), secret: new Secret(''), ...spot, size: 1, depth: 1 };
    }
    const value = isScalar(given) ? plain(given.value) : null;
    const written = given.type === 'PLAIN' ? given.source : undefined;
    return { type: 'scalar', value, ...(written === undefined ? {} : { written }), ...spot, size: 1, depth: 1 };
  }

  #isGoodTag(given: Exclude<ParsedNode, Alias.Parsed>): boolean {
    const tag = given.tag ?? '';
    const isSecretTag = tag === '!env' || tag === '!file';
    const isCoreTag = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/.test(tag);
    if (isCoreTag || (isSecretTag && isScalar(given))) return true;
    const offset = given.range[0];
    if (isSecretTag)
      this.#tell('syntax', offset, `${tag} takes one plain text, for instance ${tag === '!env' ? '!env PD_KEY' : '!file secrets/key.pem'}`);
    else
      this.#tell(
        'syntax',
        offset,
        `the tag ${shorten(tag.replace('tag:yaml.org,2002:', '!!'))} is not known; there are !env and !file`,
        didYouMean(tag, secretTags),
      );
    return false;
  }

  #map(pairs: readonly { readonly key: unknown; readonly value: unknown }[], spot: Spot, depth: number): Node {
    const entries = new Map<string, Entry>();
    const merged: Node[] = [];
    for (const pair of pairs) {
      const key = this.#key(pair.key as ParsedNode | null);
      if (key === undefined) continue;
      const node = this.#node(pair.value as ParsedNode | null, depth + 1);
      if (key.name === '<<' && key.isPlain) merged.push(...this.#mergeable(node));
      else this.#enter(entries, key.name, { key: key.spot, node });
    }
    for (const source of merged) {
      if (source.type !== 'map') continue;
      for (const [name, entry] of source.entries) if (!entries.has(name)) entries.set(name, entry);
    }
    return { type: 'map', entries, ...spot, ...measure([...entries.values()].map(({ node }) => node)) };
  }

  #enter(entries: Map<string, Entry>, name: string, entry: Entry): void {
    const first = entries.get(name);
    if (first === undefined) entries.set(name, entry);
    else this.#tell('duplicate', entry.key.offset, `the key "${shorten(name)}" stands here twice; first at ${placeText(first.key)}`);
  }

  /** `<<: *map` or `<<: [*one, *two]`: earlier maps win, and what is written beside it wins over all. */
  #mergeable(node: Node): readonly Node[] {
    const nodes = node.type === 'list' ? node.items : [node];
    if (nodes.some(({ type }) => type !== 'map')) this.#tell('syntax', node.offset, '<< takes a map, or a list of maps');
    return nodes;
  }

  /** Keys are texts as they are written: `01` stays `01`. */
  #key(given: ParsedNode | null): { readonly name: string; readonly isPlain: boolean; readonly spot: Spot } | undefined {
    const offset = given?.range[0] ?? 0;
    if (!isScalar(given) || given.tag !== undefined || given.anchor !== undefined) {
      this.#tell('syntax', offset, 'a key must be one plain text', 'put the text in quotes');
      return undefined;
    }
    const isPlain = given.type === 'PLAIN';
    const name = isPlain ? (given.source ?? '') : String(given.value);
    if (name === '' || name === '__proto__') {
      this.#tell('unknown_key', offset, name === '' ? 'a key has no name' : 'the key "__proto__" is not known here');
      return undefined;
    }
    return { name, isPlain, spot: this.#spot(offset) };
  }
}

function measure(children: readonly Node[]): { readonly size: number; readonly depth: number } {
  let size = 1;
  let depth = 0;
  for (const child of children) {
    size += child.size;
    depth = Math.max(depth, child.depth);
  }
  return { size, depth: depth + 1 };
}

/** YAML's core types; whole numbers beyond the safe range stay numbers and fail the schema's bounds. */
function plain(value: unknown): string | number | boolean | null {
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value;
  return typeof value === 'bigint' ? Number(value) : null;
}
