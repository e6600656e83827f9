// Variables in texts and addresses.
import { expect, test } from 'vitest';
import { fillIn, fillInUrl, variablesIn } from './template.ts';

const variables = new Map([
  ['a', 'x/y z'],
  ['link', 'https://a.org/b?c=d'],
  ['empty', '${a}'],
]);

test('names are found', () => {
  expect(variablesIn('${a}-${b_2}-${A}-$a-${}')).toEqual(['a', 'b_2']);
});

test('values are written once: what they hold is no variable', () => {
  expect(fillIn('<${a}|${empty}>', variables)).toBe('<x/y z|${a}>');
  expect(fillIn('plain $1 $& ${B}', variables)).toBe('plain $1 $& ${B}');
  expect(fillIn('${missing}', variables)).toBeUndefined();
});

test('in an address a value stays one part, unless the address begins with it', () => {
  expect(fillInUrl('/p/${a}?q=${link}', variables)).toBe('/p/x%2Fy%20z?q=https%3A%2F%2Fa.org%2Fb%3Fc%3Dd');
  expect(fillInUrl('${link}&e=${a}', variables)).toBe('https://a.org/b?c=d&e=x%2Fy%20z');
  expect(fillInUrl('/p/${missing}', variables)).toBeUndefined();
});
