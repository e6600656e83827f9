import { expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { createLender } from './lend.ts';

function source(lifetime: number) {
  let count = 0;
  return { made: () => count, obtain: (now: number) => async () => ({ value: `token ${(count += 1)}`, expiresAt: now + lifetime }) };
}

test('a token is lent while it holds long enough, and obtained anew after that', async () => {
  const lender = createLender();
  const { obtain } = source(60_000);
  const at = (now: number) => lender.lend(['oidc', 'id'], { now, needed: 10_000 }, obtain(now));
  expect(await at(0)).toMatchObject({ value: 'token 1', lent: false });
  expect(await at(49_000)).toMatchObject({ value: 'token 1', lent: true });
  expect(await at(50_000)).toMatchObject({ value: 'token 2', lent: false });
});

test('one that was taken back is not lent again, and takes no younger one with it', async () => {
  const lender = createLender();
  const { obtain } = source(60_000);
  const ask = () => lender.lend(['a'], { now: 0, needed: 1 }, obtain(0));
  const first = await ask();
  (await ask()).takeBack();
  expect(await ask()).toMatchObject({ value: 'token 2', lent: false });
  first.takeBack();
  expect(await ask()).toMatchObject({ value: 'token 2', lent: true });
});

test('another secret, another part or another division of the parts is another token', async () => {
  const lender = createLender();
  const keys = [['a', 'b'], ['ab'], ['a\nb'], ['a', new Secret('b')], ['a', new Secret('c')]];
  const { obtain, made } = source(60_000);
  for (const key of keys) await lender.lend(key, { now: 0, needed: 1 }, obtain(0));
  expect(made()).toBe(keys.length);
});

test('what could not be obtained is told, and nothing is kept', async () => {
  const lender = createLender();
  const refused = new Error('refused');
  await expect(lender.lend(['a'], { now: 0, needed: 1 }, () => Promise.reject(refused))).rejects.toBe(refused);
  expect(await lender.lend(['a'], { now: 0, needed: 1 }, source(9).obtain(0))).toMatchObject({ lent: false });
});

test('one that has expired when it comes is used once', async () => {
  const lender = createLender();
  const { obtain } = source(0);
  for (const value of ['token 1', 'token 2'])
    expect(await lender.lend(['a'], { now: 5, needed: 1 }, obtain(5))).toMatchObject({ value, lent: false });
});

test('memory is bounded: the oldest is forgotten first', async () => {
  const lender = createLender();
  const { obtain } = source(60_000);
  const ask = (key: string) => lender.lend([key], { now: 0, needed: 1 }, obtain(0));
  for (let i = 0; i <= 10_000; i += 1) await ask(`${i}`);
  expect(await ask('10000')).toMatchObject({ lent: true });
  expect(await ask('0')).toMatchObject({ lent: false });
});
