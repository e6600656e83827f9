// Is this answer well? Pure.
import { type Answer, type Expectations, type Failure, refusesClientCertificate, unmetExpectation, unmetPattern } from '#prober/door.ts';

export interface Judged {
  readonly expect: Expectations;
  readonly certificate?: { readonly expires_after: number } | undefined;
}

/** Nothing when every expectation holds. `expiresIn`: milliseconds until the first certificate of the server expires. */
export function judge(answer: Answer, expected: Judged, expiresIn: number | undefined): Failure | undefined {
  if (!expected.expect.status.has(answer.status)) return judgeStatus(answer, expected.expect);
  return unmetExpectation(answer, expected.expect) ?? judgeCertificate(expected.certificate?.expires_after, expiresIn);
}

/** Whether it was a header, text or expression that failed: 1 or 0, as blackbox_exporter counts it. */
export function failedByPattern(answer: Answer, expect: Expectations, failure: Failure | undefined): number {
  return failure?.reason === 'content' && expect.status.has(answer.status) && unmetPattern(answer, expect) !== undefined ? 1 : 0;
}

function judgeStatus(answer: Answer, expect: Expectations): Failure {
  const { status } = answer;
  if (refusesClientCertificate(answer))
    return { reason: 'auth', message: `HTTP ${status}: the server refused or missed our client certificate` };
  if (status === 401 || status === 407) return { reason: 'auth', message: `HTTP ${status}: the server wants credentials, or refused ours` };
  if (status === 403) return { reason: 'auth', message: 'HTTP 403: we are not allowed to do that' };
  if (status === 429 || status === 503)
    return { reason: 'rejected', message: `HTTP ${status}: alive and shedding load${retryAfter(answer)}` };
  if (status >= 500) return { reason: 'rejected', message: `HTTP ${status}: alive and broken inside` };
  if (status >= 400) return { reason: 'rejected', message: `HTTP ${status}: understood and refused` };
  return { reason: 'content', message: `HTTP ${status}, expected is ${expect.status.text}` };
}

function retryAfter(answer: Answer): string {
  const seconds = answer.header('retry-after');
  return /^\d{1,6}$/.test(seconds) ? `, retry after ${seconds} s` : '';
}

const dayMs = 86_400_000;

function judgeCertificate(least: number | undefined, expiresIn: number | undefined): Failure | undefined {
  if (least === undefined || expiresIn === undefined || expiresIn >= least) return undefined;
  return { reason: 'certificate', message: `a certificate expires in ${days(expiresIn)} days, wanted are ${days(least)}` };
}

function days(milliseconds: number): string {
  return (milliseconds / dayMs).toFixed(1);
}
