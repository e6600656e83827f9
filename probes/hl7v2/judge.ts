// Whether a reply is well. Pure.
import type { Failure } from '#prober/door.ts';
import type { Reply } from './wire.ts';

/** What was sent, and what is well. */
export interface Asked {
  readonly controlId: string;
  /** QPD-2 of a query, else ''. */
  readonly queryTag: string;
  readonly accept: readonly string[];
}

/** Codes of HL7 table 0008, as numbers for a graph. */
export const ackNumbers: Readonly<Record<string, number>> = { AA: 0, CA: 0, AE: 1, CE: 1, AR: 2, CR: 2 };

/** Codes of HL7 table 0357 that explain a refusal. */
const errorMeanings: Readonly<Record<string, string>> = {
  100: 'segment sequence error',
  101: 'a required field is missing',
  102: 'data type error',
  103: 'table value not found',
  200: 'message type not supported',
  201: 'event not supported',
  202: 'processing id not supported',
  203: 'version not supported',
  204: 'unknown key identifier',
  205: 'duplicate key identifier',
  206: 'record locked',
  207: 'internal error of the application',
};

/** Undefined: well. */
export function judge(reply: Reply | undefined, asked: Asked): Failure | undefined {
  if (reply === undefined) return { reason: 'protocol', message: 'the reply is framed as MLLP and is no HL7 message' };
  if (reply.code === '') return { reason: 'protocol', message: 'the reply has no acknowledgement (MSA)' };
  if (!(reply.code in ackNumbers)) return { reason: 'protocol', message: 'the acknowledgement code is none of table 0008' };
  if (reply.controlId !== asked.controlId) return { reason: 'protocol', message: 'the acknowledgement is for another message' };
  if (reply.rows > 0) return rowsCame(reply.rows);
  if (isAccepted(reply, asked.accept)) return judgeQuery(reply, asked);
  return refused(reply);
}

/** A query for a patient that nobody is must find none. */
function judgeQuery({ queryTag, queryStatus }: Reply, asked: Asked): Failure | undefined {
  if (asked.queryTag === '' || queryStatus === '') return undefined;
  if (queryTag !== '' && queryTag !== asked.queryTag) return { reason: 'protocol', message: 'the reply is to another query' };
  if (queryStatus === 'OK') return { reason: 'content', message: 'the query claims to have found a patient where none may be' };
  if (queryStatus === 'AE' || queryStatus === 'AR') return { reason: 'rejected', message: `the query was refused (QAK-2 ${queryStatus})` };
  return undefined;
}

/** Nothing of a row is kept but that it was there. */
export function rowsCame(rows: number): Failure {
  return { reason: 'content', message: `patient data where none may be: ${rows} ${rows === 1 ? 'row' : 'rows'}` };
}

function isAccepted({ code, error }: Reply, accept: readonly string[]): boolean {
  return accept.includes(code) || (error !== '' && accept.includes(`${code}:${error}`));
}

function refused({ code, error }: Reply): Failure {
  const why = error === '' ? '' : ` ${error}${errorMeanings[error] === undefined ? '' : `: ${errorMeanings[error]}`}`;
  const what =
    ackNumbers[code] === 0
      ? 'an acknowledgement that is not on the accept list'
      : ackNumbers[code] === 1
        ? 'application error'
        : 'message rejected';
  return { reason: 'rejected', message: `${what} (${code}${why})` };
}

/** Commit acknowledgements of the enhanced mode. */
export function isCommit({ code }: Reply): boolean {
  return code.startsWith('C');
}
