import { expect, test } from 'vitest';
import { judge } from './judge.ts';

const sent = new Map([
  [7, '1122104500'],
  [11, '000123'],
  [70, '301'],
]);
const reply = (changes: Readonly<Record<number, string | undefined>> = {}, type = '0810') => ({
  type,
  fields: new Map([
    ...sent,
    [39, '00'] as const,
    ...Object.entries(changes).map(([number, value]) => [Number(number), value ?? ''] as const),
  ]),
});
const without = (number: number) => {
  const all = reply();
  all.fields.delete(number);
  return all;
};

test.each([
  ['well', reply(), 'ok'],
  ['an answer of another type', reply({}, '0800'), 'protocol: the reply is a message 0800, and 0810 was due'],
  ['to another message', reply({ 11: '000124' }), 'protocol: the reply does not repeat field 11: it is to another message'],
  ['without its network code', without(70), 'protocol: the reply does not repeat field 70: it is to another message'],
  ['without a response code', without(39), 'protocol: the reply has no response code (DE39)'],
  ['inoperative', reply({ 39: '91' }), 'rejected: the host answered with response code 91: the switch or issuer is inoperative'],
  ['a code that has no words', reply({ 39: '77' }), 'rejected: the host answered with response code 77'],
  ['what could not be read', 'the reply has no bitmap', 'protocol: the reply has no bitmap'],
])('%s', (_, message, expected) => {
  const failure = judge(message, '0800', sent, ['00']);
  expect(failure === undefined ? 'ok' : `${failure.reason}: ${failure.message}`).toBe(expected);
});

test('another code may be agreed on', () => {
  expect(judge(reply({ 39: '12' }), '0800', sent, ['00', '12'])).toBeUndefined();
});

test('in 1993 the network code is not repeated, and the action code has three digits', () => {
  const request = new Map([
    [7, '1122104500'],
    [11, '000123'],
    [24, '831'],
  ]);
  const fields = new Map([
    [11, '000123'],
    [39, '800'],
  ]);
  expect(judge({ type: '1814', fields }, '1804', request, ['800'])).toBeUndefined();
});
