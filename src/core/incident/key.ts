// What an incident is called: the same in every process that sees the fault, and the same when a crash makes us see it twice.
import { type Scope, type Trouble, troubles } from '#model/incident.ts';
import { type EpochMs, secondMs } from '#model/time.ts';

/** Longest key. With '@' + seconds and '#' + sequence behind it an event id stays below 255, PagerDuty's bound on a dedup_key. */
const keyLimit = 200;

/**
 * `system/level/name/trouble` in printable ASCII, at most 200 characters; two different scopes never share a key.
 * Never holds a time or a process: two daemons arrive at the same key.
 */
export function incidentKey(system: string, scope: Scope, trouble: Trouble): string {
  const key = `${ascii(system)}/${scope.level}/${ascii(scope.name)}/${trouble}`;
  if (key.length <= keyLimit) return key;
  const tail = `~${fingerprint(key)}/${trouble}`;
  return key.slice(0, keyLimit - tail.length) + tail;
}

/** What the incident of this key was opened for: slowness that becomes failing goes on under its old key. */
export function troubleOf(key: string): Trouble {
  return troubles.find((trouble) => key.replace(apart, '').endsWith(`/${trouble}`)) ?? 'failing';
}

/** Behind the key of what an endpoint has of its own where its first key went to a group. */
export const apart = '/apart';

/** One fault's name for ever: the key and the second of its onset. */
export function incidentId(key: string, since: EpochMs): string {
  return `${key}@${Math.floor(since / secondMs)}`;
}

/** Stable under replay: the same step of the same incident has the same id. */
export function eventId(incident: string, sequence: number): string {
  return `${incident}#${sequence}`;
}

/** Percent-encoded as in a form, but with its slashes: readable for what people usually write, and never two texts alike. */
function ascii(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('%20', '+').replaceAll('%2F', '/').replaceAll('~', '%7E');
}

/** FNV-1a with 64 bits, as 16 hexadecimal digits (RFC 9923). */
function fingerprint(text: string): string {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < text.length; i += 1) hash = BigInt.asUintN(64, (hash ^ BigInt(text.charCodeAt(i))) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
