import { expect, test } from 'vitest';
import { isCommit, judge } from './judge.ts';
import type { Reply } from './wire.ts';

const asked = { controlId: 'H1', queryTag: 'T1', accept: ['AA', 'CA'] };
const well: Reply = { code: 'AA', controlId: 'H1', error: '', queryTag: 'T1', queryStatus: 'NF', rows: 0, sender: '', type: '', clock: '' };

test.each<[string, Partial<Reply>, Partial<typeof asked>, string]>([
  ['found nobody', {}, {}, 'ok'],
  ['acknowledged without a word on the query', { queryTag: '', queryStatus: '' }, {}, 'ok'],
  ['stored', { code: 'CA' }, {}, 'ok'],
  ['an error that is expected', { code: 'AE', error: '204' }, { accept: ['AE:204'] }, 'ok'],
  [
    'the same error with another code',
    { code: 'AE', error: '207' },
    { accept: ['AE:204'] },
    'rejected: application error (AE 207: internal error of the application)',
  ],
  ['an error without a code', { code: 'AE' }, {}, 'rejected: application error (AE)'],
  ['a rejection', { code: 'AR', error: '200' }, {}, 'rejected: message rejected (AR 200: message type not supported)'],
  ['a code that nobody knows the meaning of', { code: 'AR', error: '999' }, {}, 'rejected: message rejected (AR 999)'],
  [
    'a commit where the application was asked',
    { code: 'CA' },
    { accept: ['AA'] },
    'rejected: an acknowledgement that is not on the accept list (CA)',
  ],
  ['for another message', { controlId: 'H2' }, {}, 'protocol: the acknowledgement is for another message'],
  ['without a code', { code: '' }, {}, 'protocol: the reply has no acknowledgement (MSA)'],
  ['with a code that is none', { code: 'ok' }, {}, 'protocol: the acknowledgement code is none of table 0008'],
  ['to another query', { queryTag: 'T2' }, {}, 'protocol: the reply is to another query'],
  ['claims to have found somebody', { queryStatus: 'OK' }, {}, 'content: the query claims to have found a patient where none may be'],
  ['refuses the query', { queryStatus: 'AR' }, {}, 'rejected: the query was refused (QAK-2 AR)'],
  ['two patients', { rows: 2 }, {}, 'content: patient data where none may be: 2 rows'],
  ['rows, also in an error', { code: 'AE', rows: 1 }, {}, 'content: patient data where none may be: 1 row'],
])('a reply %s', (_, reply, question, expected) => {
  const failure = judge({ ...well, ...reply }, { ...asked, ...question });
  expect(failure === undefined ? 'ok' : `${failure.reason}: ${failure.message}`).toBe(expected);
});

test('a frame that is no message is the wrong protocol', () => {
  expect(judge(undefined, asked)?.reason).toBe('protocol');
});

test('commits are told from answers of the application', () => {
  expect(isCommit({ ...well, code: 'CA' })).toBe(true);
  expect(isCommit(well)).toBe(false);
});
