// What must hold of an HTTP answer: shared by every kind that asks over HTTP. Pure, and linear in the size of the answer.

import type { Failure } from '#model/result.ts';
import type { DurationMs } from '#model/time.ts';
import { duration, s } from '#schema/kit.ts';
import { type JsonPath, JsonTooDeep, jsonPath, type Pattern, pattern } from './pattern.ts';

/** Statuses that are well: `200`, `2xx`, `200-299`. */
export interface StatusSet {
  has(status: number): boolean;
  /** As it stands in the configuration: `200, 3xx`. */
  readonly text: string;
  toJSON(): string;
}

const statusPattern = /^(?:[1-5]xx|[1-5]\d\d(?:-[1-5]\d\d)?)$/;
const oneStatus = s.union([
  s.int().min(100).max(599),
  s.string().regex(statusPattern, 'is not a status; write for instance 200, 2xx or 200-299'),
]);

/** One status, class or range, or a list of them; parsed to a StatusSet. */
export function statusSet() {
  return s.union([oneStatus, s.array(oneStatus).min(1).max(50)]).transform((value) => parseStatusSet([value].flat()));
}

export function parseStatusSet(parts: readonly (string | number)[]): StatusSet {
  const texts = parts.map(String);
  const ranges = texts.map((text): readonly [number, number] => {
    if (text.endsWith('xx')) return [Number(text[0]) * 100, Number(text[0]) * 100 + 99];
    const [low, high] = text.split('-').map(Number);
    return [low ?? 0, high ?? low ?? 0];
  });
  const text = texts.join(', ');
  return { has: (status) => ranges.some(([low, high]) => status >= low && status <= high), text, toJSON: () => text };
}

const text = s.string().min(1).max(10_000);
const texts = s.array(text).min(1).max(50);
const patterns = s.array(pattern()).min(1).max(50);
const headerName = s.string().regex(/^[!#$%&'*+.^_`|~\w-]{1,100}$/, 'is not the name of a header');

const JsonExpectation = s
  .strictObject({
    path: jsonPath().describe(
      'JSONPath query, for instance `$.status` or `$.checks[?@.up==false]`. `match` and `search` are not available.',
    ),
    equals: s
      .union([s.string(), s.number(), s.boolean(), s.null()])
      .optional()
      .describe('The query gives exactly one value, and it is this one.'),
    matches: pattern().optional().describe('The query gives at least one value, and each, as a text, matches.'),
    count: s.int().min(0).max(10_000).optional().describe('The query gives exactly this many values.'),
    exists: s.boolean().optional().describe('The query gives at least one value, or with `false` none.'),
  })
  .refine((json) => [json.equals, json.matches, json.count, json.exists].some((wish) => wish !== undefined), {
    error: 'needs one of equals, matches, count, exists',
  });

/** The keys under `expect:` of kinds that ask over HTTP. */
export const HttpExpectations = s.strictObject({
  status: statusSet()
    .prefault('2xx')
    .describe('Statuses that are well: `200`, `2xx`, `200-299`, or a list of these. A `401` may be what a healthy front door says.'),
  headers: s.record(headerName, pattern()).optional().describe('Headers that must be there and match, by name.'),
  not_headers: s.record(headerName, pattern()).optional().describe('Headers that must not match, by name; an absent one is fine.'),
  contains: texts.optional().describe('Texts that must all occur in the body.'),
  not_contains: texts.optional().describe('Texts that must not occur in the body: the words of an error, login or maintenance page.'),
  matches: patterns.optional().describe('Regular expressions that must all match the body. A text under `contains` is quicker.'),
  not_matches: patterns.optional().describe('Regular expressions that must not match the body.'),
  json: s.array(JsonExpectation).min(1).max(50).optional().describe('What must hold of the body as JSON.'),
  final_url: pattern()
    .optional()
    .describe('Must match the whole address after all redirects: a redirect to a login page with status 200 is the classic false "up".'),
  max_age: duration({ most: '1y' }).optional().describe('Oldest answer of a cache that is well, by the header `Age`.'),
  within: duration({ least: '1ms', most: '5m' }).optional().describe('Longest time that the whole exchange may take, redirects included.'),
});

export type Expectations = s.output<typeof HttpExpectations>;

/** What a judge sees of an answer. */
export interface Answer {
  readonly status: number;
  /** One value of a header, '' when absent. */
  header(name: string): string;
  readonly body: string;
  readonly url: string;
  readonly elapsed: DurationMs;
}

/** The first expectation that does not hold. The message says which, never what the body says. */
export function unmetExpectation(answer: Answer, expect: Expectations): Failure | undefined {
  return unmetUrl(answer, expect) ?? unmetPattern(answer, expect) ?? unmetJson(answer.body, expect.json ?? []) ?? unmetTime(answer, expect);
}

/** The first header, text or expression that is not as wanted: what blackbox_exporter counts as a failure by expression. */
export function unmetPattern(answer: Answer, expect: Expectations): Failure | undefined {
  return unmetHeaders(answer, expect) ?? unmetTexts(answer.body, expect);
}

function unmetUrl({ url }: Answer, { final_url }: Expectations): Failure | undefined {
  if (final_url === undefined || final_url.test(url)) return undefined;
  return content('it ended at another address than final_url');
}

function unmetHeaders(answer: Answer, expect: Expectations): Failure | undefined {
  for (const [name, wanted] of Object.entries(expect.headers ?? {})) {
    const value = answer.header(name.toLowerCase());
    if (value === '') return content(`the header ${name} is missing`);
    if (!wanted.test(value)) return content(`the header ${name} does not match`);
  }
  for (const [name, unwanted] of Object.entries(expect.not_headers ?? {})) {
    const value = answer.header(name.toLowerCase());
    if (value !== '' && unwanted.test(value)) return content(`the header ${name} matches what it must not`);
  }
  return undefined;
}

function unmetTexts(body: string, expect: Expectations): Failure | undefined {
  const missing = (expect.contains ?? []).findIndex((wanted) => !body.includes(wanted));
  if (missing >= 0) return content(`text ${missing + 1} of contains is not in the body`);
  const present = (expect.not_contains ?? []).findIndex((unwanted) => body.includes(unwanted));
  if (present >= 0) return content(`text ${present + 1} of not_contains is in the body`);
  const unmatched = (expect.matches ?? []).findIndex((wanted) => !wanted.test(body));
  if (unmatched >= 0) return content(`expression ${unmatched + 1} of matches does not match the body`);
  const matched = (expect.not_matches ?? []).findIndex((unwanted) => unwanted.test(body));
  if (matched >= 0) return content(`expression ${matched + 1} of not_matches matches the body`);
  return undefined;
}

type JsonWish = NonNullable<Expectations['json']>[number];
const mostValues = 10_001;

function unmetJson(body: string, wishes: readonly JsonWish[]): Failure | undefined {
  if (wishes.length === 0) return undefined;
  const document = parseJson(body);
  if (document === undefined) return content(/^\s*</.test(body) ? 'the body is HTML or XML where JSON belongs' : 'the body is not JSON');
  for (const [index, wish] of wishes.entries()) {
    const problem = unmetWish(document.value, wish);
    if (problem !== undefined) return content(`json ${index + 1} (${wish.path.source}): ${problem}`);
  }
  return undefined;
}

function parseJson(body: string): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse(body) };
  } catch {
    // SyntaxError: its message quotes the body.
    return undefined;
  }
}

function unmetWish(document: unknown, wish: JsonWish): string | undefined {
  const values = findValues(wish.path, document);
  if (values === undefined) return 'the document is nested too deeply';
  if (wish.exists !== undefined && wish.exists !== values.length > 0) return wish.exists ? 'it gives no value' : 'it gives a value';
  if (wish.count !== undefined && values.length !== wish.count) return `it gives ${values.length} values, wanted are ${wish.count}`;
  if (wish.equals !== undefined && (values.length !== 1 || values[0] !== wish.equals)) return 'the value is another than wanted';
  return wish.matches === undefined || allMatch(values, wish.matches) ? undefined : 'the value does not match';
}

/** Objects and arrays have no text of their own and never match. */
function allMatch(values: readonly unknown[], wanted: Pattern): boolean {
  return values.length > 0 && values.every((value) => (typeof value !== 'object' || value === null) && wanted.test(String(value)));
}

function findValues(path: JsonPath, document: unknown): readonly unknown[] | undefined {
  try {
    return path.find(document, mostValues);
  } catch (error) {
    if (error instanceof JsonTooDeep) return undefined;
    throw error;
  }
}

function unmetTime(answer: Answer, expect: Expectations): Failure | undefined {
  const age = Number(answer.header('age'));
  if (expect.max_age !== undefined && age * 1000 > expect.max_age) {
    return content(`the answer is ${age} s old, allowed are ${expect.max_age / 1000} s`);
  }
  if (expect.within === undefined || answer.elapsed <= expect.within) return undefined;
  return { reason: 'timeout', message: `answered after ${Math.round(answer.elapsed)} ms, allowed are ${expect.within} ms` };
}

/** Whether it is the answer of a server that refused or missed our client certificate: nginx says 495 and 496 inside, and 400 with one of two sentences outside. */
export function refusesClientCertificate({ status, body }: Pick<Answer, 'status' | 'body'>): boolean {
  if (status === 495 || status === 496) return true;
  return status === 400 && /No required SSL certificate was sent|The SSL certificate error/.test(body.slice(0, 2000));
}

function content(message: string): Failure {
  return { reason: 'content', message };
}
