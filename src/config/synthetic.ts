// The patients that may be probed with: none but those on the synthetic list.
import { shorten } from '#schema/explain.ts';
import type { Path } from '#schema/shape.ts';
import type { Report } from './report.ts';

/** Names and identifiers that no living person has. */
export const defaultSyntheticPatients: readonly string[] = ['HOLTER-*', 'ZZTEST*', 'synthetic-*'];

/** Tells of every identifier that is not on the list; true when there is none. */
export type SyntheticRule = (path: Path, identifiers: readonly string[]) => boolean;

/** Patterns are texts in which a `*` at the end stands for anything; case counts, since it does at the far end. */
export function syntheticRule(report: Report, patterns: readonly string[] | undefined): SyntheticRule {
  // A list with a mistake of its own is told already: what is said by it would be wrong half of the time.
  if (patterns === undefined) return () => true;
  const whole = new Set(patterns.filter((pattern) => !pattern.endsWith('*')));
  const beginnings = patterns.filter((pattern) => pattern.endsWith('*')).map((pattern) => pattern.slice(0, -1));
  return (path, identifiers) => {
    const strangers = identifiers.filter((one) => !whole.has(one) && !beginnings.some((beginning) => one.startsWith(beginning)));
    for (const stranger of strangers) {
      const message = `would send the patient identifier "${shorten(stranger)}", which is not on the list of synthetic patients`;
      const hint = `use one like ${patterns.slice(0, 3).join(', ')}, or add it to synthetic_patients if no living person has it`;
      report.tell({ code: 'wrong_value', path, at: 'key', message, hint });
    }
    return strangers.length === 0;
  };
}
