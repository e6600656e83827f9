// Writes option tables in Markdown from a schema. Pure.
import { formatDuration, type s } from './kit.ts';
import { alternatives, defaultOf, descriptionOf, elementOf, isDuration, isRequired, shapeOf, typeOf, typeWords } from './shape.ts';

type Schema = s.core.$ZodType;

/** One key of a schema, as a row of its table. */
export interface OptionRow {
  /** `tls.ca`, `json[].path`, `services.NAME.owner`. */
  readonly key: string;
  readonly type: string;
  /** The default as it is written in YAML; `required` where there is none and one is needed; '' where it may be left out. */
  readonly default: string;
  readonly description: string;
}

/** Every key of a map, those of maps inside it after their own. */
export function optionRows(schema: Schema, prefix = ''): OptionRow[] {
  return Object.entries(shapeOf(schema) ?? {}).flatMap(([key, option]) => rowsOf(option, `${prefix}${key}`));
}

function rowsOf(option: Schema, key: string): OptionRow[] {
  return [{ key, type: typeWords(option), default: defaultWords(option), description: descriptionOf(option) }, ...innerRows(option, key)];
}

function innerRows(option: Schema, key: string): OptionRow[] {
  if (shapeOf(option) !== undefined) return optionRows(option, `${key}.`);
  const element = elementOf(option);
  if (element !== undefined) return innerRows(element, typeOf(option) === 'array' ? `${key}[]` : `${key}.NAME`);
  const rows = alternatives(option).flatMap((branch) => innerRows(branch, key));
  return rows.filter((row, index) => rows.findIndex((other) => other.key === row.key) === index);
}

function defaultWords(option: Schema): string {
  const value = defaultOf(option);
  if (value === undefined) return isRequired(option) ? 'required' : '';
  if (typeof value === 'number' && isDuration(option)) return code(formatDuration(value));
  if (typeof value === 'string') return value === '' ? 'empty' : code(value);
  if (Array.isArray(value) && value.length === 0) return 'none';
  // The keys inside have rows, and defaults, of their own.
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return '';
  return code(JSON.stringify(value).replaceAll(',', ', '));
}

/** A Markdown table of the keys; a sentence where there are none. */
export function optionTable(schema: Schema): string {
  const rows = optionRows(schema);
  if (rows.length === 0) return 'No options.\n';
  return table(
    ['key', 'type', 'default', 'meaning'],
    rows.map((row) => [code(row.key), row.type, row.default, row.description]),
  );
}

/** A Markdown table; cells are escaped. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return `${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}\n`;
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ')).join(' | ')} |`;
}

export function code(text: string): string {
  return `\`${text}\``;
}

const opening = '<!-- options -->';
const closing = '<!-- /options -->';

/** The README with the table between its markers; undefined where it has not both, in this order. */
export function fillMarkers(readme: string, text: string): string | undefined {
  const start = readme.indexOf(opening);
  const end = readme.indexOf(closing);
  if (start < 0 || end < start) return undefined;
  return `${readme.slice(0, start + opening.length)}\n${text}${readme.slice(end)}`;
}
