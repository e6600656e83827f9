// A plan as text, for people to read and compare: secrets and the hashes of tokens are hidden.
import type { Plan } from '#model/plan.ts';
import { Secret } from '#schema/secret.ts';

const hidden = '***';

/** Plain data of the plan, with `***` for every secret. Nothing that it holds leads back to one. */
export function redactPlan(plan: Plan): unknown {
  return { ...asRecord(redact(plan)), tokens: plan.tokens.map(({ name, rights }) => ({ name, sha256: hidden, rights })) };
}

/** The redacted plan as JSON, which is YAML too. */
export function printPlan(plan: Plan): string {
  return `${JSON.stringify(redactPlan(plan), null, 2)}\n`;
}

function redact(value: unknown): unknown {
  if (value instanceof Secret) return hidden;
  if (typeof value === 'string') return withoutPassword(value);
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  // What is no plain map has its own ideas of what may be seen: only that it is there is said.
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return `[${value.constructor.name}]`;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, redact(part)]));
}

/** A user and password in an address are hidden, wherever the address stands. */
function withoutPassword(text: string): string {
  return text.replaceAll(/:\/\/[^/\s@]+@/g, `://${hidden}@`);
}

function asRecord(value: unknown): object {
  return typeof value === 'object' && value !== null ? value : {};
}
