// Takes a value out of an answer, for later steps. Pure. What is taken counts as a secret: no message shows it.
import { JsonTooDeep } from '#prober/door.ts';
import { select } from './html.ts';
import type { Page } from './page.ts';
import type { Extraction } from './steps.ts';

/** Longest value of a variable. */
export const longestValue = 8192;

/** The value, or in words why there is none. */
export type Extracted = { readonly value: string } | { readonly lack: string };

export function extract(page: Page, extraction: Extraction): Extracted {
  const source = sourceOf(page, extraction);
  if (source === undefined) return { lack: 'was not found' };
  const value = extraction.pattern === undefined ? source : extraction.pattern.capture(source);
  if (value === undefined) return { lack: 'was not found: its pattern does not match' };
  if (value === '') return { lack: 'is empty' };
  if (value.length > longestValue) return { lack: `is longer than ${longestValue} characters` };
  return { value };
}

function sourceOf(page: Page, { json, selector, attribute, header, cookie }: Extraction): string | undefined {
  if (json !== undefined) return findJson(page, json);
  if (selector !== undefined) return findElement(page, selector, attribute);
  if (header !== undefined) return page.header(header.toLowerCase()) || undefined;
  return cookie === undefined ? page.body : page.cookie(cookie);
}

/** Exactly one text, number or boolean. */
function findJson(page: Page, path: NonNullable<Extraction['json']>): string | undefined {
  try {
    const [value, ...others] = path.find(JSON.parse(page.body), 2);
    if (others.length > 0) return undefined;
    return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
  } catch (error) {
    // Not JSON, or nested too deeply; anything else is our own bug.
    if (error instanceof SyntaxError || error instanceof JsonTooDeep) return undefined;
    throw error;
  }
}

/** Attributes that hold an address are made whole, as a browser gives them. */
const addresses = new Set(['href', 'src', 'action', 'formaction']);

function findElement(page: Page, selector: string, attribute: string | undefined): string | undefined {
  const element = select(page.tree(), selector);
  if (attribute === undefined) return element?.textContent.replaceAll(/\s+/g, ' ').trim();
  const value = element?.getAttribute(attribute.toLowerCase());
  if (value === undefined || !addresses.has(attribute.toLowerCase())) return value;
  return URL.parse(value.trim(), page.url)?.href;
}
