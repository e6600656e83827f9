// Multiwindow, multi-burn-rate alerts on an error budget.
import { dayMs, hourMs, minuteMs } from '#model/time.ts';
import { outcomesIn, type Rule, Span } from './rule.ts';

/** Table 5-8 of the chapter: both windows must burn faster than `factor` times the budget. */
const pages = [
  { factor: 14.4, long: hourMs, short: 5 * minuteMs },
  { factor: 6, long: 6 * hourMs, short: 30 * minuteMs },
] as const;
const ticket = { factor: 1, long: 3 * dayMs, short: 6 * hourMs } as const;

/**
 * The Site Reliability Workbook (Beyer et al. 2018), chapter 5, section 6: pages at 14.4 times the budget over 1 h and 5 min, or 6 times over 6 h and
 * 30 min; `withTicket` adds the third, 1 time over 3 d and 6 h, which the book sends as a ticket. `objective`: the SLO, below 1; the book's example
 * is 0.999. Every outcome is one request; missing ones are none.
 */
export function burnRate(objective = 0.999, withTicket = false): Rule {
  const budget = 1 - objective;
  const rows = withTicket ? [...pages, ticket] : pages;
  return {
    name: `burn rate, SLO ${Number((objective * 100).toPrecision(6))} %${withTicket ? ', with tickets' : ''}`,
    source: 'The Site Reliability Workbook, chapter 5, multiwindow multi-burn-rate',
    start: (interval) => {
      const pairs = rows.map(({ factor, long, short }) => ({
        // A burn that is just the limit is not above it, in binary neither.
        limit: factor * budget * (1 + 1e-9),
        long: new Span(outcomesIn(long, interval)),
        short: new Span(outcomesIn(short, interval)),
      }));
      return {
        observe: (failed) => {
          let firing = false;
          for (const { limit, long, short } of pairs) {
            long.add(failed);
            short.add(failed);
            if ((long.ratio() ?? 0) > limit && (short.ratio() ?? 0) > limit) firing = true;
          }
          return firing;
        },
      };
    },
  };
}
