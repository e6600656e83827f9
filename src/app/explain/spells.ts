// What a replay shows, gathered as it goes: stretches in which an incident was open, failures that led to them, the points to be drawn.
import type { Alternative } from '#core/explain/look.ts';
import type { Point } from '#core/explain/replay.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';
import type { FailureView } from './contract.ts';
import { iso } from './views.ts';

/** From a page to the end of its incident, in the replay. */
export interface Spell {
  readonly openedAt: EpochMs;
  readonly rule: 'down' | 'evidence';
  /** At the page, over what a page needs; null where something else paged before it was enough. */
  readonly evidence: number | null;
  readonly healthyRate: number;
  readonly atPage: readonly Alternative[];
  /** At its latest failure. */
  atEnd: readonly Alternative[];
  closedAt: EpochMs | null;
  /** Evidence that it is steady again, over what closing needs, at the last point before its end. */
  recovery: number | null;
}

/** What the replay can tell of the moment, beyond the point. */
export interface Inside {
  alternatives(): readonly Alternative[];
  /** Evidence at the page over what a page needs; null where something else paged before it was enough. */
  pageRatio(): number | null;
}

/** Failures that may turn out to have led to the page. */
const mostFailures = 5000;

export class Spells {
  readonly all: Spell[] = [];
  readonly points: Point[] = [];
  readonly failures: { readonly time: EpochMs; readonly failure: FailureView }[] = [];
  count = 0;
  first: EpochMs | null = null;
  last: EpochMs | null = null;
  readonly #keepFrom: EpochMs;
  #before: Point | undefined;

  /** Points and failures before `keepFrom` are counted and forgotten. */
  constructor(keepFrom: EpochMs) {
    this.#keepFrom = keepFrom;
  }

  add(point: Point, inside: Inside): void {
    const before = this.#before;
    this.#before = point;
    this.count += point.probes;
    this.first ??= point.at;
    this.last = point.at;
    const opened = point.open && before?.open !== true ? begin(point, before, inside) : undefined;
    if (opened !== undefined) this.all.push(opened);
    const spell = this.all.at(-1);
    if (spell !== undefined && spell.closedAt === null) follow(spell, point, inside);
    if (point.at >= this.#keepFrom) this.#keep(opened === undefined ? point : { ...point, evidence: opened.evidence }, before);
  }

  /** The stretch in which the incident of that opening was open, or the next one; undefined where nothing was found. */
  around(openedAt: EpochMs, slack: DurationMs): Spell | undefined {
    return this.all.find(({ closedAt }) => closedAt === null || closedAt >= openedAt - slack);
  }

  #keep(point: Point, before: Point | undefined): void {
    this.points.push(point);
    if (point.failures === 0 || before === undefined || before.open || this.failures.length >= mostFailures) return;
    this.failures.push({ time: point.at, failure: failureView(point, before) });
  }
}

function failureView({ at, reason, message, probes, failures, evidence }: Point, before: Point): FailureView {
  const words = message ?? `${failures} of ${probes} probes failed`;
  return { at: iso(at), reason: reason ?? '', message: words, evidence_before: before.evidence ?? 0, evidence_after: evidence };
}

function begin(point: Point, before: Point | undefined, inside: Inside): Spell {
  const alternatives = inside.alternatives();
  return {
    openedAt: point.at,
    rule: point.state === 'down' ? 'down' : 'evidence',
    evidence: inside.pageRatio(),
    healthyRate: before?.healthyRate ?? point.healthyRate,
    atPage: alternatives,
    atEnd: alternatives,
    closedAt: null,
    recovery: null,
  };
}

function follow(spell: Spell, point: Point, inside: Inside): void {
  if (!point.open) spell.closedAt = point.at;
  else {
    spell.recovery = point.recovery;
    if (point.failures > 0) spell.atEnd = inside.alternatives();
  }
}
