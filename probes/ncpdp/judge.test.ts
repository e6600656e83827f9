import { expect, test } from 'vitest';
import { codesOf, judge } from './judge.ts';
import type { Reply } from './wire.ts';

const question = { qualifier: '01', provider: '1234567893', date: '20261125' };
const reply: Reply = {
  version: 'D0',
  transaction: 'E1',
  count: '1',
  status: 'A',
  qualifier: '01',
  provider: '1234567893     ',
  date: '20261125',
  answer: 'R',
  rejectCount: '1',
  rejectCodes: ['52'],
};
const said = (change: Partial<Reply> | string, expect_: readonly string[] = ['52', '65', 'N1']) => {
  const failure = judge(typeof change === 'string' ? change : { ...reply, ...change }, { question, expect: expect_ });
  return failure === undefined ? 'ok' : `${failure.reason}: ${failure.message}`;
};

test.each([[{}], [{ rejectCodes: ['65'] }], [{ rejectCodes: ['N1', '52'] }]])('the agreed rejection is well: %o', (change) => {
  expect(said(change)).toBe('ok');
});

test('what was agreed is well whatever it means elsewhere', () => {
  expect(said({ rejectCodes: ['92'] }, ['92'])).toBe('ok');
  expect(said({ rejectCodes: ['07', '52'] }, ['07', '52'])).toBe('ok');
});

test.each<[Partial<Reply>, string]>([
  [{ rejectCodes: ['52', '70'] }, 'rejected: the payer rejects the question: reject code 70, which is not the agreed answer'],
  [{ rejectCodes: ['92'] }, 'rejected: the payer rejects the question: reject code 92: the payer is unavailable'],
  [{ rejectCodes: ['98'] }, 'rejected: the payer rejects the question: reject code 98: the payer, or the way to it, is down or too busy'],
  [
    { rejectCodes: ['05'] },
    'rejected: the payer rejects the question: reject code 05: is provider_id in our configuration as the switch has it?',
  ],
  [
    { rejectCodes: ['15'] },
    'rejected: the payer rejects the question: reject code 15: is time_zone in our configuration as the switch has it?',
  ],
  // A host in trouble comes first: our configuration was well yesterday.
  [{ rejectCodes: ['04', '99'] }, 'rejected: the payer rejects the question: reject code 04 99: the payer has an error inside'],
  [{ rejectCodes: [] }, 'rejected: the payer rejects the question and names no reject code'],
  [{ status: 'R' }, 'rejected: the switch refused the message before a payer saw it: reject code 52, which is not the agreed answer'],
  [{ status: 'R', rejectCodes: ['R8'] }, 'rejected: the switch refused the message before a payer saw it: reject code R8: is the layout'],
  [
    { status: 'R', answer: '', rejectCodes: [] },
    'rejected: the switch refused the message before a payer saw it, and names no reject code',
  ],
  [{ answer: 'F' }, 'rejected: the payer put the question off (F)'],
  [{ answer: 'A', rejectCodes: [] }, 'content: patient data where none may be: coverage was found for a member that nobody is (A)'],
  [{ answer: 'D' }, 'content: '],
  [{ answer: '' }, 'protocol: the reply has no status (112-AN)'],
  [{ answer: 'RR' }, 'protocol: the reply has a status (112-AN) that is not of the standard'],
  [{ status: '' }, 'protocol: the header of the reply neither accepts nor rejects (501-F1)'],
  [{ version: 'D1' }, 'protocol: the reply does not repeat the version (102-A2)'],
  [{ transaction: 'B1' }, 'protocol: the reply does not repeat the transaction (103-A3)'],
  [{ count: '2' }, 'protocol: the reply does not repeat the count (109-A9)'],
  [{ qualifier: '07' }, 'protocol: the reply does not repeat the provider (201-B1)'],
  [{ provider: '1234567894     ' }, 'protocol: the reply does not repeat the provider (201-B1)'],
  [{ date: '20261126' }, 'protocol: the reply does not repeat the date of service (401-D1)'],
  // To another question, whatever it says.
  [{ date: '20261126', answer: 'A' }, 'protocol: '],
])('%o', (change, expected) => {
  expect(said(change)).toContain(expected);
});

test('what is no reply is said as it is', () => {
  expect(said('the answer is not NCPDP D.0')).toBe('protocol: the answer is not NCPDP D.0');
});

test('a text in the place of a code is not shown, and not more codes than there are', () => {
  expect(codesOf(['52', 'MARTIN'])).toBe('52 ?');
  expect(codesOf(Array.from({ length: 300 }, () => '70'))).toBe('70 70 70 70 70');
  expect(said({ rejectCodes: ['MARTIN^JO'] })).toBe(
    'rejected: the payer rejects the question: reject code ?, which is not the agreed answer',
  );
});
