// How the lines of a chart look, and the legend that names them: seven colours, six dashes and five signs, so that no two of the first
// thirty are alike, nor any two of them without colour.

import { left, lineColours, right } from './picture.ts';
import type { Point } from './reduce.ts';
import { element, type Markup, short, text, through } from './svg.ts';

interface Named {
  readonly name: string;
  readonly points: readonly Point[];
}

/** Series of so few points show each of them by a sign. */
export const fewPoints = 40;
/** Rough width of a character. */
const characterWidth = 6.6;
const legendLine = 20;
/** `stroke-dasharray`. */
const dashes: readonly string[] = ['', '7 3', '2 3', '10 3 2 3', '14 4', '6 2 2 2 2 2'];

export function stroke(index: number): { readonly class: string; readonly 'stroke-width': number; readonly 'stroke-dasharray'?: string } {
  const dash = dashes[index % dashes.length] ?? '';
  const base = { class: `hp-l${index % lineColours}`, 'stroke-width': 1.8 };
  return dash === '' ? base : { ...base, 'stroke-dasharray': dash };
}

const signs: readonly ((x: number, y: number) => string)[] = [
  (x, y) => ring(x, y, 8),
  (x, y) =>
    `${through([
      [x - 3, y - 3],
      [x + 3, y - 3],
      [x + 3, y + 3],
      [x - 3, y + 3],
    ])}Z`,
  (x, y) =>
    `${through([
      [x, y - 4],
      [x + 4, y + 3],
      [x - 4, y + 3],
    ])}Z`,
  (x, y) =>
    `${through([
      [x, y - 4],
      [x + 4, y],
      [x, y + 4],
      [x - 4, y],
    ])}Z`,
  (x, y) =>
    through([
      [x - 3, y - 3],
      [x + 3, y + 3],
    ]) +
    through([
      [x - 3, y + 3],
      [x + 3, y - 3],
    ]),
];

/** A circle as a polygon. */
function ring(x: number, y: number, corners: number): string {
  const points = Array.from({ length: corners }, (_, corner) => {
    const angle = (2 * Math.PI * corner) / corners;
    return [x + 3.2 * Math.cos(angle), y + 3.2 * Math.sin(angle)] as const;
  });
  return `${through(points)}Z`;
}

export function sign(index: number, [x, y]: readonly [number, number]): Markup {
  const shape = signs[index % signs.length] ?? signs[0];
  return element('path', { class: `hp-p${index % lineColours}`, d: shape === undefined ? '' : shape(x, y) });
}

export interface Legend {
  readonly parts: readonly Markup[];
  readonly height: number;
}

export function legendOf(series: readonly Named[], hidden: number, width: number): Legend {
  const parts: Markup[] = [];
  let x = left;
  let y = 10;
  for (const [index, { name, points }] of series.entries()) {
    const label = short(name, 60);
    const needed = 44 + label.length * characterWidth;
    if (x > left && x + needed > width - right) {
      x = left;
      y += legendLine;
    }
    parts.push(
      element('path', {
        ...stroke(index),
        d: through([
          [x, y],
          [x + 30, y],
        ]),
      }),
    );
    if (points.length <= fewPoints) parts.push(sign(index, [x + 15, y]));
    parts.push(element('text', { x: x + 36, y: y + 4 }, text(label)));
    x += needed + 12;
  }
  if (hidden > 0) {
    y += legendLine;
    parts.push(element('text', { class: 'hp-soft', x: left, y: y + 4 }, text(`and ${hidden} more that are not drawn`)));
  }
  return { parts, height: parts.length === 0 ? 0 : y + legendLine - 4 };
}
