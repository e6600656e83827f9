// The request of one step: its address, headers and body, of what earlier steps found. Pure. Throws ProbeFailure `content`.
import { type HttpHeader, type HttpRequest, isHeaderValue, ProbeFailure, reveal, type Secret } from '#prober/door.ts';
import { type Form, readForm } from './form.ts';
import type { Page } from './page.ts';
import { isPrivate, isPrivateValue } from './rules.ts';
import type { Logout } from './steps.ts';
import { fillIn, fillInUrl, type Variables } from './template.ts';

/** What a step builds upon. */
export interface Ground {
  readonly site: URL;
  /** Origins that may be sent what is private, that of the site included. */
  readonly trusted: ReadonlySet<string>;
  /** The answer of the step before. */
  readonly page: Page | undefined;
  readonly variables: Variables;
  readonly agent: string;
}

export interface Asking {
  readonly request: HttpRequest;
  /** The form of `form_from`, as it was found. */
  readonly form: Form | undefined;
}

export function askingOf(step: Logout, ground: Ground): Asking {
  const form = step.form_from === undefined ? undefined : findForm(step.form_from, ground.page);
  const url = addressOf(step, form, ground);
  if (isPrivate(step) && !ground.trusted.has(url.origin)) {
    throw new ProbeFailure(
      'content',
      'the form, a secret or a variable would go to an origin that is neither that of the site nor in origins',
    );
  }
  const fields = fieldsOf(step, form, ground.variables);
  if (step.method !== 'POST') {
    // The query of a form's action is replaced (HTML 4.10.21.3); that of an address that is written out is added to.
    if (step.url === undefined && form !== undefined) url.search = '';
    for (const [name, value] of fields ?? []) url.searchParams.append(name, value);
    return { request: { url, method: step.method, headers: headersOf(step, url, ground) }, form };
  }
  const body = bodyOf(step, fields, ground.variables);
  return { request: { url, method: 'POST', headers: headersOf(step, url, ground), body, secretBody: true }, form };
}

function findForm(selector: string, page: Page | undefined): Form {
  const form = page === undefined ? undefined : readForm(page.tree(), selector);
  if (form === undefined) throw new ProbeFailure('content', 'the page before holds no such form as form_from says');
  return form;
}

function addressOf({ url: written }: Logout, form: Form | undefined, { site, page, variables }: Ground): URL {
  const text = written === undefined ? '' : must(fillInUrl(written, variables));
  const own = written === undefined && form !== undefined && page !== undefined;
  // An empty action is the page's own address, and a fragment is never sent.
  const url = own ? URL.parse(form.action.trim(), page.url) : URL.parse(text, site.href);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) {
    throw new ProbeFailure('content', own ? 'the action of the form is not an http address' : 'the variable does not give an http address');
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  return url;
}

/** The fields of the form with ours laid over them, each name in its old place. */
function fieldsOf({ form: own, form_from }: Logout, form: Form | undefined, variables: Variables): URLSearchParams | undefined {
  if (own === undefined && form_from === undefined) return undefined;
  const fields = new URLSearchParams(form?.fields.map(([name, value]): [string, string] => [name, value]));
  for (const [name, value] of Object.entries(own ?? {})) fields.set(name, textOf(value, variables));
  return fields;
}

function bodyOf({ json }: Logout, fields: URLSearchParams | undefined, variables: Variables): string {
  if (json === undefined) return fields?.toString() ?? '';
  const members = Object.entries(json).map(([name, value]) => [
    name,
    typeof value === 'string' || (typeof value === 'object' && value !== null) ? textOf(value, variables) : value,
  ]);
  return JSON.stringify(Object.fromEntries(members));
}

/** A secret stands as it is: a password may look like a variable. */
function textOf(value: string | Secret, variables: Variables): string {
  return typeof value === 'string' ? must(fillIn(value, variables)) : reveal(value);
}

function must(filled: string | undefined): string {
  if (filled === undefined) throw new ProbeFailure('content', 'it needs a variable that was not extracted');
  return filled;
}

const accepted = 'text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8';

function headersOf(step: Logout, url: URL, { agent, page, variables }: Ground): readonly HttpHeader[] {
  const own = Object.entries(step.headers ?? {}).map(([name, value]): HttpHeader => {
    const text = textOf(value, variables).trim();
    if (!isHeaderValue(text)) throw new ProbeFailure('content', 'the value of a variable cannot stand in a header');
    return { name: name.toLowerCase(), value: text, secret: isPrivateValue(value) };
  });
  const defaults: readonly HttpHeader[] = [
    { name: 'user-agent', value: agent },
    { name: 'accept', value: accepted },
    { name: 'accept-encoding', value: 'identity' },
    ...comingFrom(step, url, page),
    ...aboutBody(step),
  ];
  const given = new Set(own.map(({ name }) => name));
  return [...defaults.filter(({ name }) => !given.has(name)), ...own];
}

function aboutBody({ method, json }: Logout): readonly HttpHeader[] {
  if (method !== 'POST') return [];
  return [{ name: 'content-type', value: json === undefined ? 'application/x-www-form-urlencoded' : 'application/json' }];
}

/**
 * Where the request comes from, as browsers say it (Referrer Policy "strict-origin-when-cross-origin"; Fetch 3.1): frameworks such as Django
 * and Rails refuse a form over https without it. Dropped by a redirect to another origin.
 */
function comingFrom({ method }: Logout, url: URL, page: Page | undefined): readonly HttpHeader[] {
  if (page === undefined) return [];
  const from = new URL(page.url);
  if (from.protocol === 'https:' && url.protocol === 'http:') return [];
  const referer: HttpHeader = { name: 'referer', value: from.origin === url.origin ? from.href : `${from.origin}/`, secret: true };
  return method === 'POST' ? [referer, { name: 'origin', value: from.origin, secret: true }] : [referer];
}
