// Which answers are well, and what the others mean: a refused login above all.
import { expect, test } from 'vitest';
import { judge } from './judge.ts';
import { Step } from './steps.ts';

interface Given {
  readonly step?: object;
  readonly status?: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly again?: boolean;
}

function judged({ step = {}, status = 200, body = '', headers = {}, again = false }: Given): string {
  const answer = { status, body, url: 'https://portal.example.org/home', elapsed: 50, header: (name: string) => headers[name] ?? '' };
  const failure = judge(answer, Step.parse({ name: 'step', ...step }), () => again);
  return failure === undefined ? 'ok' : `${failure.reason}${failure.locked ? ' locked' : ''}: ${failure.message}`;
}

const login = { login: true };
const refusal = 'the user name or the password was refused';

test.each<[Given, string]>([
  [{}, 'ok'],
  [{ status: 404 }, 'rejected: HTTP status 404: understood and refused'],
  [{ status: 401 }, 'auth: HTTP status 401: the credentials were refused'],
  [{ status: 403 }, 'auth: HTTP status 403: known, but not allowed to do this'],
  [{ status: 500 }, 'rejected: HTTP status 500: an error of the server'],
  [{ status: 503, headers: { 'retry-after': '9' } }, 'rejected: HTTP status 503: alive, and turning requests away; it asks to wait 9 s'],
  [{ status: 429 }, 'rejected: HTTP status 429: alive, and turning requests away'],
  [{ status: 302 }, 'content: HTTP status 302: it redirects, where an answer was due'],
  [{ status: 496 }, 'auth: HTTP status 496: the server refused or missed our client certificate'],
  [{ step: { expect: { contains: ['a'] } } }, 'content: text 1 of contains is not in the body'],
  [{ step: { expect: { status: 401 } }, status: 401 }, 'ok'],
  // What comes again is the login's business alone.
  [{ again: true }, 'ok'],
  [{ status: 422 }, 'rejected: HTTP status 422: understood and refused'],
  [{ step: login }, 'ok'],
  [{ step: login, again: true }, `auth: the login form came back: ${refusal}`],
  [{ step: login, status: 422 }, `auth: HTTP status 422: ${refusal}`],
  [{ step: login, status: 400 }, `auth: HTTP status 400: ${refusal}`],
  [{ step: login, status: 404 }, 'rejected: HTTP status 404: understood and refused'],
  [{ step: login, status: 500 }, 'rejected: HTTP status 500: an error of the server'],
  [{ step: login, status: 503 }, 'rejected: HTTP status 503: alive, and turning requests away'],
  [{ step: login, status: 423 }, 'auth locked: the site says that the account is locked'],
  [{ step: { ...login, locked: 'is locked' }, body: 'It is locked.' }, 'auth locked: the site says that the account is locked'],
  [
    { step: { ...login, locked: 'is locked' }, status: 403, body: 'It is locked.' },
    'auth locked: the site says that the account is locked',
  ],
  [{ step: { ...login, expect: { final_url: '/in$' } } }, 'auth: it ended at another address than final_url: was the login refused?'],
  [
    { step: { ...login, follow_redirects: false, expect: { status: 302 } } },
    'auth: HTTP status 200, which is not the one expected: was the login refused?',
  ],
  [{ step: { ...login, expect: { within: '10ms' } } }, 'timeout: answered after 50 ms, allowed are 10 ms'],
])('%j is %s', (given, wanted) => {
  expect(judged(given)).toBe(wanted);
});
