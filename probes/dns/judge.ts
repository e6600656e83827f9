// Whether a name server's reply is well. Pure: a corpus of replies can be judged again without a socket.
import type { Failure } from '#prober/door.ts';
import type { DnsOptions } from './options.ts';
import { canonicalValue, type DnsRecord, type Reply } from './wire.ts';

type Expectation = DnsOptions['expect'];

/** The first thing that is wrong with one server's reply; nothing when it is well. Records are never quoted: they may be anything. */
export function judgeReply(reply: Reply, options: DnsOptions): Failure | undefined {
  return judgeCode(reply, options.expect) ?? judgeFlags(reply, options.expect) ?? judgeRecords(reply, options);
}

/** Whether servers that answer well also agree. `serials`: one of each server, absent where it gave none. */
export function judgeSerials(serials: readonly (number | undefined)[], options: DnsOptions): Failure | undefined {
  if (options.expect.serial?.equal !== true || new Set(serials).size <= 1) return undefined;
  return content(`the servers hold ${new Set(serials).size} different serials: ${serials.map((serial) => serial ?? 'none').join(', ')}`);
}

function content(message: string): Failure {
  return { reason: 'content', message };
}

function judgeCode(reply: Reply, expect: Expectation): Failure | undefined {
  const wanted: readonly string[] = expect.rcode;
  if (wanted.includes(reply.rcode)) return undefined;
  if (reply.rcode === 'NXDOMAIN') return content('the name does not exist (NXDOMAIN)');
  if (reply.rcode === 'NOERROR') return content(`the name exists (NOERROR), and ${wanted.join(' or ')} is expected`);
  return { reason: 'rejected', message: `the server answers ${reply.rcode}${codeMeaning(reply.rcode)}` };
}

function codeMeaning(rcode: string): string {
  if (rcode === 'SERVFAIL') return ': it cannot resolve the name, or its zone is ill';
  if (rcode === 'REFUSED') return ': it does not serve this zone, or not us';
  return '';
}

function judgeFlags(reply: Reply, expect: Expectation): Failure | undefined {
  if (reply.rcode !== 'NOERROR' && reply.rcode !== 'NXDOMAIN') return undefined;
  const missing = expect.flags.filter((flag) => !reply.flags[flag]);
  return missing.length === 0 ? undefined : content(missing.map((flag) => flagMeaning[flag]).join('; '));
}

const flagMeaning = {
  aa: 'the answer is not authoritative (AA not set): the server has lost the zone',
  ra: 'the server offers no recursion (RA not set)',
  ad: 'the answer is not validated (AD not set)',
} as const;

function judgeRecords(reply: Reply, options: DnsOptions): Failure | undefined {
  if (reply.rcode !== 'NOERROR') return undefined;
  const { records } = reply;
  const { expect, type } = options;
  if (records.length < expect.least_records) {
    return content(records.length === 0 ? noData(reply, type) : `${records.length} records, at least ${expect.least_records} expected`);
  }
  return judgeValues(records, options) ?? judgePatterns(records, expect) ?? judgeTtl(records, expect) ?? judgeSerial(records, expect);
}

function noData(reply: Reply, type: string): string {
  const referral = reply.answers === 0 && reply.authorities > 0 && !reply.flags.aa && !reply.flags.ra;
  return referral ? 'the server only points to other servers (a referral)' : `the name has no ${type} record`;
}

function judgeValues(records: readonly DnsRecord[], { expect, type }: DnsOptions): Failure | undefined {
  const got = new Set(records.map((record) => record.value));
  const wanted = new Set((expect.answers ?? expect.contains ?? []).map((text) => canonicalValue(text, type)));
  const contained = (expect.contains ?? []).map((text) => canonicalValue(text, type));
  for (const text of contained) wanted.add(text);
  const missing = [...wanted].filter((text) => !got.has(text)).length;
  const extra = expect.answers === undefined ? 0 : [...got].filter((text) => !wanted.has(text)).length;
  if (missing === 0 && extra === 0) return undefined;
  return content(`${missing} of ${wanted.size} expected records are missing, ${extra} others are there`);
}

function judgePatterns(records: readonly DnsRecord[], expect: Expectation): Failure | undefined {
  const unmet = (expect.matches ?? []).findIndex((pattern) => !records.some((record) => pattern.test(record.value)));
  if (unmet >= 0) return content(`no record matches expression ${unmet + 1} of matches`);
  const met = (expect.not_matches ?? []).findIndex((pattern) => records.some((record) => pattern.test(record.value)));
  return met < 0 ? undefined : content(`a record matches expression ${met + 1} of not_matches`);
}

function judgeTtl(records: readonly DnsRecord[], expect: Expectation): Failure | undefined {
  const { least = 0, most = Number.POSITIVE_INFINITY } = expect.ttl ?? {};
  const low = records.find((record) => record.ttlSeconds * 1000 < least);
  if (low !== undefined) return content(`a record lives ${low.ttlSeconds} s, at least ${least / 1000} s expected`);
  const high = records.find((record) => record.ttlSeconds * 1000 > most);
  return high === undefined ? undefined : content(`a record lives ${high.ttlSeconds} s, at most ${most / 1000} s expected`);
}

function judgeSerial(records: readonly DnsRecord[], expect: Expectation): Failure | undefined {
  const least = expect.serial?.least;
  if (least === undefined) return undefined;
  const behind = records.find((record) => record.serial !== undefined && record.serial < least);
  return behind === undefined ? undefined : content(`the serial is ${behind.serial}, at least ${least} expected`);
}
