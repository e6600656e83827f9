// What must hold between the steps of a visit. Pure: finds every trouble, and where it stands.
import { Secret } from '#prober/door.ts';
import type { Logout, Step } from './steps.ts';
import { variablesIn } from './template.ts';

/** Whether the request holds what only the site and `origins` may see: a form, a JSON body, a secret or a variable. */
export function isPrivate({ method, headers, form, form_from, json }: Logout): boolean {
  if (method === 'POST' || form_from !== undefined || json !== undefined) return true;
  return [...Object.values(headers ?? {}), ...Object.values(form ?? {})].some(isPrivateValue);
}

/** A secret of the configuration, or a text with a variable in it. */
export function isPrivateValue(value: unknown): boolean {
  return typeof value === 'string' ? variablesIn(value).length > 0 : value instanceof Secret;
}

export interface Trouble {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

interface Journey {
  readonly url: string;
  readonly origins?: readonly string[] | undefined;
  readonly steps: readonly Step[];
  readonly logout?: Logout | undefined;
}

export function troublesOf(journey: Journey): readonly Trouble[] {
  const { url, steps, logout } = journey;
  const known = new Set<string>();
  const names = new Set<string>();
  const troubles: Trouble[] = [];
  for (const [index, step] of steps.entries()) {
    const tell = (own: readonly Trouble[]) => {
      for (const { path, message } of own) troubles.push({ path: ['steps', index, ...path], message });
    };
    if (names.has(step.name)) tell([{ path: ['name'], message: 'stands twice' }]);
    if (index === 0 && step.form_from !== undefined)
      tell([{ path: ['form_from'], message: 'needs a page before: the first step has none' }]);
    tell([
      ...askingTroubles(step, url),
      ...foreignTroubles(step, journey),
      ...postTroubles(step),
      ...loginTroubles(step),
      ...variableTroubles(step, known),
    ]);
    names.add(step.name);
    for (const name of Object.keys(step.extract ?? {})) known.add(name);
  }
  if (logout === undefined) return troubles;
  const own = [...askingTroubles(logout, url), ...foreignTroubles(logout, journey), ...variableTroubles(logout, known)];
  if (names.has(logout.name)) own.push({ path: ['name'], message: 'is the name of a step' });
  return [...troubles, ...own.map(({ path, message }) => ({ path: ['logout', ...path], message }))];
}

/** Of the address, the headers and the body. */
function askingTroubles(step: Logout, site: string): readonly Trouble[] {
  const troubles = [...bodyTroubles(step), ...passwordTroubles(step)];
  const cookie = Object.keys(step.headers ?? {}).find((name) => name.toLowerCase() === 'cookie');
  if (cookie !== undefined) troubles.push({ path: ['headers', cookie], message: 'is set by the probe itself, from what the site set' });
  if (step.url !== undefined && !isAddress(step.url, site))
    troubles.push({ path: ['url'], message: 'is not an address: http or https, without user and password in it, or relative to the site' });
  return troubles;
}

/** Names of fields that hold what nobody may read in a file. */
const passwordName = /passw|passcode|passphrase|pwd/i;

/** Of passwords that are written out: nothing would keep them from a plain address or a listing of the configuration. */
function passwordTroubles(step: Logout): readonly Trouble[] {
  return (['form', 'json'] as const).flatMap((key) =>
    Object.entries(step[key] ?? {})
      .filter(([name, value]) => passwordName.test(name) && typeof value === 'string' && value !== '' && !isPrivateValue(value))
      .map(([name]) => ({
        path: [key, name],
        message: 'is a password by its name: write !env NAME or !file path, never the secret itself',
      })),
  );
}

function bodyTroubles({ method, form, form_from, json }: Logout): readonly Trouble[] {
  const fields = form !== undefined || form_from !== undefined;
  const hasSecret = Object.values(form ?? {}).some((value) => value instanceof Secret);
  const troubles: Trouble[] = [];
  if (json !== undefined && method !== 'POST') troubles.push({ path: ['json'], message: 'only POST takes a body' });
  if (json !== undefined && fields) troubles.push({ path: ['json'], message: 'cannot stand beside `form` and `form_from`' });
  if (fields && method === 'HEAD') troubles.push({ path: ['method'], message: 'a form is sent by GET or POST' });
  if (hasSecret && method === 'GET')
    troubles.push({ path: ['form'], message: 'a secret in the query of a GET ends up in logs: needs `method: POST`' });
  return troubles;
}

function isAddress(text: string, site: string): boolean {
  if (text.startsWith('${')) return true;
  const url = URL.parse(text.replaceAll(/\$\{\w+\}/g, 'x'), URL.canParse(site) ? site : 'http://site.invalid/');
  return (url?.protocol === 'http:' || url?.protocol === 'https:') && url.username === '' && url.password === '';
}

/** Of an address that is written out and leads elsewhere. What a page leads to is looked at when it does. */
function foreignTroubles(step: Logout, { url, origins = [] }: Journey): readonly Trouble[] {
  const origin = URL.parse(step.url?.split('${')[0] ?? '')?.origin;
  if (origin === undefined || !isPrivate(step) || [url, ...origins].some((each) => URL.parse(each)?.origin === origin)) return [];
  return [
    { path: ['url'], message: 'a form, a secret or a variable goes to an origin that is neither that of the site nor under `origins`' },
  ];
}

function postTroubles({ method, login, idempotent }: Step): readonly Trouble[] {
  if (method !== 'POST' || login || idempotent) return [];
  return [{ path: ['method'], message: 'POST needs `login: true` (it logs in) or `idempotent: true` (it changes nothing)' }];
}

function loginTroubles({ login, locked, method, form, form_from, expect }: Step): readonly Trouble[] {
  if (!login) return locked === undefined ? [] : [{ path: ['locked'], message: 'stands in a step with `login: true`' }];
  const { contains, not_contains, matches, not_matches, json, final_url, headers } = expect;
  const tells = [contains, not_contains, matches, not_matches, json, final_url, headers].some((wish) => wish !== undefined);
  if (tells || method !== 'POST' || form === undefined || form_from !== undefined || expect.status.text !== '2xx') return [];
  const message = 'must tell a page after the login from a refusal, which is status 200 as well: say what the former contains';
  return [{ path: ['expect'], message }];
}

/** Uses of variables that no step before extracts. */
function variableTroubles(step: Logout, known: ReadonlySet<string>): readonly Trouble[] {
  const texts: (readonly [path: readonly string[], text: unknown])[] = [[['url'], step.url]];
  for (const key of ['headers', 'form', 'json'] as const) {
    for (const [name, value] of Object.entries(step[key] ?? {})) texts.push([[key, name], value]);
  }
  return texts.flatMap(([path, text]) => {
    const unknown = typeof text === 'string' ? variablesIn(text).filter((name) => !known.has(name)) : [];
    return unknown.map((name) => ({ path, message: `no step before extracts the variable ${name}` }));
  });
}
