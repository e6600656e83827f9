// What is counted and kept of one endpoint between two scrapes.
import { type Reason, reasons } from '#model/reason.ts';
import type { ProbeResult } from '#model/result.ts';
import type { Verdict } from '#model/verdict.ts';
import type { LatencyGroup } from './latency.ts';
import { labelPairs } from './text.ts';

/** What the detector believes of one endpoint now: the members of a verdict that are metrics. */
export type Figures = Pick<Verdict, 'state' | 'slow' | 'evidenceRatio'> & {
  /** The learned healthy rate while up, the rate since the onset while an incident is open; 0 to 1. */
  readonly failureRatio: number;
};

/** Counters of `holter_probe_results_total`: every probe ends in exactly one. */
const ok = 0;
const maintenance = 1;
/** Late, or Holter's own trouble: never counts against the endpoint. */
const missing = 2;
const failReasons = reasons.filter((reason) => reason !== 'internal');

/** How the line of each counter goes on after the endpoint's labels. */
const slots: readonly string[] = [
  slot('ok', ''),
  slot('maintenance', ''),
  slot('missing', 'internal'),
  ...failReasons.map((reason) => slot('fail', reason)),
];
const failSlots: ReadonlyMap<Reason, number> = new Map(failReasons.map((reason, index) => [reason, index + missing + 1]));

/** The endpoint that the series are about. */
export interface SeriesOf {
  readonly id: string;
  readonly service: string;
  readonly name: string;
  readonly region: string;
  readonly vantage: string;
  readonly kind: string;
  readonly fingerprint: string;
  /** Reasons that its kind can give: these counters stand at 0 from the start. */
  readonly reasons: readonly Reason[];
}

/** The series of one endpoint. */
export class EndpointSeries {
  readonly of: SeriesOf;
  readonly labels: string;
  readonly latency: LatencyGroup;
  /** The last result that says something about the endpoint; none before the first one. */
  last: ProbeResult | undefined;
  /** Asked of the detector at each rendering. */
  figures: Figures | undefined;
  readonly #counts: number[];
  readonly #shown: readonly number[];

  constructor(of: SeriesOf, latency: LatencyGroup) {
    this.of = of;
    this.latency = latency;
    this.labels = labelPairs({ service: of.service, region: of.region, endpoint: of.name, vantage: of.vantage });
    this.#counts = slots.map(() => 0);
    this.#shown = [ok, maintenance, missing, ...of.reasons.flatMap((reason) => failSlots.get(reason) ?? [])];
  }

  /** Takes over what an earlier plan's series of the same labels have counted, and its gauges where the same thing is still probed. */
  inherit(earlier: EndpointSeries): void {
    for (const [index, count] of earlier.#counts.entries()) this.#counts[index] = count;
    if (earlier.of.fingerprint === this.of.fingerprint) this.last = earlier.last;
  }

  count(result: ProbeResult, counted: boolean, inMaintenance: boolean): void {
    const index = slotOf(result, counted, inMaintenance);
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    if (result.outcome === 'fail' && result.reason === 'internal') return;
    if (this.last === undefined || result.scheduledAt >= this.last.scheduledAt) this.last = result;
    if (index === ok) this.latency.observe(result.duration);
  }

  /** The lines of `holter_probe_results_total`. */
  resultLines(prefix: string): string {
    let text = '';
    for (const index of this.#shown) text += `${prefix}${this.labels}${slots[index] ?? ''}${this.#counts[index] ?? 0}\n`;
    for (let index = 0; index < slots.length; index += 1) {
      const count = this.#counts[index] ?? 0;
      if (count > 0 && !this.#shown.includes(index)) text += `${prefix}${this.labels}${slots[index] ?? ''}${count}\n`;
    }
    return text;
  }
}

function slotOf(result: ProbeResult, counted: boolean, inMaintenance: boolean): number {
  if (result.outcome === 'fail' && result.reason === 'internal') return missing;
  if (inMaintenance) return maintenance;
  if (!counted) return missing;
  return result.outcome === 'ok' ? ok : (failSlots.get(result.reason) ?? missing);
}

function slot(outcome: string, reason: Reason | ''): string {
  return `,outcome="${outcome}",reason="${reason}"} `;
}
