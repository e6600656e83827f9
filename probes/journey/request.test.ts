// From a step and the page before to the request: addresses, fields, headers, and where secrets may go.
import { describe, expect, test } from 'vitest';
import { type FollowedReply } from '#prober/redirect.ts';
import { Secret } from '#schema/secret.ts';
import { Cookies } from './cookies.ts';
import { Page } from './page.ts';
import { askingOf } from './request.ts';
import { Step } from './steps.ts';

const site = new URL('https://portal.example.org/app/');
const trusted = new Set([site.origin, 'https://login.example.org']);
const variables = new Map([
  ['id', 'a/b'],
  ['link', 'https://portal.example.org/next'],
  ['elsewhere', 'https://evil.example.net/'],
  ['lines', 'a\nb'],
]);

function pageOf(body: string, url = 'https://portal.example.org/app/login?next=1'): Page {
  const reply: Pick<FollowedReply, 'status' | 'url' | 'headers' | 'body'> = {
    status: 200,
    url: new URL(url),
    headers: {},
    body: Buffer.from(body),
  };
  return new Page(reply as FollowedReply, new Cookies(), 0);
}

function asked(step: object, page?: Page) {
  const { request } = askingOf(Step.parse({ name: 'a', ...step }), { site, trusted, page, variables, agent: 'Holter/test' });
  return { ...request, url: request.url.href, headers: Object.fromEntries(request.headers.map(({ name, value }) => [name, value])) };
}

const post = { method: 'POST', idempotent: true };

describe('the address', () => {
  test.each([
    [{}, 'https://portal.example.org/app/'],
    [{ url: 'list' }, 'https://portal.example.org/app/list'],
    [{ url: '/list' }, 'https://portal.example.org/list'],
    [{ url: '/x/${id}#part' }, 'https://portal.example.org/x/a%2Fb'],
    [{ url: '${link}' }, 'https://portal.example.org/next'],
    [{ url: '/s?x=1', form: { q: 'a b', id: '${id}' } }, 'https://portal.example.org/s?x=1&q=a+b&id=a%2Fb'],
  ])('of %j is %s', (step, wanted) => {
    expect(asked(step).url).toBe(wanted);
  });

  test.each([
    ['<form action="take">', 'https://portal.example.org/app/take'],
    ['<form action="">', 'https://portal.example.org/app/login?next=1'],
    ['<form>', 'https://portal.example.org/app/login?next=1'],
    ['<form action="https://login.example.org/in#x">', 'https://login.example.org/in'],
  ])('of the form %s is %s', (form, wanted) => {
    expect(asked({ ...post, form_from: 'form' }, pageOf(form)).url).toBe(wanted);
  });
});

test('the query of a GET form takes the place of that of its action', () => {
  expect(asked({ form_from: 'form' }, pageOf('<form action="/s?x=1"><input name=q value=flu>')).url).toBe(
    'https://portal.example.org/s?q=flu',
  );
});

test('our fields lie over those of the form, and a secret stands as it is', () => {
  const page = pageOf(
    '<form><input type=hidden name=csrf value="t&amp;1"><input name=user value=old><input type=password name=password></form>',
  );
  const { body, headers } = asked({ ...post, form_from: 'form', form: { user: 'u${id}', password: new Secret('p ${id}') } }, page);
  expect(body).toBe('csrf=t%261&user=ua%2Fb&password=p+%24%7Bid%7D');
  expect(headers['content-type']).toBe('application/x-www-form-urlencoded');
});

test('a JSON body', () => {
  const { body, headers } = asked({ ...post, json: { a: '${id}', b: new Secret('x"y'), c: 1, d: null, e: false } });
  expect(body).toBe('{"a":"a/b","b":"x\\"y","c":1,"d":null,"e":false}');
  expect(headers['content-type']).toBe('application/json');
});

describe('the headers', () => {
  test('say who asks, and from where', () => {
    const page = pageOf('<form>', 'https://portal.example.org/app/login?next=1');
    expect(asked({ url: '/x' }, page).headers).toMatchObject({
      'user-agent': 'Holter/test',
      referer: 'https://portal.example.org/app/login?next=1',
    });
    expect(asked({ url: '/x' }, page).headers).not.toHaveProperty('origin');
    expect(asked({ ...post, url: '/x' }, page).headers).toMatchObject({ origin: 'https://portal.example.org' });
    expect(asked({ url: 'https://login.example.org/' }, page).headers['referer']).toBe('https://portal.example.org/');
    expect(asked({ url: 'http://portal.example.org/' }, page).headers).not.toHaveProperty('referer');
    expect(asked({ url: '/x' }).headers).not.toHaveProperty('referer');
  });

  test('are ours where they are written out', () => {
    expect(asked({ ...post, headers: { 'Content-Type': 'text/x', ACCEPT: 'a/b' } }).headers).toMatchObject({
      'content-type': 'text/x',
      accept: 'a/b',
    });
  });

  test('that hold a secret or a variable are marked, so that no redirect takes them along', () => {
    const step = Step.parse({ name: 'a', headers: { a: new Secret('s'), b: '${id}', c: 'plain' } });
    const { request } = askingOf(step, { site, trusted, page: undefined, variables, agent: 'x' });
    expect(request.headers.filter(({ secret }) => secret === true).map(({ name }) => name)).toEqual(['a', 'b']);
    expect(
      askingOf(Step.parse({ name: 'a', ...post, form: { a: 'b' } }), { site, trusted, page: undefined, variables, agent: 'x' }).request,
    ).toMatchObject({
      secretBody: true,
    });
  });
});

test.each<[string, object, string | undefined, string]>([
  [
    'a form that leads away',
    { ...post, form_from: 'form' },
    '<form action="https://evil.example.net/">',
    'neither that of the site nor in origins',
  ],
  [
    'a form in plain HTTP',
    { ...post, form_from: 'form' },
    '<form action="http://portal.example.org/">',
    'neither that of the site nor in origins',
  ],
  [
    'a secret to where a page leads',
    { url: '${elsewhere}', headers: { a: new Secret('s') } },
    undefined,
    'neither that of the site nor in origins',
  ],
  ['a form that is gone', { ...post, form_from: 'form#b' }, '<form id=a>', 'no such form'],
  ['a form that runs a script', { ...post, form_from: 'form' }, '<form action="javascript:x()">', 'not an http address'],
  ['an address from a variable that is none', { url: '${lines}' }, undefined, 'ok'],
  ['a header of two lines', { headers: { a: '${lines}' } }, undefined, 'cannot stand in a header'],
  ['a variable that is missing', { url: '/${missing}' }, undefined, 'a variable that was not extracted'],
])('%s', (_, step, body, wanted) => {
  const page = body === undefined ? undefined : pageOf(body);
  if (wanted === 'ok') expect(asked(step, page).url).toBe('https://portal.example.org/app/ab');
  else expect(() => asked(step, page)).toThrow(wanted);
});

test('what holds no secret may go where a page leads', () => {
  expect(asked({ url: '${elsewhere}' }).url).toBe('https://evil.example.net/');
});
