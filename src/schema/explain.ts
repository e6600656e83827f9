// Turns what a schema refuses into mistakes in the words of a person who writes configurations.
import type { s } from './kit.ts';
import { didYouMean } from './nearest.ts';
import type { ProblemCode } from './problem.ts';
import { Secret } from './secret.ts';
import {
  alternatives,
  core,
  elementOf,
  inWords,
  isDuration,
  isSecret,
  keysAt,
  metaOf,
  type Path,
  schemaAt,
  shapeOf,
  typeOf,
  valuesOf,
} from './shape.ts';

/** One mistake at a place inside the value that was checked. */
export interface Mistake {
  readonly code: ProblemCode;
  readonly path: Path;
  /** Whether the key itself is wrong, or what stands behind it. */
  readonly at: 'key' | 'value';
  readonly message: string;
  readonly hint?: string;
}

type Issue = s.core.$ZodIssue;

/** Everything that `schema` refuses in `value`; empty when it is right. Never shows what may be secret. */
export function explain(schema: s.ZodType, value: unknown, issues: readonly Issue[]): Mistake[] {
  return issues.flatMap((issue) => explainOne({ schema, value, issue, path: issue.path.map(step) }));
}

interface Case {
  readonly schema: s.ZodType;
  readonly value: unknown;
  readonly issue: Issue;
  readonly path: Path;
}

function step(key: PropertyKey): string | number {
  return typeof key === 'number' ? key : String(key);
}

function explainOne(given: Case): Mistake[] {
  const { issue, path, value } = given;
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(given, key));
  if (issue.code === 'invalid_union') return union(given, issue);
  if (issue.code === 'invalid_key') {
    return [{ code: 'wrong_value', path, at: 'key', message: `the name "${shorten(String(path.at(-1)))}" ${keyMessage(issue)}` }];
  }
  if (valueAt(value, path) === undefined && issue.code !== 'custom') return [missing(given)];
  if (issue.code === 'invalid_type') return [wrongType(given)];
  return [issue.code === 'invalid_value' ? wrongChoice(given) : wrongValue(given)];
}

function keyMessage(issue: Extract<Issue, { code: 'invalid_key' }>): string {
  return issue.issues[0]?.message ?? 'is not allowed';
}

function unknownKey({ schema, path }: Case, key: string): Mistake {
  const at = schemaAt(schema, path);
  const known = at === undefined ? [] : keysAt(at);
  const hint = didYouMean(key, known) ?? (known.length > 0 ? `known here: ${known.join(', ')}` : undefined);
  const message = `the key "${shorten(key)}" is not known here`;
  return { code: 'unknown_key', path: [...path, key], at: 'key', message, ...(hint === undefined ? {} : { hint }) };
}

function missing({ schema, path }: Case): Mistake {
  const key = String(path.at(-1) ?? '');
  const at = schemaAt(schema, path);
  const words = at === undefined ? '' : `: ${inWords(at)}`;
  return { code: 'missing_key', path: path.slice(0, -1), at: 'key', message: `needs the key "${key}"${words}` };
}

function wrongType({ schema, value, path, issue }: Case): Mistake {
  const found = valueAt(value, path);
  const at = schemaAt(schema, path);
  const code = at !== undefined && isSecret(at) && typeof found === 'string' ? 'secret' : 'wrong_type';
  if (isOwnMessage(issue)) return { code, path, at: 'value', message: issue.message };
  const message = `must be ${at === undefined ? 'of another type' : inWords(at)}; found ${foundWords(found, at, path)}`;
  const hint = at === undefined ? undefined : typeHint(found, at, path);
  return { code, path, at: 'value', message, ...(hint === undefined ? {} : { hint }) };
}

function typeHint(found: unknown, at: s.core.$ZodType, path: Path): string | undefined {
  if (found instanceof Secret) return '!env and !file stand only where a secret is taken';
  if (typeof found === 'number' && isDuration(at)) return `write ${found}s, ${found}m or ${found}h`;
  const words = inWords(at);
  const isOne = typeof found === 'string' || typeof found === 'number';
  if (isOne && takesList(at))
    return isSayable(found, elementAt(at), path) ? `write [${shorten(String(found))}]` : 'put it in brackets: [ ... ]';
  if (words.startsWith('true or false') && typeof found === 'string' && /^(yes|no|on|off)$/i.test(found)) {
    return `write ${/^(yes|on)$/i.test(found) ? 'true' : 'false'}`;
  }
  return undefined;
}

function takesList(at: s.core.$ZodType): boolean {
  return typeOf(at) === 'array' || alternatives(at).some(takesList);
}

function elementAt(at: s.core.$ZodType): s.core.$ZodType | undefined {
  return elementOf([at, ...alternatives(at)].find((one) => typeOf(one) === 'array') ?? at);
}

function wrongChoice({ schema, value, path }: Case): Mistake {
  const found = valueAt(value, path);
  const at = schemaAt(schema, path);
  const values = at === undefined ? [] : (valuesOf(at) ?? []);
  const hint = typeof found === 'string' ? didYouMean(found, values) : undefined;
  const message = `must be ${at === undefined ? 'another value' : inWords(at)}; found ${foundWords(found, at, path)}`;
  return { code: 'wrong_value', path, at: 'value', message, ...(hint === undefined ? {} : { hint }) };
}

function wrongValue({ schema, value, path, issue }: Case): Mistake {
  const found = valueAt(value, path);
  const at = schemaAt(schema, path);
  const mayShow = typeof found !== 'object' && isSayable(found, at, path);
  if (at !== undefined && metaOf(core(at)).secret === true && !(found instanceof Secret)) {
    return { code: 'secret', path, at: 'value', message: issue.message };
  }
  if (isOwnMessage(issue)) {
    const isPredicate = /^(is|must|has|may|does|cannot|needs|takes|holds|starts|ends)\b/.test(issue.message);
    const subject = mayShow && found !== undefined ? quote(found) : 'the value';
    return {
      code: 'wrong_value',
      path,
      at: 'value',
      message: isPredicate && found !== undefined && typeof found !== 'object' ? `${subject} ${issue.message}` : issue.message,
    };
  }
  return {
    code: 'wrong_value',
    path,
    at: 'value',
    message: `must be ${boundWords(issue, at)}; found ${sizeWords(issue, found, at, path)}`,
  };
}

function boundWords(issue: Issue, at: s.core.$ZodType | undefined): string {
  if (issue.code === 'too_small' && issue.origin !== 'number')
    return `at least ${issue.minimum} ${unitOf(issue.origin, issue.minimum)} long`;
  if (issue.code === 'too_big' && issue.origin !== 'number') return `at most ${issue.maximum} ${unitOf(issue.origin, issue.maximum)} long`;
  if (issue.code === 'invalid_format') return issue.format === 'regex' ? `of the form ${issue.pattern ?? ''}` : `a valid ${issue.format}`;
  return at === undefined ? 'another value' : inWords(at);
}

function sizeWords(issue: Issue, found: unknown, at: s.core.$ZodType | undefined, path: Path): string {
  if ((issue.code === 'too_small' || issue.code === 'too_big') && issue.origin !== 'number') {
    if (typeof found === 'string') return `${found.length}`;
    if (Array.isArray(found)) return `${found.length}`;
  }
  return foundWords(found, at, path);
}

function unitOf(origin: string, count: number | bigint): string {
  const unit = origin === 'string' ? 'character' : 'entr';
  if (unit === 'entr') return Number(count) === 1 ? 'entry' : 'entries';
  return Number(count) === 1 ? unit : `${unit}s`;
}

/** The branch that came nearest speaks; when none did, the union speaks as a whole. */
function union(given: Case, issue: Extract<Issue, { code: 'invalid_union' }>): Mistake[] {
  const { schema, value, path } = given;
  const found = valueAt(value, path);
  if (found === undefined && path.length > 0) return [missing(given)];
  const at = schemaAt(schema, path);
  const branches = at === undefined ? [] : alternatives(at);
  const reached = issue.errors.findIndex((errors, index) => errors.length > 0 && fits(branches[index], found, errors));
  const errors = issue.errors[reached];
  if (errors !== undefined) {
    const branch = branches[reached];
    if (branch !== undefined) {
      const mistakes = errors.flatMap((one) =>
        explainOne({ schema: branch as s.ZodType, value: found, issue: one, path: one.path.map(step) }),
      );
      return mistakes.map((mistake) => ({ ...mistake, path: [...path, ...mistake.path] }));
    }
  }
  return [wrongType(given)];
}

/** True when the branch takes values of this type, so that its own complaint is the one that helps. */
function fits(branch: s.core.$ZodType | undefined, found: unknown, errors: readonly Issue[]): boolean {
  if (branch === undefined || isSecret(branch)) return false;
  if (errors.some((error) => error.path.length > 0)) return true;
  if (typeof found === 'object' && found !== null && shapeOf(branch) !== undefined)
    return errors.every((error) => error.code !== 'invalid_type');
  return errors.every(
    (error) => error.code === 'custom' || error.code === 'too_small' || error.code === 'too_big' || error.code === 'invalid_format',
  );
}

/** True when the schema's author wrote the message, and not zod. */
function isOwnMessage(issue: Issue): boolean {
  return !/^(Too small|Too big|Invalid|Unrecognized)\b/.test(issue.message);
}

function foundWords(found: unknown, at: s.core.$ZodType | undefined, path: Path): string {
  if (found === null) return 'nothing';
  if (found instanceof Secret) return 'a secret';
  if (Array.isArray(found)) return 'a list';
  if (typeof found === 'object') return 'a map';
  if (typeof found === 'string') return isSayable(found, at, path) ? `the text ${quote(found)}` : 'a text';
  return typeof found === 'number' ? `the number ${found}` : JSON.stringify(found);
}

/** False for what may be secret: by its schema, by the name of its key, or by its look. */
function isSayable(found: unknown, at: s.core.$ZodType | undefined, path: Path): boolean {
  if (typeof found === 'number' || typeof found === 'boolean') return at === undefined || !isSecret(at);
  if (typeof found !== 'string' || at === undefined || isSecret(at)) return false;
  if (/:\/\/[^/]*@/.test(found) || /[?&][^=]+=/.test(found)) return false;
  const expectsText = ['a map of keys', 'a list'].every((words) => inWords(at) !== words);
  return (
    expectsText &&
    !path.some((key) => /pass|secret|token|credential|auth|cookie|header|body|send/i.test(String(key)) || /(^|_)key$/i.test(String(key)))
  );
}

function quote(found: unknown): string {
  return typeof found === 'string' ? `"${shorten(found)}"` : String(found);
}

/** Control characters away, at most 60 characters. */
export function shorten(text: string): string {
  // oxlint-disable-next-line no-control-regex -- these are the characters to take out
  const clean = text.replaceAll(/[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+/g, ' ');
  return clean.length > 60 ? `${clean.slice(0, 57)}...` : clean;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const key of path) {
    if (typeof at !== 'object' || at === null || at instanceof Secret) return undefined;
    at = Object.hasOwn(at, key) ? (at as Readonly<Record<string | number, unknown>>)[key] : undefined;
  }
  return at;
}
