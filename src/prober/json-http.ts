// JSON over HTTP, in the named steps of http-step.ts.
import type { ProbeContext } from './contract.ts';
import { askHttp, type HttpStep, type StepOptions, type StepReply } from './http-step.ts';

export interface JsonStep extends Omit<HttpStep, 'content'> {
  /** Sent by POST as a form. */
  readonly form?: URLSearchParams;
}

export interface JsonReply extends Omit<StepReply, 'body'> {
  /** Undefined: the body is no JSON. */
  readonly body: unknown;
}

/** Most nested levels of a body; a deeper one is hostile. */
const deepest = 64;

/** Asks once. Promises of `askHttp`. */
export async function askJson({ form, ...step }: JsonStep, options: StepOptions, context: ProbeContext): Promise<JsonReply> {
  const content = form === undefined ? {} : { content: { type: 'application/x-www-form-urlencoded', body: form.toString() } };
  const reply = await askHttp({ ...step, ...content }, options, context);
  return { ...reply, body: parse(reply.body) };
}

function parse(body: Buffer): unknown {
  const text = body.toString('utf8');
  if (isTooDeep(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // Not JSON: a page of a proxy, or a part of one.
    return undefined;
  }
}

function isTooDeep(text: string): boolean {
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    const sign = text.charCodeAt(i);
    if (sign === 0x5b || sign === 0x7b) depth += 1;
    else if (sign === 0x5d || sign === 0x7d) depth -= 1;
    if (depth > deepest) return true;
  }
  return false;
}

/** A member of a JSON object; undefined for everything else. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}
