import { afterEach, expect, test } from 'vitest';
import type { HostileEnd } from '../../tests/support/far-ends/listen.ts';
import { answer, closeAfterRequest, startHostile } from '../../tests/support/far-ends/stream.ts';
import { attemptRun, summary } from '../../tests/support/probing.ts';
import { askHttp, type HttpStep, type StepReply, statusFailure } from './http-step.ts';

let far: HostileEnd;
afterEach(() => far?.close());

/** One step against a far end that answers with this. */
async function ask(text: string | undefined, more: Partial<HttpStep> = {}) {
  far = await startHostile(text === undefined ? closeAfterRequest : answer(Buffer.from(text.replaceAll('\n', '\r\n')), 'close'));
  let reply: StepReply | undefined;
  const result = await attemptRun(async (context) => {
    const step = { name: 'token', url: new URL(`http://127.0.0.1:${far.port}/`), accept: 'text/plain', ...more };
    reply = await askHttp(step, { bodyLimit: 1024 }, context);
  });
  return { said: summary(result), reply, phases: result.phases };
}

test('a step gives status, body and the wish to wait, and is timed under its name', async () => {
  const { said, reply, phases } = await ask('HTTP/1.1 503 Busy\nretry-after: 30\ncontent-length: 2\n\nno');
  expect([said, reply?.status, String(reply?.body), reply?.retryAfter]).toEqual(['ok', 503, 'no', '30']);
  expect(phases['token']).toBeGreaterThan(0);
});

test('a failure says in which step it was', async () => {
  const { said, phases } = await ask(undefined, { content: { type: 'text/plain', body: 'hello' } });
  expect(said).toBe('reset: token: accepted, then closed before any byte was answered');
  expect(phases['token']).toBeGreaterThan(0);
});

test('redirects are told, not followed', async () => {
  const { reply } = await ask('HTTP/1.1 302 Found\nlocation: http://127.0.0.1:1/\ncontent-length: 0\n\n');
  expect(reply?.status).toBe(302);
});

test('words about a client certificate count only where one was asked for', async () => {
  const page = '<title>400 No required SSL certificate was sent</title>';
  const { said, reply } = await ask(`HTTP/1.1 400 Bad Request\ncontent-length: ${page.length}\n\n${page}`);
  expect([said, reply?.status]).toEqual(['ok', 400]);
});

test.each([
  [401, 'auth: token: HTTP status 401: the credentials were refused'],
  [403, 'auth: token: HTTP status 403: known, but not allowed to do this'],
  [429, 'rejected: token: HTTP status 429: alive, and turning requests away'],
  [503, 'rejected: token: HTTP status 503: alive, and turning requests away'],
  [500, 'rejected: token: HTTP status 500: an error of the server'],
  [404, 'rejected: token: HTTP status 404: understood and refused'],
  [302, 'content: token: HTTP status 302: it redirects, where an answer was due'],
  [204, 'content: token: HTTP status 204, which is not the one expected'],
])('status %i', (status, expected) => {
  const { reason, message } = statusFailure('token', { status, retryAfter: '' });
  expect(`${reason}: ${message}`).toBe(expected);
});

test('what is shown of a wish to wait is a number, and nothing else', () => {
  expect(statusFailure('token', { status: 503, retryAfter: '30' }, 'throttled').message).toMatch(/ \(throttled\); it asks to wait 30 s$/);
  expect(statusFailure('token', { status: 503, retryAfter: 'Jane Doe' }).message).not.toContain('Jane');
});
