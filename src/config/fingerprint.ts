// Tells whether what is probed has changed: a hash of the kind and its options, secrets by their digest.
import { createHash } from 'node:crypto';
import { Secret } from '#schema/secret.ts';

/** 32 hexadecimal digits. The order of keys does not matter; when and how often it is probed is no part of it. */
export function fingerprint(...parts: readonly unknown[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(canonical(part)).update('\n');
  return hash.digest('hex').slice(0, 32);
}

function canonical(value: unknown): string {
  if (value instanceof Secret) return `secret:${value.digest()}`;
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value).toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${entries.map(([key, part]) => `${JSON.stringify(key)}:${canonical(part)}`).join(',')}}`;
}
