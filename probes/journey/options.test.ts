// Mistakes of the configuration, each told at its place.
import { describe, expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { Options } from './options.ts';
import { journey } from './probe.ts';

const site = { url: 'https://portal.example.org/' };
const password = new Secret('hidden');
const login = { name: 'login', login: true, method: 'POST', expect: { contains: ['Sign out'] } };

function troubles(options: object): readonly string[] {
  return Options.safeParse({ ...site, ...options }).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

/** A journey whose second step is this one. */
const one = (step: object) => ({ steps: [{ name: 'first' }, { name: 'a', ...step }] });

test('a whole journey is taken', () => {
  const options = Options.parse({
    ...site,
    origins: ['https://login.example.org'],
    steps: [
      { name: 'form', url: 'login', extract: { token: { selector: 'input[name=t]', attribute: 'value' } } },
      { ...login, form_from: 'form', form: { user: 'zztest', password, token: '${token}' } },
      { name: 'next', url: '${token}', headers: { 'x-token': '${token}' } },
      { name: 'api', method: 'POST', idempotent: true, json: { token: '${token}', count: 1, all: true, none: null } },
    ],
    logout: { url: 'https://login.example.org/out', method: 'POST', form: { token: '${token}' } },
  });
  expect(options.logout?.name).toBe('logout');
  expect(options.steps.map(({ method }) => method)).toEqual(['GET', 'POST', 'GET', 'POST']);
});

describe('mistakes', () => {
  const needsSecond = 'no step before extracts the variable token';
  test.each<[string, object, string]>([
    [
      'a POST that nobody vouches for',
      one({ method: 'POST' }),
      'steps.1.method: POST needs `login: true` (it logs in) or `idempotent: true`',
    ],
    ['a variable from nowhere in an address', one({ url: '/x/${token}' }), `steps.1.url: ${needsSecond}`],
    ['... in a header', one({ headers: { 'x-a': '${token}' } }), `steps.1.headers.x-a: ${needsSecond}`],
    ['... in a field', one({ form: { a: '${token}' } }), `steps.1.form.a: ${needsSecond}`],
    ['... in a body', one({ method: 'POST', idempotent: true, json: { a: '${token}' } }), `steps.1.json.a: ${needsSecond}`],
    ['... in the logout', { ...one({}), logout: { url: '/${token}' } }, `logout.url: ${needsSecond}`],
    ['a variable of the same step', one({ url: '/${token}', extract: { token: { cookie: 'a' } } }), `steps.1.url: ${needsSecond}`],
    ['a name that stands twice', one({ name: 'first' }), 'steps.1.name: stands twice'],
    ['a logout with the name of a step', { ...one({}), logout: { name: 'a' } }, 'logout.name: is the name of a step'],
    ['a name of the connection', one({ name: 'tls' }), 'steps.1.name: is the name of a phase'],
    ['a form of no page', { steps: [{ name: 'a', form_from: 'form' }] }, 'steps.0.form_from: needs a page before'],
    ['a body without POST', one({ json: { a: 1 } }), 'steps.1.json: only POST takes a body'],
    ['two bodies', one({ method: 'POST', idempotent: true, json: { a: 1 }, form: { a: '1' } }), 'steps.1.json: cannot stand beside'],
    ['a HEAD with a form', one({ method: 'HEAD', form: { a: '1' } }), 'steps.1.method: a form is sent by GET or POST'],
    [
      'a password that is written out',
      one({ login: true, form: { user: 'a', passwd: 'b' } }),
      'steps.1.form.passwd: is a password by its name',
    ],
    [
      '... in a body',
      one({ method: 'POST', idempotent: true, json: { userPassword: 'b' } }),
      'steps.1.json.userPassword: is a password by',
    ],
    ['a secret in a query', one({ form: { a: password } }), 'steps.1.form: a secret in the query of a GET ends up in logs'],
    ['an address that is none', one({ url: 'ftp://a.org/' }), 'steps.1.url: is not an address'],
    ['an address with a password', one({ url: 'https://a:b@portal.example.org/' }), 'steps.1.url: is not an address'],
    ['a token that is written out', one({ headers: { authorization: 'Bearer abc' } }), 'steps.1.headers.authorization: carries a secret'],
    ['a cookie by hand', one({ headers: { Cookie: 'a=b' } }), 'steps.1.headers.Cookie: is set by the probe itself'],
    ['a secret to a stranger', one({ url: 'https://b.org/', headers: { 'x-a': password } }), 'steps.1.url: a form, a secret or a variable'],
    [
      'a form to a stranger',
      one({ url: 'https://b.org/', method: 'POST', idempotent: true }),
      'steps.1.url: a form, a secret or a variable',
    ],
    ['a selector that costs', one({ form_from: 'a ~ b' }), 'steps.1.form_from: is not a selector'],
    ['`locked` of no login', one({ locked: 'x' }), 'steps.1.locked: stands in a step with `login: true`'],
    [
      'a login that cannot be told from its refusal',
      one({ login: true, method: 'POST', form: { password } }),
      'steps.1.expect: must tell a page after the login from a refusal',
    ],
    ['an extraction of nothing', one({ extract: { a: {} } }), 'steps.1.extract.a: needs one of'],
    ['two sources', one({ extract: { a: { header: 'x', cookie: 'y' } } }), 'steps.1.extract.a: takes one of'],
    ['an attribute of nothing', one({ extract: { a: { attribute: 'x', header: 'y' } } }), 'steps.1.extract.a.attribute: needs `selector`'],
    ['a variable called region', one({ extract: { region: { header: 'y' } } }), 'steps.1.extract.region: '],
    [
      'a secret in plain HTTP',
      { ...one({ headers: { 'x-a': password } }), url: 'http://portal.example.org/' },
      'url: secrets are sent over https',
    ],
    [
      'a secret without verification',
      { ...one({ headers: { 'x-a': password } }), tls: { insecure: true } },
      'url: secrets are sent over https',
    ],
    [
      'a secret that might go to a plain origin',
      { ...one({ headers: { 'x-a': password } }), origins: ['http://login.example.org'] },
      'url: secrets are sent over https',
    ],
    ['no step', { steps: [] }, 'steps: '],
    ['too many steps', { steps: Array.from({ length: 26 }, (_, index) => ({ name: `s${index}` })) }, 'steps: '],
  ])('%s', (_, options, wanted) => {
    const found = troubles(options);
    expect(
      found.some((trouble) => trouble.startsWith(wanted)),
      found.join('\n'),
    ).toBe(true);
  });

  test('what is well beside them', () => {
    expect(troubles({ url: 'http://127.0.0.1:8080/', ...one({ headers: { 'x-a': password } }) })).toEqual([]);
    expect(troubles(one({ form: { q: 'flu' } }))).toEqual([]);
    expect(troubles(one({ url: 'https://elsewhere.example.org/status' }))).toEqual([]);
    expect(troubles(one({ ...login, expect: {}, form: { password }, form_from: 'form' }))).toEqual([]);
    expect(troubles(one({ ...login, expect: {}, json: { password } }))).toEqual([]);
    expect(troubles(one({ form: { password_hint: '' }, extract: { t: { cookie: 'a' } } }))).toEqual([]);
    expect(troubles(one({ ...login, expect: { status: 302 }, follow_redirects: false, form: { password } }))).toEqual([]);
  });
});

test('what is named as the identifier of a patient is one, wherever it is written out', () => {
  const options = Options.parse({
    url: 'https://portal.example.org/?mrn=1',
    steps: [
      { name: 'a', url: '/Patient/2', extract: { id: { cookie: 'id' } } },
      { name: 'b', form: { patient_id: '3', user: 'zztest', mrn: '${id}' } },
      { name: 'c', method: 'POST', idempotent: true, json: { memberId: 4, patient: password } },
    ],
    logout: { url: '/out?patient=5' },
  });
  expect(journey.patients(options)).toEqual(['1', '2', '3', '4', '5']);
});
