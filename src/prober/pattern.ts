// Regular expressions and JSONPath queries of the configuration: checked when it is read, linear in the answer when they run.
import { JSONPathEnvironment, JSONPathError, type JSONPathQuery, type JSONValue } from 'json-p3';
import { RE2JS, RE2JSException } from 're2js';
import { s } from '#schema/kit.ts';

/** A compiled expression. Never backtracks: time grows linearly with the text, whoever wrote it (RE2). */
export interface Pattern {
  /** As it stands in the configuration. */
  readonly source: string;
  /** True when it matches anywhere in the first million characters. */
  test(text: string): boolean;
  /** The first group of the first match, or the whole match of an expression without groups; undefined when nothing matches. */
  capture(text: string): string | undefined;
  toJSON(): string;
}

/** A compiled JSONPath query (RFC 9535) without `match`, `search` and what makes a query's cost more than linear. */
export interface JsonPath {
  readonly source: string;
  /** At most `limit` values, in order. Throws JsonTooDeep when the document is nested deeper than 100 levels. */
  find(document: unknown, limit: number): readonly unknown[];
  toJSON(): string;
}

/** The document is nested deeper than a query looks. */
export class JsonTooDeep extends Error {}

class CostlyQuery extends Error {}

const longestText = 1_000_000;
const deepestDocument = 100;

/** A regular expression in RE2's syntax, at most 1,000 characters; parsed to a Pattern. */
export function pattern() {
  return s
    .string()
    .min(1)
    .max(1000)
    .transform((source, check) => {
      try {
        return compilePattern(source);
      } catch (error) {
        if (!(error instanceof RE2JSException)) throw error;
        check.addIssue({ code: 'custom', message: `is not a regular expression in RE2's syntax (${error.message})` });
        return s.NEVER;
      }
    })
    .meta({ words: 'a regular expression (RE2 syntax)' });
}

export function compilePattern(source: string): Pattern {
  const compiled = RE2JS.compile(source);
  return {
    source,
    test: (text) => compiled.matcher(bounded(text)).find(),
    capture: (text) => {
      const matcher = compiled.matcher(bounded(text));
      if (!matcher.find()) return undefined;
      return matcher.group(compiled.groupCount() > 0 ? 1 : 0) ?? undefined;
    },
    toJSON: () => source,
  };
}

function bounded(text: string): string {
  return text.length > longestText ? text.slice(0, longestText) : text;
}

/** A JSONPath query of RFC 9535, at most 1,000 characters; parsed to a JsonPath. */
export function jsonPath() {
  return s
    .string()
    .min(1)
    .max(1000)
    .transform((source, check) => {
      try {
        return compileJsonPath(source);
      } catch (error) {
        if (!(error instanceof JSONPathError || error instanceof CostlyQuery)) throw error;
        check.addIssue({ code: 'custom', message: `is not a JSONPath query that may be used here (${error.message})` });
        return s.NEVER;
      }
    })
    .meta({ words: 'a JSONPath query (RFC 9535)' });
}

const environment = new JSONPathEnvironment({ maxRecursionDepth: deepestDocument });
// Their expressions run on a backtracking engine: a bad one froze the process for seconds on 29 characters.
environment.functionRegister.delete('match');
environment.functionRegister.delete('search');

export function compileJsonPath(source: string): JsonPath {
  const compiled = environment.compile(source);
  refuseCostly(source);
  return { source, find: (document, limit) => find(compiled, document, limit), toJSON: () => source };
}

function find(query: JSONPathQuery, document: unknown, limit: number): readonly unknown[] {
  const found: unknown[] = [];
  try {
    // The cast: documents come from JSON.parse.
    for (const node of query.lazyQuery(document as JSONValue)) {
      if (found.push(node.value) >= limit) break;
    }
  } catch (error) {
    if (error instanceof JSONPathError && error.name === 'JSONPathRecursionLimitError') throw new JsonTooDeep();
    throw error;
  }
  return found;
}

/** One `..` at most, and inside a filter only queries that give one value: then each node is looked at once per level. */
function refuseCostly(source: string): void {
  const bare = source.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '""');
  if ((bare.match(/\.\./g) ?? []).length > 1) throw new CostlyQuery("'..' may stand in a query once");
  const filter = bare.indexOf('?');
  if (filter >= 0 && /\.\.|\*|:|\?/.test(bare.slice(filter + 1))) {
    throw new CostlyQuery("after the first '?' neither '..', '*', ':' nor another filter may stand");
  }
}
