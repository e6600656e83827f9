// When people are told again of what they know: reminders, ever more seldom.
import type { AlertEvent, Severity } from '#model/alert.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';

/** What was told of one incident, and to whom: plain JSON, replaced as a whole. */
export interface Notices {
  /** Reminders sent since it opened or reopened. */
  readonly reminders: number;
  /** When the next one is due; null when none is wanted. */
  readonly remindAt: EpochMs | null;
  /** Who heard of it: they are owed the resolve, whatever a reload does to the routes. */
  readonly receivers: readonly string[];
  /** The label of all its alerts: as at the opening, for labels do not change during an incident. */
  readonly severity: Severity;
}

/** The first reminder comes after `spacing`, each later one after twice the wait before it. Null (none) when `spacing` is 0. */
export function nextReminder(spacing: DurationMs, reminders: number, at: EpochMs): EpochMs | null {
  return spacing > 0 ? at + spacing * 2 ** reminders : null;
}

/** One notice that goes out. */
export interface Notice {
  readonly event: AlertEvent;
  readonly at: EpochMs;
  /** Spacing of the first reminder. */
  readonly spacing: DurationMs;
  /** Names of all receivers there are. */
  readonly known: readonly string[];
  /** Those that the routes name now. */
  readonly receivers: readonly string[];
  readonly severity: Severity;
}

/** What has been told once this notice is out. */
export function noticesAfter(before: Notices | null, notice: Notice): Notices {
  const { event, at, spacing, known, receivers, severity } = notice;
  const earlier = event === 'opened' ? null : before;
  const heard = earlier?.receivers.filter((name) => known.includes(name)) ?? [];
  const reminders = remindersAfter(earlier?.reminders ?? 0, event);
  return {
    reminders,
    remindAt: event === 'resolved' ? null : nextReminder(spacing, reminders, at),
    receivers: [...new Set([...heard, ...receivers])],
    severity: earlier?.severity ?? severity,
  };
}

function remindersAfter(before: number, event: AlertEvent): number {
  if (event === 'reopened') return 0;
  return event === 'reminder' ? before + 1 : before;
}
