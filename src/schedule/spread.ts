// Spreads endpoints over their interval, so that a thousand of them never start together and a restart does not shift them.
import type { EndpointId } from '#model/endpoint.ts';
import type { DurationMs, EpochMs } from '#model/time.ts';

const words = 2 ** 32;

/**
 * Where in its interval an endpoint is due: whole milliseconds, at least 0 and less than the interval. Depends on nothing but
 * the id and the interval.
 */
export function phaseOf(id: EndpointId, interval: DurationMs): DurationMs {
  return Math.floor((stableHash(id) / words) * interval);
}

/** The first instant after `after` on the grid `k * interval + phase`, counted from the epoch. */
export function nextOnGrid(after: EpochMs, interval: DurationMs, phase: DurationMs): EpochMs {
  const next = (Math.floor((after - phase) / interval) + 1) * interval + phase;
  // Rounding of a fractional interval may land on `after` itself.
  return next > after ? next : next + interval;
}

/**
 * 32 bits, the same on every machine and in every version: changing it moves every endpoint of every installation.
 * FNV-1a (draft-eastlake-fnv, 32 bits) over the UTF-16 units, low byte first; then MurmurHash3's fmix32 (Appleby), because the upper
 * bits of FNV alone hardly differ between short names that end alike, and it is the upper bits that make the phase.
 */
export function stableHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    if (unit > 0xff) hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
