// What may be said in a message: bounded, printable, without secrets; and how our own trouble is described.
import type { OwnTrouble } from '#model/reason.ts';
import { Secret } from '#schema/secret.ts';
import { OwnTroubleError } from './contract.ts';

/** Control and format characters, and halves of surrogate pairs: none of them belongs into a sentence. */
const unprintable = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu;
/** Pointers and source places that OpenSSL and Node put into their texts. */
const innards = /(?:[0-9A-F]{8,}:)?error:[0-9A-F]{8}:[^:]*:[^:]*:|(?:\.{1,2}|~|file:)?(?:\/[\w.@+-]+){2,}(?::\d+)*:?/gi;

/** Printable, on one line, at most `limit` UTF-16 units; each secret that occurs in it becomes `***`. */
export function cleanText(text: string, limit: number, secrets: readonly string[]): string {
  // Bounded before anything else looks at it.
  const bound = limit + longestSecret(secrets);
  let clean = text.length <= bound ? text : withoutBegunSecret(text.slice(0, bound), secrets);
  for (const secret of secrets) if (clean.includes(secret)) clean = clean.replaceAll(secret, '***');
  clean = clean.replace(unprintable, ' ').trim();
  if (clean.length <= limit) return clean;
  const cut = clean.slice(0, limit - 1);
  return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}

/** A secret that straddles the bound would be left as its first part, which replacing earlier ones can move within the limit. */
function withoutBegunSecret(text: string, secrets: readonly string[]): string {
  let end = text.length;
  for (const secret of secrets) {
    for (let length = Math.min(secret.length - 1, text.length); length > 0; length -= 1) {
      if (!text.endsWith(secret.slice(0, length))) continue;
      end = Math.min(end, text.length - length);
      break;
    }
  }
  return text.slice(0, end);
}

/** One sentence about an error that is not the endpoint's: its stable code where it has one, never a place in a file. */
export function describeOwnTrouble(error: unknown): string {
  if (!(error instanceof Error)) return "an unknown error of Holter's own";
  if (error instanceof OwnTroubleError) return error.message;
  const code = codeOf(error);
  const known = ownTroubles[code];
  if (known !== undefined) return `${known[0]} (${code})`;
  if (code.startsWith('ERR_OSSL') || code.startsWith('ERR_SSL') || code.startsWith('ERR_CRYPTO')) {
    return `a key, certificate or TLS setting could not be used (${code})`;
  }
  return `${error.name}: ${error.message.slice(0, 1000).replace(innards, '').trim()}`;
}

/** What the system says of itself: its sentence, and what it is short of where more than one endpoint is troubled by it. */
const ownTroubles: Readonly<Record<string, readonly [string, OwnTrouble?]>> = {
  EMFILE: ['Holter has run out of file descriptors', 'descriptors'],
  ENFILE: ['this machine has run out of file descriptors', 'descriptors'],
  ENOBUFS: ['this machine has run out of network buffers', 'memory'],
  ENOMEM: ['this machine has run out of memory', 'memory'],
  EAI_MEMORY: ['this machine has run out of memory', 'memory'],
  EAGAIN: ['this machine is short of processes or memory', 'processes'],
  EADDRNOTAVAIL: ['this machine has no free port or no address to connect from', 'ports'],
  EADDRINUSE: ['this machine has no free port to connect from', 'ports'],
  EACCES: ['Holter has no right to do that on this machine'],
  EPERM: ['this machine forbids the connection, perhaps by its own firewall'],
  EAFNOSUPPORT: ['this machine does not speak this address family'],
};

/** What of our own the error speaks of; undefined where it concerns this one endpoint, or nobody knows. */
export function ownTroubleOf(error: unknown): OwnTrouble | undefined {
  if (error instanceof OwnTroubleError) return error.trouble;
  return ownTroubles[codeOf(error)]?.[1];
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

const secretsByOptions = new WeakMap<object, readonly string[]>();

/** The texts of all secrets inside parsed options, longest first. Looked for once per options object. */
export function secretsOf(options: unknown): readonly string[] {
  if (typeof options !== 'object' || options === null) return [];
  const known = secretsByOptions.get(options);
  if (known !== undefined) return known;
  const found = new Set<string>();
  collect(options, found, 0);
  const secrets = [...found].toSorted((a, b) => b.length - a.length);
  secretsByOptions.set(options, secrets);
  return secrets;
}

const deepest = 12;

function collect(value: unknown, found: Set<string>, depth: number): void {
  if (value instanceof Secret) {
    const text = value.reveal().trim();
    if (text !== '') found.add(text);
    return;
  }
  if (typeof value !== 'object' || value === null || depth > deepest) return;
  const members = Object.values(value);
  for (const member of members) {
    if (member instanceof Secret) for (const text of wireForms(member.reveal(), members)) found.add(text);
    collect(member, found, depth + 1);
  }
}

/** Longer ones are keys and certificates, which no request carries. */
const sentAtMost = 1000;

/** As requests carry it, and an answer may repeat it: in a form, and behind the name beside it in HTTP Basic (RFC 7617) and SASL PLAIN (RFC 4616). */
function wireForms(secret: string, beside: readonly unknown[]): readonly string[] {
  if (secret === '' || secret.length > sentAtMost) return [];
  const names = beside.flatMap((one) => (one instanceof Secret ? one.reveal() : typeof one === 'string' ? one : []));
  const pairs = names
    .slice(0, 10)
    .flatMap((name) => [`${name}:${secret}`, `${encodeURIComponent(name)}:${encodeURIComponent(secret)}`, `\0${name}\0${secret}`]);
  return [encodeURIComponent(secret), ...[secret, ...pairs].map((text) => Buffer.from(text).toString('base64'))];
}

function longestSecret(secrets: readonly string[]): number {
  return secrets[0]?.length ?? 0;
}
