// What the answers of a directory mean. Pure. Texts of the server are not repeated: they may repeat what was sent.
import type { Failure } from '#prober/door.ts';
import type { Attributes, LdapResult, Operation, PasswordPolicy } from './wire.ts';

export type Step = 'starttls' | 'rootdse' | 'bind' | 'search';

/** `locked`: one more attempt would do harm. */
export type Verdict = Failure & { readonly locked?: boolean };

type Meaning = readonly [Failure['reason'], string];

const disconnectionName = '1.3.6.1.4.1.1466.20036';

/** By step and code, or by code (RFC 4511 appendix A). */
const meanings: Readonly<Record<string, Meaning>> = {
  1: ['rejected', 'the server could not do it in this order'],
  2: ['rejected', 'the server takes our request for a mistake'],
  3: ['rejected', 'the server did not finish within its time limit'],
  4: ['content', 'more than one entry matches'],
  7: ['auth', 'the server takes no simple bind'],
  8: ['auth', 'the server wants a log-in, or a stronger one: signing or TLS'],
  10: ['content', 'the server does not hold it, and sends us to another one'],
  11: ['rejected', 'the server stopped at a limit of its administrator'],
  13: ['auth', 'the server wants TLS first'],
  32: ['content', 'there is no such entry: is the base right, and may we see it?'],
  34: ['rejected', 'the server takes the distinguished name for malformed'],
  48: ['auth', 'the server does not let us in in this way'],
  49: ['auth', 'the name or the password was refused'],
  50: ['auth', 'this is not allowed to us'],
  51: ['rejected', 'the server is busy'],
  52: ['rejected', 'the server is unavailable: it starts, stops, or is cut off'],
  53: ['rejected', 'the server is not willing'],
  80: ['rejected', 'the server has an error of its own'],
  // RFC 4511 4.14.2.
  'starttls 2': ['content', 'StartTLS is not offered'],
  'starttls 52': ['rejected', 'StartTLS is not possible at present: has the server a certificate?'],
  'rootdse 53': ['rejected', 'the server is not willing: does it want a log-in?'],
  'bind 32': ['auth', 'there is no such account'],
  'bind 53': ['rejected', 'the server is not willing: is the account inactive?'],
};

/** What Active Directory and Samba add to code 49, as `data 52e`: codes of Windows in hexadecimal. */
const windowsMeanings: Readonly<Record<string, string>> = {
  '525': 'there is no such account',
  '52e': 'the name or the password is wrong',
  '52f': 'a restriction of the account forbids it',
  '530': 'the account may not log in at this hour',
  '531': 'the account may not log in from this machine',
  '532': 'the password has expired',
  '533': 'the account is disabled',
  '701': 'the account has expired',
  '773': 'the password must be changed first',
  '775': 'the account is locked',
};

/** Errors of the password policy that a bind can have. */
const policyMeanings: Readonly<Record<number, string>> = {
  0: 'the password has expired',
  1: 'the account is locked',
  2: 'the password must be changed first',
};
const lockedPolicy = 1;
const mustChange = 2;

/** Undefined when the answer is well. */
export function judgeResult(step: Step, result: LdapResult, policy: PasswordPolicy = {}): Verdict | undefined {
  const { code, diagnostic } = result;
  if (step === 'bind') {
    const refusal = judgeAccount(code, diagnostic, policy.error);
    if (refusal !== undefined) return refusal;
  }
  if (code === 0) return undefined;
  if (code === 1 && wantsLogIn(diagnostic)) return say(step, ['auth', 'the server wants a log-in first'], `${code}`);
  return say(step, meanings[`${step} ${code}`] ?? meanings[code] ?? ['rejected', 'the server refused'], `${code}`);
}

/** Why an account is not let in, where the server says more than that. */
function judgeAccount(code: number, diagnostic: string, policyError: number | undefined): Verdict | undefined {
  // After a success the account may then do nothing but change its password.
  if (code === 0 && policyError !== mustChange) return undefined;
  const policy = policyError === undefined ? undefined : policyMeanings[policyError];
  if (policy !== undefined) return { ...say('bind', ['auth', policy], `${code}`), locked: policyError === lockedPolicy };
  const data = code === 49 ? /\bdata (?:0x)?0*([0-9a-f]{3})\b/i.exec(diagnostic)?.[1]?.toLowerCase() : undefined;
  const meaning = data !== undefined && Object.hasOwn(windowsMeanings, data) ? windowsMeanings[data] : undefined;
  return meaning === undefined ? undefined : { ...say('bind', ['auth', meaning], `${code}, data ${data}`), locked: data === '775' };
}

/** Active Directory (ERROR_NOT_AUTHENTICATED) and Samba call an anonymous search an operations error. */
function wantsLogIn(diagnostic: string): boolean {
  return diagnostic.startsWith('000004DC') || diagnostic.includes('without authentication');
}

function say(step: Step, [reason, words]: Meaning, code: string): Verdict {
  return { reason, message: `${step}: ${words} (${code})` };
}

/** A message that answers no request: the server's word that it ends the session (RFC 4511 4.4.1), or one that has no business here. */
export function judgeUnasked(operation: Operation): Verdict {
  if (operation.type !== 'extended' || operation.result.name !== disconnectionName)
    return { reason: 'protocol', message: 'the server sent what was not asked for' };
  const { code } = operation.result;
  const words = meanings[code]?.[1] ?? 'it does not say why';
  return { reason: 'rejected', message: `the server ends the session: ${words} (${code})` };
}

/** What must be read of an entry, and is not there; undefined when all is. */
export function judgeEntry(step: Step, entry: Attributes | undefined, expect: Readonly<Record<string, string>> = {}): Verdict | undefined {
  if (entry === undefined) {
    const words = step === 'rootdse' ? 'the server does not show its root DSE' : 'no entry: is it there, and may we see it?';
    return { reason: 'content', message: `${step}: ${words}` };
  }
  for (const [name, wanted] of Object.entries(expect)) {
    const values = entry.get(name.toLowerCase());
    if (values === undefined) return { reason: 'content', message: `${step}: the attribute ${name} is not there, or not for us` };
    if (!values.includes(wanted)) return { reason: 'content', message: `${step}: the attribute ${name} has another value` };
  }
  return undefined;
}

/** `host:port` of the first LDAP address, '' without any. */
export function hostOf(referrals: readonly string[]): string {
  return /^ldaps?:\/\/([\w.:[\]-]{1,100})/i.exec(referrals[0] ?? '')?.[1] ?? '';
}
