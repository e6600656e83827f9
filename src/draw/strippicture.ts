// The strip as a picture: failures are tall bars, slow answers hollow boxes half as tall, successes a low line, missing probes short strokes
// in the middle, maintenance a double line.
import { labelLimit, type Mark, markLines, marksHeight, shownMarks } from './marks.ts';
import { left, type Picture, right, top } from './picture.ts';
import { type Scale, scaleOf } from './scale.ts';
import type { Outcome, Strip, StripCell, StripLane } from './strip.ts';
import { element, type Markup, number, short, text } from './svg.ts';
import { stamp } from './words.ts';

const mostLanes = 24;
const mostSpans = 200;
const barHeight = 40;
const okHeight = 5;
const slowHeight = 18;
const laneHeight = 28;
const leastFailure = 14;
/** Least width of a slot in pixels. */
const leastSlot = 3;

/** One stretch of the time axis, and what was found in it. */
interface Slot {
  readonly counts: Record<Outcome, number>;
  cells: number;
  /** The first failure. */
  failure: StripCell | undefined;
}

/** What is drawn with: pixels of the plot, and of its parts from the top. */
interface Frame {
  readonly width: number;
  readonly bars: number;
  readonly slotWidth: number;
  readonly scale: Scale;
}

/** Drawn over time, 900 pixels wide without another width. Bounded whatever it is given: outcomes share slots of 3 pixels. Never throws. */
export function stripOf(strip: Strip, width = 900): Picture {
  const plot = width - left - right;
  const marks = shownMarks(strip.marks);
  const lanes = (strip.lanes ?? []).slice(0, mostLanes);
  const cells = strip.cells.filter(({ at }) => Number.isFinite(at));
  const range = strip.range ?? rangeOf(cells, strip.interval);
  const span = Math.max(1, range[1] - range[0]);
  const step = Math.max(strip.interval > 0 ? strip.interval : 1, span / Math.floor(plot / leastSlot));
  const slots = gather(cells, range, step);
  const frame: Frame = {
    width: plot,
    bars: top + marksHeight(marks),
    slotWidth: (plot * step) / span,
    scale: scaleOf({ label: 'time', unit: 'UTC', scale: 'time', range }, [], plot / 90),
  };
  const axisAt = frame.bars + barHeight;
  const laneAt = axisAt + 26;
  const body = element(
    'g',
    {},
    element('text', { class: 'hp-title', x: left, y: 20 }, text(short(strip.title, 120))),
    ...key(slots, width),
    ...slotShapes(slots, frame),
    ...ticks(axisAt, frame),
    ...markLines(marks, { width: plot, bottom: axisAt, scale: frame.scale }),
    ...lanes.flatMap((lane, index) => laneShapes(lane, laneAt + index * laneHeight, frame)),
  );
  const height = laneAt + lanes.length * laneHeight + 6;
  return { title: short(strip.title, 120), description: describe(cells, marks, lanes), width, height, body };
}

function rangeOf(cells: readonly StripCell[], interval: number): readonly [number, number] {
  const first = cells[0]?.at ?? 0;
  return [first, (cells.at(-1)?.at ?? first) + Math.max(interval, 1)];
}

/** Slots of `step` milliseconds. They are counted from the first cell, so that a probe which comes a little early or late stays in its own. */
function gather(cells: readonly StripCell[], [from, until]: readonly [number, number], step: number): readonly Slot[] {
  const count = Math.max(1, Math.ceil((until - from) / step));
  const slots = Array.from(
    { length: count },
    (): Slot => ({ counts: { ok: 0, slow: 0, failed: 0, missing: 0, maintenance: 0 }, cells: 0, failure: undefined }),
  );
  const shown = cells.filter((cell) => cell.at >= from && cell.at <= until);
  const start = shown[0]?.at ?? from;
  const before = Math.floor((start - from) / step);
  for (const cell of shown) {
    const slot = slots[Math.min(count - 1, before + Math.round((cell.at - start) / step))];
    if (slot === undefined) continue;
    slot.cells += 1;
    const failed = cell.outcome === 'failed' ? Math.max(0, Math.min(1, cell.share ?? 1)) : 0;
    slot.counts[cell.outcome === 'failed' ? 'ok' : cell.outcome] += 1 - failed;
    slot.counts.failed += failed;
    if (cell.outcome === 'failed') slot.failure ??= cell;
  }
  return slots;
}

/** What the shapes mean, at the right of the title; of what is rare only where there is some. */
function key(slots: readonly Slot[], width: number): Markup[] {
  const outcomes = (['failed', 'slow', 'ok', 'missing', 'maintenance'] as const).filter(
    (outcome) => outcome === 'failed' || outcome === 'ok' || slots.some(({ counts }) => counts[outcome] > 0),
  );
  let x = width - right - outcomes.reduce((sum, outcome) => sum + keyWidth(outcome), 0);
  return outcomes.flatMap((outcome) => {
    const shape =
      outcome === 'failed'
        ? element('rect', { class: 'hp-failed', x, y: 10, width: 6, height: 12 })
        : quietShape(outcome, [flat(outcome, x, 10, 12, 12)]);
    const words = element('text', { class: 'hp-soft', x: x + 16, y: 20 }, text(outcome));
    x += keyWidth(outcome);
    return [shape, words];
  });
}

function keyWidth(outcome: Outcome): number {
  return 30 + outcome.length * 6.6;
}

/** Neighbours that are alike are one shape; only failures are drawn one by one, each with its words. */
function slotShapes(slots: readonly Slot[], { bars, slotWidth }: Frame): Markup[] {
  const flats: Record<Exclude<Outcome, 'failed'>, string[]> = { ok: [], slow: [], missing: [], maintenance: [] };
  const failures: Markup[] = [];
  let start = 0;
  for (let i = 0; i < slots.length; i += 1) {
    const slot = slots[i];
    const kind = slot === undefined ? undefined : kindOf(slot);
    const next = slots[i + 1];
    if (slot !== undefined && kind === 'failed') failures.push(failureBar(slot, left + i * slotWidth, bars, slotWidth));
    if (kind !== 'failed' && next !== undefined && kindOf(next) === kind) continue;
    if (kind !== undefined && kind !== 'failed') flats[kind].push(flat(kind, left + start * slotWidth, bars, (i + 1 - start) * slotWidth));
    start = i + 1;
  }
  return [
    ...(['ok', 'slow', 'missing', 'maintenance'] as const).flatMap((kind) =>
      flats[kind].length === 0 ? [] : [quietShape(kind, flats[kind])],
    ),
    ...failures,
  ];
}

/** What a slot shows; undefined where nothing was probed. */
function kindOf({ counts, failure }: Slot): Outcome | undefined {
  if (failure !== undefined) return 'failed';
  if (counts.slow > 0) return 'slow';
  if (counts.ok > 0) return 'ok';
  if (counts.maintenance > 0) return 'maintenance';
  return counts.missing > 0 ? 'missing' : undefined;
}

/** As tall as the share that failed. */
function failureBar({ counts, failure, cells }: Slot, x: number, y: number, width: number): Markup {
  const all = counts.failed + counts.slow + counts.ok;
  const height = leastFailure + (barHeight - leastFailure) * (counts.failed / all);
  const when = stamp(failure?.at ?? 0);
  const why = failure?.detail === undefined ? '' : `: ${short(failure.detail, 160)}`;
  const percent = Math.max(1, Math.round((100 * counts.failed) / all));
  const words = cells === 1 && counts.failed === 1 ? `${when} UTC failed${why}` : `${percent} % failed; the first at ${when} UTC${why}`;
  const gap = width > 4 ? 1 : 0;
  return element(
    'rect',
    { class: 'hp-failed', x, y: y + barHeight - height, width: width - gap, height },
    element('title', {}, text(words)),
  );
}

/** Path data of one stretch, `height` tall. */
// oxlint-disable-next-line max-params -- a box is four numbers
function flat(kind: Outcome, x: number, y: number, width: number, height: number = barHeight): string {
  const end = number(x + width);
  const bottom = y + height;
  if (kind === 'ok') return `M${number(x)} ${number(bottom - okHeight)}H${end}V${number(bottom)}H${number(x)}Z`;
  if (kind === 'slow')
    return `M${number(x + 0.5)} ${number(bottom - 0.5)}V${number(bottom - Math.min(slowHeight, height))}H${number(x + width - 0.5)}V${number(bottom - 0.5)}Z`;
  const middle = y + height / 2;
  if (kind === 'maintenance') return `M${number(x)} ${number(bottom - 2)}H${end}M${number(x)} ${number(bottom - 7)}H${end}`;
  return `M${number(x)} ${number(middle)}H${end}`;
}

function quietShape(kind: Outcome, stretches: readonly string[]): Markup {
  const d = stretches.join('');
  if (kind === 'ok') return element('path', { class: 'hp-ok', d });
  if (kind === 'slow') return element('path', { class: 'hp-slow', d, 'stroke-width': 1 });
  if (kind === 'maintenance') return element('path', { class: 'hp-maintenance', d, 'stroke-width': 2 });
  return element('path', { class: 'hp-missing', d, 'stroke-width': 8, 'stroke-dasharray': '1 2' });
}

function ticks(at: number, { width, scale }: Frame): Markup[] {
  return [
    element('line', { class: 'hp-axis', x1: left, y1: at + 1, x2: left + width, y2: at + 1 }),
    ...scale.ticks.flatMap(({ place, label }) => {
      const x = left + place * width;
      return [
        element('line', { class: 'hp-axis', x1: x, y1: at + 1, x2: x, y2: at + 5 }),
        element('text', { class: 'hp-soft', x, y: at + 17, 'text-anchor': 'middle' }, text(label)),
      ];
    }),
    element('text', { class: 'hp-soft', x: left - 8, y: at + 17, 'text-anchor': 'end' }, text('UTC')),
  ];
}

/** The name above its line. */
function laneShapes({ name, spans }: StripLane, y: number, { width, scale }: Frame): Markup[] {
  return [
    element('text', { x: left, y: y + 10 }, text(short(name, labelLimit))),
    element('line', { class: 'hp-grid', x1: left, y1: y + 23, x2: left + width, y2: y + 23 }),
    ...spans.slice(0, mostSpans).flatMap(({ from, until, label }) => {
      if (!(until >= from)) return [];
      const x = left + scale.place(from) * width;
      // An instant is seen as well.
      const length = Math.max(2, left + scale.place(until) * width - x);
      const words = `${short(name, labelLimit)}: ${short(label, labelLimit)}, ${stamp(from)} to ${stamp(until)} UTC`;
      return [element('rect', { class: 'hp-failed', x, y: y + 14, width: length, height: 8 }, element('title', {}, text(words)))];
    }),
  ];
}

function describe(cells: readonly StripCell[], marks: readonly Mark[], lanes: readonly StripLane[]): string {
  const [first, last] = [cells[0], cells.at(-1)];
  if (first === undefined || last === undefined) return 'No probes.';
  const counts = Map.groupBy(cells, (cell) => cell.outcome);
  const parts = (['failed', 'ok', 'slow', 'missing', 'maintenance'] as const).flatMap((outcome) => {
    const count = counts.get(outcome)?.length ?? 0;
    return count === 0 && outcome === 'slow' ? [] : [`${count} ${outcome}`];
  });
  const events = marks.map((mark) => `${short(mark.label, labelLimit)} at ${stamp(mark.at)} UTC.`);
  const rules = lanes.map((lane) => `${short(lane.name, labelLimit)}: ${lane.spans.length} stretches.`);
  return [`${cells.length} probes from ${stamp(first.at)} to ${stamp(last.at)} UTC: ${parts.join(', ')}.`, ...events, ...rules].join(' ');
}
