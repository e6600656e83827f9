// Traces as text that a person can review: runs of outcomes, "0x1439 1x3" (as promtool's unit tests write series).

export function compress(outcomes: string): string {
  return (outcomes.match(/(.)\1*/gu) ?? []).map((run) => `${run[0]}x${run.length}`).join(' ');
}

export function expand(runs: string): string {
  return runs
    .split(' ')
    .map((run) => run.charAt(0).repeat(Number(run.slice(2))))
    .join('');
}

/** Events as text: "1503 down". */
export function eventsText(events: readonly { readonly i: number; readonly state: string }[]): string[] {
  return events.map((event) => `${event.i} ${event.state}`);
}
