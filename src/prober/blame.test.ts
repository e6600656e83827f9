import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { cleanText, describeOwnTrouble, secretsOf } from './blame.ts';

test('a secret that is repeated over the bound leaves no first part of itself behind', () => {
  const secret = 'S3CRET-abcdefghijklmnopqrstuvwxyz';
  for (let times = 1; times < 40; times += 1) {
    const clean = cleanText(`${secret} `.repeat(times), 200, [secret]);
    expect(clean).not.toContain('S3C');
    expect(clean).toContain('***');
  }
});

test('any text becomes one well-formed line within the limit, and holds no secret', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 500 }), fc.string({ minLength: 4 }), fc.nat(300), (text, secret, at) => {
      const clean = cleanText(text.slice(0, at) + secret + text.slice(at), 200, [secret]);
      expect(clean.length).toBeLessThanOrEqual(200);
      expect(clean).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      expect(clean.isWellFormed()).toBe(true);
      if (!'***'.includes(secret)) expect(clean).not.toContain(secret);
    }),
  );
});

test('the longer secret is hidden first, so that none of it stays', () => {
  const options = { a: new Secret('abc'), b: [{ c: new Secret('abcdef\n') }], d: 'plain' };
  const secrets = secretsOf(options);
  expect(secrets).toEqual(expect.arrayContaining(['abcdef', 'abc']));
  expect(secrets).toEqual(secrets.toSorted((a, b) => b.length - a.length));
  expect(cleanText('x abcdef abc', 200, secretsOf(options))).toBe('x *** ***');
});

test('options without secrets, and no options at all, have none', () => {
  expect(secretsOf({ a: 1, b: null })).toEqual([]);
  expect(secretsOf(undefined)).toEqual([]);
});

test("a bug's text keeps its words and loses pointers and places in files", () => {
  const error = new Error(
    '407C1E2A:error:0A000126:SSL routines:ssl3_read_n:unexpected eof:../deps/openssl/ssl/record.c:332: at /home/user/app/x.ts:3:4 end',
  );
  const text = describeOwnTrouble(error);
  expect(text).toContain('unexpected eof');
  expect(text).not.toMatch(/407C|deps|home|record\.c/);
});

test('a secret is known again as requests carry it', () => {
  const secrets = secretsOf({ auth: { basic: { username: 'holter', password: new Secret('r&ght horse') } } });
  const basic = Buffer.from('holter:r&ght horse').toString('base64');
  const plain = Buffer.from('\0holter\0r&ght horse').toString('base64');
  expect(cleanText(`Basic ${basic}, ${plain}, p=r%26ght%20horse`, 200, secrets)).toBe('Basic ***, ***, p=***');
});
