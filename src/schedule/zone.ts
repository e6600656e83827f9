// Local time of a time zone, day by day, from what Intl knows of its offsets.
import { dayMs, type EpochMs, secondMs } from '#model/time.ts';

/** A stretch of UTC time over which local time runs straight: local = UTC + offset. */
export interface Segment {
  readonly from: EpochMs;
  readonly until: EpochMs;
  /** Milliseconds; positive east of Greenwich. */
  readonly offset: number;
  /** The offset just before `from`: smaller where clocks went forward, larger where they went back. */
  readonly offsetBefore: number;
}

/** A time zone by its IANA name. Its constructor throws RangeError for a name that is unknown. */
export class Zone {
  readonly #format: Intl.DateTimeFormat;
  #day = Number.NaN;
  #segments: readonly Segment[] = [];

  constructor(name: string) {
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
  }

  /** The segments of the UTC day that begins at `day`, in order. A zone that changes twice in one day is not expected: none ever has. */
  segments(day: EpochMs): readonly Segment[] {
    if (day !== this.#day) {
      this.#segments = this.#cut(day);
      this.#day = day;
    }
    return this.#segments;
  }

  #cut(day: EpochMs): readonly Segment[] {
    const offsetBefore = this.#offset(day - secondMs);
    const offset = this.#offset(day);
    const until = day + dayMs;
    const last = this.#offset(until - secondMs);
    if (offset === last) return [{ from: day, until, offset, offsetBefore }];
    const change = this.#change(day, until - secondMs, offset);
    return [
      { from: day, until: change, offset, offsetBefore },
      { from: change, until, offset: last, offsetBefore: offset },
    ];
  }

  /** The first second in (low, high] that has another offset than `low`; `high` has one. */
  #change(low: EpochMs, high: EpochMs, offset: number): EpochMs {
    let same = low;
    let other = high;
    while (other - same > secondMs) {
      const middle = same + Math.floor((other - same) / 2 / secondMs) * secondMs;
      if (this.#offset(middle) === offset) same = middle;
      else other = middle;
    }
    return other;
  }

  #offset(at: EpochMs): number {
    const fields: Record<string, number> = {};
    for (const part of this.#format.formatToParts(at)) fields[part.type] = Number(part.value);
    const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = fields;
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / secondMs) * secondMs;
  }
}
