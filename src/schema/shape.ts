// Looks into a schema: what it takes in words, which keys it knows, what a key defaults to.
import type { s } from './kit.ts';

export type Path = readonly (string | number)[];

/** Any schema, with its definition open to reading. */
type Schema = s.core.$ZodType;

interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly in?: Schema;
  readonly element?: Schema;
  readonly valueType?: Schema;
  readonly keyType?: Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly options?: readonly Schema[];
  readonly entries?: Readonly<Record<string, string | number>>;
  readonly values?: readonly unknown[];
  readonly defaultValue?: unknown;
  readonly format?: string;
  readonly checks?: readonly s.core.$ZodCheck[];
}

/** The part of a check's definition that is read here. */
interface CheckDefinition {
  readonly check?: string;
  readonly format?: string;
  readonly value?: unknown;
  readonly inclusive?: boolean;
  readonly minimum?: number;
  readonly maximum?: number;
}

/** Bounds of a number, or of the length of a text or list. */
interface Bounds {
  readonly least?: number;
  readonly most?: number;
  /** `least` itself is out. */
  readonly above?: boolean;
  readonly whole: boolean;
}

/** What `.meta()` of the kit says beside the description. */
interface Meta {
  readonly description?: string;
  readonly unit?: 'duration';
  readonly least?: string;
  readonly most?: string;
  readonly secret?: boolean;
  /** The type in words, where the schema alone cannot say it. */
  readonly words?: string;
}

/** Zod's definitions are one large union; this is the part of it that is read here. */
function definition(schema: Schema): Definition {
  return schema._zod.def;
}

function boundsOf(schema: Schema): Bounds {
  const { format, checks = [] } = definition(schema);
  const all: readonly CheckDefinition[] = checks.map((check) => check._zod.def);
  const least = all.find(({ check }) => check === 'greater_than' || check === 'min_length');
  const most = all.find(({ check }) => check === 'less_than' || check === 'max_length');
  return {
    ...definedBound('least', least?.value ?? least?.minimum),
    ...definedBound('most', most?.value ?? most?.maximum),
    above: least?.inclusive === false,
    whole: [format, ...all.map((check) => check.format)].some((name) => name?.includes('int') === true),
  };
}

function definedBound(key: 'least' | 'most', value: unknown): { readonly least?: number; readonly most?: number } {
  return typeof value === 'number' ? { [key]: value } : {};
}

export function metaOf(schema: Schema): Meta {
  return ((schema as s.ZodType).meta() ?? {}) as Meta;
}

/** One step inwards: through optional, default, pipe and their like. */
function inner(schema: Schema): Schema | undefined {
  const { innerType, in: input } = definition(schema);
  return innerType ?? input;
}

/** The schema inside of all wrappers. */
export function core(schema: Schema): Schema {
  let at = schema;
  for (let next = inner(at); next !== undefined; next = inner(at)) at = next;
  return at;
}

/** The first answer on the way inwards. */
function onTheWay<T>(schema: Schema, ask: (at: Schema) => T | undefined): T | undefined {
  for (let at: Schema | undefined = schema; at !== undefined; at = inner(at)) {
    const answer = ask(at);
    if (answer !== undefined) return answer;
  }
  return undefined;
}

export function descriptionOf(schema: Schema): string {
  return onTheWay(schema, (at) => metaOf(at).description) ?? '';
}

/** The default, in the value's own type; undefined when there is none. */
export function defaultOf(schema: Schema): unknown {
  return onTheWay(schema, (at) => definition(at).defaultValue);
}

/** True when the key must be written. */
export function isRequired(schema: Schema): boolean {
  return schema._zod.optin === undefined;
}

export function isSecret(schema: Schema): boolean {
  if (onTheWay(schema, (at) => metaOf(at).secret) === true) return true;
  return alternatives(schema).some((option) => isSecret(option));
}

export function isDuration(schema: Schema): boolean {
  if (onTheWay(schema, (at) => metaOf(at).unit) === 'duration') return true;
  return alternatives(schema).some((option) => isDuration(option));
}

/** The branches of a union; none for anything else. */
export function alternatives(schema: Schema): readonly Schema[] {
  return definition(core(schema)).options ?? [];
}

/** Keys and their schemas, where the schema is a map of fixed keys. */
export function shapeOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  return definition(core(schema)).shape;
}

/** What a list or a map of free names holds. */
export function elementOf(schema: Schema): Schema | undefined {
  const { element, valueType } = definition(core(schema));
  return element ?? valueType;
}

export function typeOf(schema: Schema): string {
  return definition(core(schema)).type;
}

/** The closed list of values that it takes; undefined when it is open. */
export function valuesOf(schema: Schema): readonly string[] | undefined {
  const { type, entries, values } = definition(core(schema));
  if (type === 'enum') return Object.values(entries ?? {}).map(String);
  if (type === 'literal') return values?.map(String);
  return undefined;
}

/** The schema of a place; of a union the first branch that has the place. Undefined where there is none. */
export function schemaAt(schema: Schema, path: Path): Schema | undefined {
  const [step, ...rest] = path;
  if (step === undefined) return schema;
  const next = shapeOf(schema)?.[String(step)] ?? elementOf(schema);
  if (next !== undefined) return schemaAt(next, rest);
  for (const option of alternatives(schema)) {
    const found = schemaAt(option, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Every key that is known at a map, over all branches of unions. */
export function keysAt(schema: Schema): readonly string[] {
  const shape = shapeOf(schema);
  if (shape !== undefined) return Object.keys(shape);
  return [...new Set(alternatives(schema).flatMap((option) => keysAt(option)))];
}

/** What it takes, in words: `a whole number from 1 to 10`, `one of "a", "b"`, `a length of time from 1s to 1d`. */
export function inWords(schema: Schema): string {
  const meta = onTheWay(schema, (at) =>
    (metaOf(at).words ?? metaOf(at).unit ?? metaOf(at).secret) === undefined ? undefined : metaOf(at),
  );
  if (meta?.words !== undefined) return meta.words;
  if (meta?.secret === true) return '!env NAME or !file path';
  if (meta?.unit === 'duration') return `a length of time${range(meta.least, meta.most)}`;
  const base = core(schema);
  const { type, options } = definition(base);
  if (options !== undefined) return [...new Set(options.map((option) => inWords(option)))].join(' or ');
  const values = valuesOf(base);
  if (values !== undefined) return values.length === 1 ? `"${values[0]}"` : `one of ${values.map((value) => `"${value}"`).join(', ')}`;
  return plainWords(type, base);
}

function plainWords(type: string, schema: Schema): string {
  switch (type) {
    case 'string':
      return 'a text';
    case 'number':
    case 'int':
      return numberWords(boundsOf(schema));
    case 'boolean':
      return 'true or false';
    case 'array':
    case 'tuple':
      return 'a list';
    case 'object':
    case 'record':
      return 'a map of keys';
    case 'null':
      return 'nothing (null)';
    case 'any':
    case 'unknown':
      return 'any value';
    default:
      return `a ${type}`;
  }
}

function numberWords({ least, most, above, whole }: Bounds): string {
  const name = whole ? 'a whole number' : 'a number';
  if (least !== undefined && above === true) return `${name} above ${least}${most === undefined ? '' : `, at most ${most}`}`;
  return `${name}${range(least, most)}`;
}

function range(least: string | number | undefined, most: string | number | undefined): string {
  if (least !== undefined && most !== undefined) return ` from ${least} to ${most}`;
  if (least !== undefined) return `, at least ${least}`;
  return most === undefined ? '' : `, at most ${most}`;
}

/** What it takes, as a cell of a table: without the article, lists and maps with what they hold. */
export function typeWords(schema: Schema): string {
  const element = elementOf(schema);
  const meta = onTheWay(schema, (at) => metaOf(at).words);
  if (meta !== undefined || element === undefined) return inWords(schema).replaceAll(/(^| or )an? /g, '$1');
  const { least, most } = boundsOf(core(schema));
  const count = range(least, most);
  if (typeOf(schema) === 'array') return `list of ${typeWords(element)}${count === '' ? '' : `;${count.replace(/^,/, '')} entries`}`;
  return `map of names to ${typeWords(element)}`;
}
