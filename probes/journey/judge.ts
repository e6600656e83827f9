// Is the answer to a step what a user should meet? Pure.
import { type Answer, type Failure, ProbeFailure, refusesClientCertificate, statusFailure, unmetExpectation } from '#prober/door.ts';
import type { Logout, Step } from './steps.ts';

/** What a login is refused with, beside 401 and 403: APIs call wrong credentials a bad request, Rails 422; 423 is a locked account. */
const refusals: ReadonlySet<number> = new Set([400, 409, 410, 422, 423]);

/** Nothing when all is well. `again`: the login form that was sent has come back. The message does not begin with the name of the step. */
export function judge(
  answer: Answer,
  step: Logout & Partial<Pick<Step, 'login' | 'locked'>>,
  again: () => boolean,
): ProbeFailure | undefined {
  const login = step.login === true;
  if (login && (answer.status === 423 || step.locked?.test(answer.body) === true))
    return new ProbeFailure('auth', 'the site says that the account is locked', { locked: true });
  if (!step.expect.status.has(answer.status)) return judgeStatus(answer, login);
  if (login && again()) return new ProbeFailure('auth', 'the login form came back: the user name or the password was refused');
  const failure = unmetExpectation(answer, step.expect);
  return failure === undefined ? undefined : judgeUnmet(failure, login);
}

function judgeStatus(answer: Answer, login: boolean): ProbeFailure {
  const { status } = answer;
  if (refusesClientCertificate(answer))
    return new ProbeFailure('auth', `HTTP status ${status}: the server refused or missed our client certificate`);
  if (login && refusals.has(status)) return new ProbeFailure('auth', `HTTP status ${status}: the user name or the password was refused`);
  const { reason, message } = statusFailure('', { status, retryAfter: answer.header('retry-after') });
  return judgeUnmet({ reason, message: message.replace(/^: /, '') }, login);
}

/** After a password was sent, whatever is not the page of a logged-in user may be a refusal: an account must not be tried until it locks. */
function judgeUnmet({ reason, message }: Failure, login: boolean): ProbeFailure {
  if (!login || reason !== 'content') return new ProbeFailure(reason, message);
  return new ProbeFailure('auth', `${message}: was the login refused?`);
}
