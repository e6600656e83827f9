import { expect, test } from 'vitest';
import { codesOf, judge } from './judge.ts';
import type { Reply } from './wire.ts';

const reply: Reply = { kind: 'status', relatesTo: 'H1', code: '000', descriptionCodes: [], messages: 0 };
const error: Reply = { ...reply, kind: 'error', code: '900', descriptionCodes: ['4010'] };
const said = (given: Reply | string, agreed: readonly string[] = []) => {
  const failure = judge(given, { id: 'H1', expect: agreed });
  return failure === undefined ? 'ok' : `${failure.reason}: ${failure.message}`;
};

test.each<Reply>([reply, { ...reply, code: '010' }, { ...reply, kind: 'verify', code: '010' }, { ...reply, kind: 'verify' }])(
  'accepted is well: %o',
  (given) => {
    expect(said(given)).toBe('ok');
  },
);

test.each([
  [['900'], 'ok'],
  [['900:4010'], 'ok'],
  [['601', '900:4010'], 'ok'],
  [['900:401'], 'rejected: the network rejected our message: error 900, description 4010'],
  [['601'], 'rejected: the network rejected our message: error 900, description 4010'],
])('an error where %o is agreed', (agreed, expected) => {
  expect(said(error, agreed)).toBe(expected);
});

test('an agreed error must answer our message, or relate to none', () => {
  expect(said({ ...error, relatesTo: 'ANOTHER' }, ['900'])).toContain('protocol: ');
  expect(said({ ...error, relatesTo: '' }, ['900'])).toContain('protocol: ');
  expect(said({ ...error, relatesTo: '0' }, ['900'])).toBe('ok');
  expect(said({ ...error, relatesTo: '0' })).toBe(
    'rejected: the network rejected our message: error 900, description 4010; it relates to no message: could ours be read?',
  );
});

test.each<[Reply, string]>([
  [{ ...reply, code: '042' }, 'rejected: the network answered status 042'],
  [{ ...reply, code: '' }, 'protocol: the reply has no code'],
  [{ ...reply, relatesTo: '' }, 'protocol: the reply does not relate to our message (RelatesToMessageID)'],
  // 0 is for errors alone: a status of nothing is none of ours.
  [{ ...reply, relatesTo: '0' }, 'protocol: the reply does not relate to our message (RelatesToMessageID)'],
  [{ ...error, descriptionCodes: [] }, 'rejected: the network rejected our message: error 900'],
  [
    { ...reply, kind: 'message', code: '', messages: 1 },
    'content: patient data where none may be: 1 message came back, and nothing of it is kept',
  ],
  [
    { ...reply, kind: 'message', relatesTo: 'X', messages: 7 },
    'content: patient data where none may be: 7 messages came back, and nothing of it is kept',
  ],
])('%o', (given, expected) => {
  expect(said(given)).toBe(expected);
});

test('what is no reply is said as it is', () => {
  expect(said('the answer is not XML')).toBe('protocol: the answer is not XML');
});

test('a text in the place of a code is not shown', () => {
  expect(codesOf({ ...error, code: 'Doe', descriptionCodes: ['4010', 'Jane Doe', '123456789'] })).toBe('error ?, description 4010 ? ?');
  expect(codesOf({ ...error, descriptionCodes: Array.from({ length: 300 }, () => '1000') })).toBe(
    'error 900, description 1000 1000 1000 1000 1000',
  );
});
