// What is taken out of an answer, and what is not.
import { expect, test } from 'vitest';
import type { FollowedReply } from '#prober/redirect.ts';
import { Cookies } from './cookies.ts';
import { extract } from './extract.ts';
import { Page } from './page.ts';
import { Step } from './steps.ts';

const url = new URL('https://portal.example.org/app/page');
const html = `<title>Chart of
  ZZTEST</title><meta name="csrf-token" content="t&#61;1"><a id=next href="../next?a=1&amp;b=2">Next</a><i id=none></i><script>token = "from script";</script>`;
const json = '{"a":{"b":7},"list":[1,2],"empty":"","flag":false,"deep":{},"nothing":null}';

function taken(from: object, body = html): string {
  const reply: Pick<FollowedReply, 'status' | 'url' | 'headers' | 'body'> = {
    status: 200,
    url,
    headers: { 'x-id': 'id-7;v=2' },
    body: Buffer.from(body),
  };
  const cookies = new Cookies();
  cookies.learn(url, ['XSRF-TOKEN=a%3D; Path=/', 'other=1; Path=/elsewhere']);
  const extraction = Step.parse({ name: 'a', extract: { x: from } }).extract?.['x'];
  const found = extract(new Page(reply as FollowedReply, cookies, 0), extraction ?? {});
  return 'value' in found ? `= ${found.value}` : found.lack;
}

test.each<[object, string]>([
  [{ selector: 'title' }, '= Chart of ZZTEST'],
  [{ selector: 'meta[name="csrf-token"]', attribute: 'content' }, '= t=1'],
  [{ selector: '#next', attribute: 'href' }, '= https://portal.example.org/next?a=1&b=2'],
  [{ selector: '#next', attribute: 'href', pattern: 'b=(\\d)' }, '= 2'],
  [{ selector: '#other' }, 'was not found'],
  [{ selector: '#none' }, 'is empty'],
  [{ selector: '#next', attribute: 'title' }, 'was not found'],
  [{ pattern: 'token = "([^"]+)"' }, '= from script'],
  [{ pattern: 'from \\w+' }, '= from script'],
  [{ pattern: 'nothing like it' }, 'was not found: its pattern does not match'],
  [{ header: 'X-Id' }, '= id-7;v=2'],
  [{ header: 'x-id', pattern: 'v=(.)' }, '= 2'],
  [{ header: 'x-other' }, 'was not found'],
  [{ cookie: 'XSRF-TOKEN' }, '= a='],
  [{ cookie: 'other' }, 'was not found'],
  [{ json: '$.a' }, 'was not found'],
])('%j gives "%s"', (from, wanted) => {
  expect(taken(from)).toBe(wanted);
});

test.each<[object, string]>([
  [{ json: '$.a.b' }, '= 7'],
  [{ json: '$.flag' }, '= false'],
  [{ json: '$.list' }, 'was not found'],
  [{ json: '$.list[*]' }, 'was not found'],
  [{ json: '$.list[1]' }, '= 2'],
  [{ json: '$.deep' }, 'was not found'],
  [{ json: '$.nothing' }, 'was not found'],
  [{ json: '$.empty' }, 'is empty'],
])('%j of JSON gives "%s"', (from, wanted) => {
  expect(taken(from, json)).toBe(wanted);
});

test('a giant value is not kept', () => {
  expect(taken({ pattern: 'x+' }, 'x'.repeat(9000))).toBe('is longer than 8192 characters');
});

test('a document that is nested without end is not looked through', () => {
  expect(taken({ json: '$..a' }, `${'['.repeat(50_000)}${']'.repeat(50_000)}`)).toBe('was not found');
});
