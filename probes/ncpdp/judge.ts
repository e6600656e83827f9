// Whether a reply to the question for a member that nobody is is the agreed one. Pure.
import type { Failure } from '#prober/door.ts';
import type { Question, Reply } from './wire.ts';

/** Reject codes that say that our question is not as the switch has it, and the option to look at (public subsets of 511-FB). */
const ours: Readonly<Record<string, string>> = {
  '01': 'bin',
  '02': 'the version',
  '03': 'the transaction',
  '04': 'pcn',
  '05': 'provider_id',
  '06': 'group',
  '07': 'cardholder_id',
  '08': 'the person code',
  '09': 'birth_date',
  '10': 'gender',
  '15': 'time_zone',
  R8: 'the layout of the message',
};

/** Reject codes of a host that cannot answer: all of 90 to 99. Those with words are public. */
const hostTrouble = /^9\d$/;
const hostWords: Readonly<Record<string, string>> = {
  '92': 'the payer is unavailable',
  '99': 'the payer has an error inside',
};

/** Transaction responses (112-AN) that accept: approved, captured, paid, and their duplicates. */
const accepted = /^[ACPDQS]$/;

export interface Agreed {
  readonly question: Pick<Question, 'qualifier' | 'provider' | 'date'>;
  /** Reject codes that are well. */
  readonly expect: readonly string[];
}

/** Undefined: well. */
export function judge(reply: Reply | string, { question, expect }: Agreed): Failure | undefined {
  if (typeof reply === 'string') return protocol(reply);
  const foreign = firstForeign(reply, question);
  if (foreign !== undefined) return protocol(`the reply does not repeat ${foreign}: it is to another question`);
  if (reply.status === 'R') return rejected('the switch refused the message before a payer saw it', reply.rejectCodes);
  if (reply.status !== 'A') return protocol('the header of the reply neither accepts nor rejects (501-F1)');
  if (reply.answer === '') return protocol('the reply has no status (112-AN)');
  if (accepted.test(reply.answer))
    return {
      reason: 'content',
      message: `patient data where none may be: coverage was found for a member that nobody is (${reply.answer})`,
    };
  if (reply.answer === 'F') return { reason: 'rejected', message: 'the payer put the question off (F)' };
  if (reply.answer !== 'R') return protocol('the reply has a status (112-AN) that is not of the standard');
  if (reply.rejectCodes.length === 0) return { reason: 'rejected', message: 'the payer rejects the question and names no reject code' };
  const others = reply.rejectCodes.filter((code) => !expect.includes(code));
  return others.length === 0 ? undefined : rejected('the payer rejects the question', others);
}

/** The first field of the header that is not the question's own. */
function firstForeign(reply: Reply, question: Agreed['question']): string | undefined {
  if (reply.version !== 'D0') return 'the version (102-A2)';
  if (reply.transaction !== 'E1') return 'the transaction (103-A3)';
  if (reply.count !== '1') return 'the count (109-A9)';
  if (reply.qualifier !== question.qualifier || reply.provider.trimEnd() !== question.provider.trimEnd()) return 'the provider (201-B1)';
  return reply.date === question.date ? undefined : 'the date of service (401-D1)';
}

/** Most codes that are shown: the standard has room for five. */
const shown = 5;

/** Codes as they are in public, anything else as `?`: the place of a code is no place for a text. */
export function codesOf(codes: readonly string[]): string {
  return codes
    .slice(0, shown)
    .map((code) => (/^[0-9A-Z]{2,3}$/.test(code) ? code : '?'))
    .join(' ');
}

function rejected(what: string, codes: readonly string[]): Failure {
  if (codes.length === 0) return { reason: 'rejected', message: `${what}, and names no reject code` };
  const said = `${what}: reject code ${codesOf(codes)}`;
  const trouble = codes.find((code) => hostTrouble.test(code));
  if (trouble !== undefined)
    return { reason: 'rejected', message: `${said}: ${hostWords[trouble] ?? 'the payer, or the way to it, is down or too busy'}` };
  const mistake = codes.find((code) => Object.hasOwn(ours, code));
  if (mistake === undefined) return { reason: 'rejected', message: `${said}, which is not the agreed answer` };
  return { reason: 'rejected', message: `${said}: is ${ours[mistake]} in our configuration as the switch has it?` };
}

function protocol(message: string): Failure {
  return { reason: 'protocol', message };
}
