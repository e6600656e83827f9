// What refusals and statuses mean. Pure.
import type { Failure } from '#prober/door.ts';
import type { Acceptance, Response } from './wire.ts';

/** An A-ASSOCIATE-RJ (PS3.8 table 9-21). */
export function judgeReject({
  result,
  source,
  reason,
}: {
  readonly result: number;
  readonly source: number;
  readonly reason: number;
}): Failure {
  const why = rejections[`${source}/${reason}`] ?? `source ${source}, reason ${reason}`;
  const how = result === 2 ? 'for now' : 'for good';
  return { reason: 'rejected', message: `the association was rejected ${how}: ${why}` };
}

const rejections: Readonly<Record<string, string>> = {
  '1/1': 'no reason given',
  '1/2': 'the application context is not supported',
  '1/3': 'our AE title is not configured there',
  '1/7': 'the called AE title is not known there',
  '2/1': 'no reason given by the protocol layer',
  '2/2': 'the protocol version is not supported',
  '3/1': 'temporary congestion',
  '3/2': 'too many associations',
};

/** An A-ABORT (PS3.8 table 9-26). */
export function judgeAbort({ source, reason }: { readonly source: number; readonly reason: number }): Failure {
  if (source !== 2)
    return { reason: 'rejected', message: 'the association was aborted by the application: is our AE title permitted to ask this?' };
  return { reason: 'rejected', message: `the association was aborted by the protocol layer (reason ${reason})` };
}

/** Undefined: our question may be asked. */
export function judgeAcceptance(acceptance: Acceptance | undefined): Failure | undefined {
  if (acceptance === undefined) return { reason: 'protocol', message: 'the association was accepted by a malformed answer' };
  const { result } = acceptance;
  if (result === 0) return undefined;
  if (result === undefined) return { reason: 'protocol', message: 'the association was accepted without an answer to our context' };
  return {
    reason: 'rejected',
    message: `the association was accepted and the service was not: ${contextResults[result] ?? `result ${result}`}`,
  };
}

const contextResults: Readonly<Record<number, string>> = {
  1: 'rejected by the user',
  2: 'no reason given',
  3: 'this service is not offered (abstract syntax)',
  4: 'Implicit VR little-endian is not offered (transfer syntax)',
};

export const pendingStatuses: ReadonlySet<number> = new Set([0xff00, 0xff01]);

/** A response to the request with this command and id. Undefined: well. */
export function judgeResponse(
  response: Response | undefined,
  asked: { readonly command: number; readonly messageId: number },
): Failure | undefined {
  if (response?.command === undefined) return { reason: 'protocol', message: 'the answer holds no command' };
  if (response.command !== asked.command)
    return { reason: 'protocol', message: `the answer is another command (${hex(response.command)})` };
  if (response.messageId !== asked.messageId) return { reason: 'protocol', message: 'the answer is to another message' };
  if (response.status === undefined) return { reason: 'protocol', message: 'the answer has no status' };
  if (response.status === 0) return undefined;
  if (pendingStatuses.has(response.status)) return { reason: 'content', message: 'patient data where none may be: 1 row' };
  return { reason: 'rejected', message: `the service failed with status ${hex(response.status)}${meaningOf(response.status)}` };
}

/** PS3.7 C and PS3.4 C.4.1.1.4. */
function meaningOf(status: number): string {
  const known = statuses[status];
  if (known !== undefined) return `: ${known}`;
  if (status >= 0xc000 && status <= 0xcfff) return ': unable to process';
  if (status >= 0xa700 && status <= 0xa7ff) return ': out of resources';
  return '';
}

const statuses: Readonly<Record<number, string>> = {
  [0x0110]: 'processing failure',
  [0x0122]: 'SOP class not supported',
  [0x0124]: 'not authorized',
  [0x0210]: 'duplicate invocation',
  [0x0211]: 'unrecognized operation',
  [0x0212]: 'mistyped argument',
  [0xa900]: 'the identifier does not match the SOP class',
  [0xfe00]: 'cancelled',
};

function hex(value: number): string {
  return `${value.toString(16).toUpperCase().padStart(4, '0')}H`;
}
