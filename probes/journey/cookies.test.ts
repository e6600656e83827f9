// Cookies go where RFC 6265bis says, and nowhere else.
import { expect, test } from 'vitest';
import { Cookies } from './cookies.ts';

function jar(from: string, ...set: string[]): (url: string) => string {
  const cookies = new Cookies();
  cookies.learn(new URL(from), set);
  return (url) => cookies.header(new URL(url));
}

test.each([
  ['https://a.example.org/', 'x=1', 'https://a.example.org/b', 'x=1'],
  // Host-only without Domain, and shared below with it.
  ['https://a.example.org/', 'x=1', 'https://b.a.example.org/', ''],
  ['https://a.example.org/', 'x=1; Domain=example.org', 'https://b.example.org/', 'x=1'],
  ['https://a.example.org/', 'x=1; Domain=other.org', 'https://other.org/', ''],
  // A public suffix is nobody's.
  ['https://a.co.uk/', 'x=1; Domain=co.uk', 'https://b.co.uk/', ''],
  // Path.
  ['https://a.example.org/app/login', 'x=1', 'https://a.example.org/app/home', 'x=1'],
  ['https://a.example.org/app/login', 'x=1', 'https://a.example.org/', ''],
  ['https://a.example.org/', 'x=1; Path=/app', 'https://a.example.org/apple', ''],
  // Secure.
  ['https://a.example.org/', 'x=1; Secure', 'http://a.example.org/', ''],
  ['http://a.example.org/', 'x=1; Secure', 'https://a.example.org/', ''],
  // Prefixes.
  ['https://a.example.org/', '__Host-x=1; Secure; Path=/; Domain=a.example.org', 'https://a.example.org/', ''],
  ['https://a.example.org/', '__Host-x=1; Secure; Path=/', 'https://a.example.org/', '__Host-x=1'],
  // Ended at once.
  ['https://a.example.org/', 'x=1; Max-Age=0', 'https://a.example.org/', ''],
  // Other ports of a host share its cookies.
  ['http://127.0.0.1:8080/', 'x=1', 'http://127.0.0.1:9090/', 'x=1'],
  ['http://portal/', 'x=1', 'http://portal/', 'x=1'],
  ['https://a.example.org/', 'no cookie', 'https://a.example.org/', ''],
])('%s sets %s: to %s goes "%s"', (from, set, to, wanted) => {
  expect(jar(from, set)(to)).toBe(wanted);
});

test('longer paths first, and a cookie that is set again is replaced', () => {
  expect(jar('https://a.org/b/c', 'x=1; Path=/', 'y=2; Path=/b', 'x=3; Path=/')('https://a.org/b/c')).toBe('y=2; x=3');
});

test('the value is decoded as scripts decode it', () => {
  const cookies = new Cookies();
  cookies.learn(new URL('https://a.org/'), ['a=x%3D%3D', 'b=100%', 'c=plain']);
  const value = (name: string) => cookies.value(new URL('https://a.org/'), name);
  expect([value('a'), value('b'), value('c'), value('d')]).toEqual(['x==', '100%', 'plain', undefined]);
});

test('a giant is left out, and a flood is a failure', () => {
  expect(jar('https://a.org/', `x=${'1'.repeat(5000)}`)('https://a.org/')).toBe('');
  expect(() => jar('https://a.org/', ...Array.from({ length: 501 }, (_, index) => `x${index}=1`))).toThrow('more than 500 cookies');
});
