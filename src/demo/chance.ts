// The demo's dice: what falls depends on the seed and on what is thrown for, and on nothing else. The same seed tells the same story.

/** What a throw is for: an endpoint, the number of a transaction. */
export type Keys = readonly (string | number)[];

/** Uniform in [0, 1). */
export type Chance = (...keys: Keys) => number;

export function dice(seed: number): Chance {
  return (...keys) => mix(hash(`${seed}|${keys.join('|')}`)) / 2 ** 32;
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value;
}

/** The last step of MurmurHash3: neighbours fall far apart. */
function mix(value: number): number {
  let mixed = value;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
