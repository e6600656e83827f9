// Tells the story as it happens, one line at a time: what breaks, how much fails, who is paged; and at the end what it came to.
import type { EndpointId } from '#model/endpoint.ts';
import type { Event, Sink } from '#model/event.ts';
import { extraBelow } from '#model/plan.ts';
import type { ProbeResult } from '#model/result.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';
import type { Course } from './course.ts';
import type { Place } from './scenarios.ts';
import { type RuleCount, Tally } from './tally.ts';

/** What a line is about, for whoever has colours. */
export type Tone = 'story' | 'bad' | 'good' | 'plain';
export type Tell = (text: string, tone: Tone) => void;

export interface NarratorOptions {
  readonly places: readonly Place[];
  readonly course: Course;
  /** Minutes of the daemon's time since it started. */
  readonly now: () => number;
  /** Minutes between two lines that say how it stands. */
  readonly every: number;
  readonly tell: Tell;
}

interface Group {
  readonly size: number;
  probes: number;
  failures: number;
}

export class Narrator implements Sink {
  readonly #options: NarratorOptions;
  readonly #hit: ReadonlySet<EndpointId>;
  readonly #groups: { readonly hit: Group; readonly others: Group };
  readonly #intervals: ReadonlyMap<EndpointId, DurationMs>;
  /** When the latest probe of each endpoint's timing was due. */
  readonly #probedAt = new Map<EndpointId, EpochMs>();
  readonly #tally = new Tally();
  readonly #found: RuleCount = { name: 'Holter', pages: 0, endpoints: new Set() };
  readonly #open = new Set<string>();
  #resolved = 0;
  /** Failures that no dice have thrown. */
  #own = 0;
  #brokenAt: number | undefined;
  #isBroken = false;
  #spokeAt = 0;
  #isFirstShown = false;

  constructor(options: NarratorOptions) {
    this.#options = options;
    const { places, course } = options;
    this.#hit = new Set(places.filter((place) => course.isHit(place)).map(({ id }) => id));
    this.#intervals = new Map(places.map(({ id, interval }) => [id, interval]));
    this.#groups = { hit: groupOf(this.#hit.size), others: groupOf(places.length - this.#hit.size) };
  }

  accept(event: Event): void {
    if (event.type === 'result' && event.counted) this.#probe(event.result);
    else if (event.type === 'state' && (event.to === 'intermittent' || event.to === 'down')) this.#found.endpoints.add(event.endpoint);
    else if (event.type === 'attached' && event.group !== '') this.#found.endpoints.add(event.endpoint);
    else if (event.type === 'incident') this.#incident(event.kind, event.incident.id);
    else if (event.type === 'alert') this.#alert(event.alert.event, event.alert.page.title, event.alert.page.severity);
  }

  async close(): Promise<void> {}

  /** A page as the `log` receiver prints it: the first is shown whole, of the others a line was told already. */
  page(text: string): void {
    if (this.#isFirstShown) return;
    this.#isFirstShown = true;
    this.#options.tell(`\n${text}`, 'bad');
  }

  /** Looks at the clock: call it several times a second. */
  look(): void {
    const { course, every, now } = this.#options;
    const minute = now();
    const isBroken = course.isBroken(minute);
    if (isBroken !== this.#isBroken) this.#turn(isBroken, minute);
    else if (minute - this.#spokeAt >= every) this.#stand(minute);
  }

  /** What it came to, counted on the results that were seen. */
  sum(): void {
    const { now, places } = this.#options;
    const { probes, failures, rules } = this.#tally;
    const lines = [
      '',
      `That was the story: ${counted(Math.round(now()), 'minute')} of the health system's life, ${probes} probes of ${places.length} endpoints, of which ${failures} failed.`,
    ];
    if (this.#brokenAt !== undefined || this.#found.pages > 0) {
      const title = ['', 'pages', 'first page', 'endpoints found', 'well ones paged'];
      lines.push('', ...[title, ...[this.#found, ...rules].map((count) => this.#row(count))].map(columns), '');
    }
    lines.push(this.#ending());
    if (this.#own > 0)
      lines.push(
        `${this.#own} of the failures belong to no story: this machine was too busy to answer itself in time. A lower --pace is gentler.`,
      );
    this.#options.tell(lines.join('\n'), 'plain');
  }

  #probe(result: ProbeResult): void {
    const id = result.endpoint;
    const failed = result.outcome === 'fail';
    const group = this.#hit.has(id) ? this.#groups.hit : this.#groups.others;
    group.probes += 1;
    if (failed) group.failures += 1;
    if (failed && !this.#options.course.isToFail(id)) this.#own += 1;
    this.#tally.add(id, failed, this.#options.now(), this.#isExtra(result));
  }

  #isExtra({ endpoint, scheduledAt }: ProbeResult): boolean {
    const since = scheduledAt - (this.#probedAt.get(endpoint) ?? Number.NEGATIVE_INFINITY);
    if (since < extraBelow * (this.#intervals.get(endpoint) ?? 0)) return true;
    this.#probedAt.set(endpoint, scheduledAt);
    return false;
  }

  #incident(kind: string, incident: string): void {
    if (kind === 'opened' || kind === 'reopened') this.#open.add(incident);
    else if ((kind === 'resolved' || kind === 'joined') && this.#open.delete(incident)) this.#resolved += 1;
  }

  /** The first page stands there whole, and the first resolve has a line: of further resolves the count in the next line is enough. */
  #alert(event: string, title: string, severity: string): void {
    if (event === 'resolved') {
      if (this.#resolved <= 1) this.#line(`resolved: ${title}`, 'good');
      return;
    }
    const isPage = event === 'opened' || event === 'reopened';
    if (isPage) this.#page();
    if (!isPage) this.#line(`${event}: ${title} [${severity}]`, 'bad');
    else if (this.#found.pages > 1) this.#line(`page ${this.#found.pages}: ${title} [${severity}]`, 'bad');
  }

  #page(): void {
    this.#found.pages += 1;
    this.#found.first ??= this.#options.now();
  }

  #turn(isBroken: boolean, minute: number): void {
    const { course } = this.#options;
    const { broken, mended } = course.scenario;
    this.#stand(minute);
    this.#isBroken = isBroken;
    if (isBroken) this.#brokenAt ??= minute - (course.sinceBroken(minute) ?? 0);
    this.#line(isBroken ? broken : mended, 'story');
  }

  /** How it stands, since the last time that was said. */
  #stand(minute: number): void {
    const { hit, others } = this.#groups;
    this.#spokeAt = minute;
    const incidents = `${this.#open.size} open, ${this.#resolved} resolved`;
    const text =
      this.#brokenAt === undefined
        ? `all ${hit.size + others.size} endpoints: ${share(sum(hit, others))}`
        : `${hit.size} ${this.#isBroken ? 'hit' : 'mended'}: ${share(hit)} | ${others.size} others: ${shortShare(others)} | ${incidents}`;
    this.#line(text, 'plain');
    for (const group of [hit, others]) Object.assign(group, { probes: 0, failures: 0 });
  }

  #line(text: string, tone: Tone): void {
    this.#options.tell(`${String(Math.floor(this.#options.now())).padStart(4)} min  ${text}`, tone);
  }

  #row({ name, pages, first, endpoints }: RuleCount): readonly string[] {
    const found = [...endpoints].filter((id) => this.#brokenAt !== undefined && this.#hit.has(id)).length;
    return [name, String(pages), this.#after(first), `${found} of ${this.#hit.size}`, String(endpoints.size - found)];
  }

  #after(first: number | undefined): string {
    if (first === undefined || this.#brokenAt === undefined) return '-';
    return first < this.#brokenAt ? 'before it' : `after ${Math.round(first - this.#brokenAt)} min`;
  }

  #ending(): string {
    if (this.#found.pages === 0) return 'Nobody was paged.';
    if (this.#open.size === 0) return 'Every incident is resolved.';
    return `${this.#resolved} resolved; ${this.#open.size} not yet proven steady, and open.`;
  }
}

function counted(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`;
}

function groupOf(size: number): Group {
  return { size, probes: 0, failures: 0 };
}

function sum(left: Group, right: Group): Group {
  return { size: left.size + right.size, probes: left.probes + right.probes, failures: left.failures + right.failures };
}

function share({ probes, failures }: Group): string {
  const percent = probes === 0 ? 0 : (100 * failures) / probes;
  return `${failures} of ${probes} probes failed${failures === 0 ? '' : ` (${percent < 9.5 ? percent.toFixed(1) : Math.round(percent)} %)`}`;
}

function shortShare({ probes, failures }: Group): string {
  return `${failures} of ${probes}`;
}

function columns([name = '', ...cells]: readonly string[]): string {
  const widths = [7, 14, 17, 17];
  return `  ${name.padEnd(24)}${cells.map((cell, index) => cell.padStart(widths[index] ?? 0)).join('')}`;
}
