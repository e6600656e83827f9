// What a WebSocket that breaks, or that the server closes, says about the server (RFC 6455 4.1, 5, 7.4). Pure.
import type { IncomingHttpHeaders } from 'node:http';
import type { EndpointReason } from '#model/reason.ts';
import type { Failure } from '#model/result.ts';
import { statusFailure } from './http-step.ts';

type Cause = readonly [EndpointReason, string];

/** The failure of an answer to the upgrade that is not 101: as http has it. */
export function refusal(status: number, headers: IncomingHttpHeaders): Error {
  const retryAfter = headers['retry-after'] ?? '';
  return statusFailure('upgrade', { status, retryAfter }, hintOf(status));
}

function hintOf(status: number): string {
  if (status < 300) return 'due is 101';
  if (status === 400) return 'does a proxy drop the headers of the upgrade, or is a subprotocol wanted?';
  return status === 426 ? 'does a proxy drop the headers of the upgrade?' : '';
}

/** The sentences of nginx, which it has for no other status than 400. */
export function refusesCertificate(page: string): boolean {
  return /No required SSL certificate was sent|The SSL certificate error/.test(page);
}

export const certificateRefusal: Failure = {
  reason: 'auth',
  message: 'HTTP status 400: the server refused or missed our client certificate',
};

/** By the words of ws, which has no codes for them. */
const upgrades: Readonly<Record<string, Cause>> = {
  'no upgrade': ['protocol', 'the answer 101 lacks the headers of an upgrade'],
  'Invalid Upgrade header': ['protocol', 'the answer 101 is an upgrade to something else'],
  'Invalid Sec-WebSocket-Accept header': ['protocol', 'the answer 101 is not to our key (Sec-WebSocket-Accept)'],
  'Server sent no subprotocol': ['content', 'the server chose none of the subprotocols that were offered'],
  'Server sent an invalid subprotocol': ['protocol', 'the server chose a subprotocol that was not offered'],
  'Server sent a subprotocol but none was requested': ['protocol', 'the server chose a subprotocol that was not offered'],
  'Server sent a Sec-WebSocket-Extensions header but no extension was requested': [
    'protocol',
    'the server chose an extension that was not offered',
  ],
};

/** The failure of an answer 101 that is no upgrade. */
export function brokenUpgrade(words: string): Failure {
  const [reason, message] = upgrades[words] ?? ['protocol', 'the answer 101 is not a valid upgrade'];
  return { reason, message };
}

/** The failure of a frame that breaks the rules or our limits, by the code of ws. */
export function brokenFrame(code: string, messageLimit: number): Failure {
  if (code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') return { reason: 'content', message: `a message larger than ${messageLimit} bytes` };
  if (code === 'WS_ERR_TOO_MANY_BUFFERED_PARTS') return { reason: 'content', message: `a message in too many pieces` };
  return { reason: 'protocol', message: `a frame that breaks the protocol (${code})` };
}

/** Codes of RFC 6455 7.4.1 and of the IANA registry. */
const closes: Readonly<Record<number, Cause>> = {
  1000: ['rejected', 'the server closed the connection'],
  1001: ['rejected', 'the server is going away'],
  1002: ['rejected', 'the server says that we break the protocol'],
  1003: ['rejected', 'the server does not take such messages'],
  1005: ['rejected', 'the server closed the connection without a reason'],
  1007: ['rejected', 'the server says that our message is garbled'],
  1008: ['rejected', 'our message or our access breaks a policy of the server'],
  1009: ['rejected', 'our message is too large for the server'],
  1010: ['rejected', 'the server misses an extension'],
  1011: ['rejected', 'an error of the server'],
  1012: ['rejected', 'alive, and restarting'],
  1013: ['rejected', 'alive, and turning connections away for now'],
  1014: ['rejected', 'a gateway without its server'],
  3000: ['auth', 'the credentials were refused'],
  3003: ['auth', 'we are not allowed to do this'],
  3008: ['rejected', 'the server gave up waiting'],
};

/** The failure of a Close frame that came where something else was due. The reason in words is not repeated. */
export function closeFailure(code: number): Failure {
  const [reason, words] = closes[code] ?? ['rejected', 'the server closed the connection'];
  return { reason, message: `${words} (close code ${code})` };
}
