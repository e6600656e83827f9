// How every bench says what it measured: figures with their spread over the rounds, and the target beside each.
// A bench hands its table to `npm run bench` where that started it, and prints it where it runs alone.

export interface Target {
  readonly bound: 'at most' | 'at least';
  readonly value: number;
}

export interface Figure {
  readonly name: string;
  readonly unit: string;
  /** One for each round; judged by their median. */
  readonly values: readonly number[];
  /** What the project promises. Absent: for information. */
  readonly target?: Target;
}

export interface Table {
  readonly bench: string;
  /** What was done, in a sentence or two: load, rounds, lengths. */
  readonly method: string;
  readonly figures: readonly Figure[];
  /** What a reader must know of some figures, a line each. */
  readonly notes?: readonly string[];
}

export function atMost(value: number): Target {
  return { bound: 'at most', value };
}

export function atLeast(value: number): Target {
  return { bound: 'at least', value };
}

/** Hands a finished table on. */
export function report(table: Table): void {
  if (process.send === undefined) process.stdout.write(format(table));
  else process.send(table);
}

/** Less of everything: `--quick` on the command line. */
export const isQuick = process.argv.includes('--quick');

export function isTable(message: unknown): message is Table {
  return typeof message === 'object' && message !== null && 'bench' in message && 'figures' in message;
}

/** The table as text for a terminal, with a blank line at its end. */
export function format({ bench, method, figures, notes = [] }: Table): string {
  const header = ['', 'min', 'median', 'max', 'unit', 'target', ''];
  const rows = [header, ...figures.map(row)];
  const widths = header.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0)));
  const lines = rows.map((cells) => cells.map((cell, column) => pad(cell, widths[column] ?? 0, column)).join('  '));
  return [`== ${bench}`, method, '', ...lines.map((line) => line.trimEnd()), '', ...notes, ...(notes.length > 0 ? [''] : []), ''].join(
    '\n',
  );
}

export function verdict(figure: Figure): 'met' | 'missed' | '' {
  if (figure.target === undefined) return '';
  const middle = median(figure.values);
  const met = figure.target.bound === 'at most' ? middle <= figure.target.value : middle >= figure.target.value;
  return met ? 'met' : 'missed';
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const upper = Math.floor(sorted.length / 2);
  const high = sorted[upper] ?? Number.NaN;
  return sorted.length % 2 === 1 ? high : ((sorted[upper - 1] ?? Number.NaN) + high) / 2;
}

function row(figure: Figure): readonly string[] {
  const { name, unit, values, target } = figure;
  const spread = [Math.min(...values), median(values), Math.max(...values)].map(numeral);
  return [name, ...spread, unit, target === undefined ? '' : `${target.bound} ${numeral(target.value)}`, verdict(figure)];
}

/** Three digits that count; whole numbers from a hundred on, with commas. */
function numeral(value: number): string {
  if (!Number.isFinite(value)) return '?';
  const size = Math.abs(value);
  const digits = size >= 100 || Number.isInteger(value) ? 0 : size >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** Names and words to the left, numbers to the right. */
function pad(cell: string, width: number, column: number): string {
  return column >= 1 && column <= 3 ? cell.padStart(width) : cell.padEnd(width);
}
