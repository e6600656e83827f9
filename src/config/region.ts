// `{region}` in the options of an endpoint.
import { Secret } from '#schema/secret.ts';

const placeholder = '{region}';

/** A copy with every `{region}` in its texts replaced; secrets stay as they are. */
export function fillRegion(value: unknown, region: string): unknown {
  if (region === '') return value;
  if (typeof value === 'string') return value.replaceAll(placeholder, region);
  if (Array.isArray(value)) return value.map((item) => fillRegion(item, region));
  if (typeof value !== 'object' || value === null || value instanceof Secret) return value;
  const copy: Record<string, unknown> = Object.create(null);
  for (const [key, part] of Object.entries(value)) copy[key] = fillRegion(part, region);
  return copy;
}

export function mentionsRegion(value: unknown): boolean {
  if (typeof value === 'string') return value.includes(placeholder);
  if (typeof value !== 'object' || value === null || value instanceof Secret) return false;
  return Object.values(value).some(mentionsRegion);
}
