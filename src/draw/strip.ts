// The strip of outcomes, as on a recorder's paper: its words, and as text for a terminal. `strippicture.ts` draws it.
import type { DurationMs, EpochMs } from '#model/time.ts';
import { labelLimit, type Mark, shownMarks } from './marks.ts';
import { short } from './svg.ts';
import { stamp } from './words.ts';

/** `slow`: it went well, and took too long. */
export type Outcome = 'ok' | 'slow' | 'failed' | 'missing' | 'maintenance';

/** How one probe ended. */
export interface StripCell {
  readonly at: EpochMs;
  readonly outcome: Outcome;
  /** Where the cell stands for several probes: the share of them that failed, 0 to 1. Else 1. */
  readonly share?: number;
  /** Of a failure: why, in some words; may be untrusted. */
  readonly detail?: string;
}

/** Stretches of time with a name before them, such as when a rule was firing. */
export interface StripLane {
  readonly name: string;
  readonly spans: readonly { readonly from: EpochMs; readonly until: EpochMs; readonly label: string }[];
}

export interface Strip {
  readonly title: string;
  /** In the order of time. */
  readonly cells: readonly StripCell[];
  /** Usual time between two cells. */
  readonly interval: DurationMs;
  /** Moments that matter, such as the page; at most 40 are shown. */
  readonly marks?: readonly Mark[];
  /** At most 24 are drawn, below the outcomes, each with at most 200 stretches; the text has none. */
  readonly lanes?: readonly StripLane[];
  /** From when to when the picture goes; without it as far as the cells do. */
  readonly range?: readonly [from: EpochMs, until: EpochMs];
}

const signs: Readonly<Record<Outcome, string>> = { ok: '.', slow: 's', failed: '#', missing: '?', maintenance: 'm' };

/** `columns`: signs a row, `rows`: rows at most; longer strips put several probes into one sign, which shows the worst of them. */
export interface StripTextOptions {
  readonly columns: number;
  readonly rows: number;
}

/** Rows of signs with the time of their first probe (UTC) before them; marks stand below their row, under a `^`. The last line says what the signs mean. */
export function stripText({ cells, marks = [] }: Strip, { columns, rows }: StripTextOptions): readonly string[] {
  const perSign = Math.max(1, Math.ceil(cells.length / (columns * rows)));
  const lines: string[] = [];
  const waiting = shownMarks(marks).toSorted((a, b) => a.at - b.at);
  for (let start = 0; start < cells.length; start += columns * perSign) {
    const row = cells.slice(start, start + columns * perSign);
    const groups = Array.from({ length: Math.ceil(row.length / perSign) }, (_, i) => row.slice(i * perSign, (i + 1) * perSign));
    const margin = `${stamp(row[0]?.at ?? 0)}  `;
    lines.push(margin + groups.map((group) => signs[worstOf(group)]).join(''));
    const end = cells[start + columns * perSign]?.at ?? Number.POSITIVE_INFINITY;
    while (waiting[0] !== undefined && waiting[0].at < end) {
      const { at, label } = waiting[0];
      waiting.shift();
      const column = groups.findLastIndex((group) => (group[0]?.at ?? Number.POSITIVE_INFINITY) <= at);
      lines.push(`${' '.repeat(margin.length + Math.max(0, column))}^ ${short(label, labelLimit)}`);
    }
  }
  if (lines.length > 0) lines.push(keyOf(cells, perSign));
  return lines;
}

/** Only of what there is. */
function keyOf(cells: readonly StripCell[], perSign: number): string {
  const seen = new Set(cells.map((cell) => cell.outcome));
  const key = (['ok', 'slow', 'failed', 'missing', 'maintenance'] as const)
    .filter((outcome) => seen.has(outcome))
    .map((outcome) => `${signs[outcome]} ${outcome}`);
  return `${key.join(', ')}${perSign > 1 ? `; each sign stands for ${perSign} probes and shows the worst of them` : ''}`;
}

/** Worst first. */
const byGravity: readonly Outcome[] = ['failed', 'slow', 'missing', 'maintenance', 'ok'];

function worstOf(cells: readonly StripCell[]): Outcome {
  return byGravity.find((outcome) => cells.some((cell) => cell.outcome === outcome)) ?? 'missing';
}
