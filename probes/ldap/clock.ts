// How far the clock of a directory is from ours. Pure.

/**
 * Milliseconds that the clock of the server is away from ours at least, from the time that it named (GeneralizedTime, RFC 4517 3.3.13)
 * between two instants of ours. Active Directory names whole seconds, which say no more than that. Undefined when it is no time.
 */
export function clockDistance(text: string, sentAt: number, receivedAt: number): number | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(?:[.,](\d{1,9}))?Z$/.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const fraction = Number(`0.${match[7] ?? '0'}`) * 1000;
  const earliest = Date.UTC(year, month - 1, day, hour, minute, second) + fraction;
  const latest = earliest + (fraction === 0 ? 1000 : 0);
  return Math.max(0, earliest - receivedAt, sentAt - latest);
}
