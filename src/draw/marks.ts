// Moments that matter, as vertical lines with words over a time axis or any other.
import { left, top } from './picture.ts';
import type { Scale } from './scale.ts';
import { element, type Markup, short, text } from './svg.ts';

/** Something that happened at `at` on the x axis; the label may be untrusted. */
export interface Mark {
  readonly at: number;
  readonly label: string;
}

const most = 40;
const lanes = 3;
const laneHeight = 15;
export const labelLimit = 60;

/** Those that can be shown: with a time, and at most 40. */
export function shownMarks(marks: readonly Mark[] = []): readonly Mark[] {
  return marks.filter(({ at }) => Number.isFinite(at)).slice(0, most);
}

/** Pixels that their labels need above the plot. */
export function marksHeight(marks: readonly Mark[]): number {
  return Math.min(lanes, marks.length) * laneHeight;
}

/** Their labels take turns on up to three lines, so that neighbours can be read. */
export function markLines(
  marks: readonly Mark[],
  { width, bottom, scale }: { readonly width: number; readonly bottom: number; readonly scale: Scale },
): Markup[] {
  return marks.flatMap(({ at, label }, index) => {
    const x = left + scale.place(at) * width;
    const y = top + 8 + (index % lanes) * laneHeight;
    const isRight = x > left + width / 2;
    return [
      element('line', { class: 'hp-mark', x1: x, y1: y - 8, x2: x, y2: bottom }),
      element(
        'text',
        { class: 'hp-marked hp-over', x: isRight ? x - 4 : x + 4, y, 'text-anchor': isRight ? 'end' : 'start' },
        text(short(label, labelLimit)),
      ),
    ];
  });
}
