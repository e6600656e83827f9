// DNS messages: one question out, one reply in, every record as text. Pure; the codec is dns-packet's, the bounds are ours.
import { type Answer, type DecodedPacket, decode, encode, RECURSION_DESIRED } from 'dns-packet';

export const recordTypes = ['A', 'AAAA', 'CNAME', 'SRV', 'CAA', 'MX', 'TXT', 'SOA', 'NS', 'PTR'] as const;
export type RecordType = (typeof recordTypes)[number];

/** Reply codes that a server can be expected to give (RFC 1035 4.1.1, RFC 2136 2.2). */
export const replyCodes = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'NOTAUTH'] as const;

/** Bytes of a datagram that we say we can take (RFC 9715 3.1: no fragments). */
const ednsSize = 1232;
/** Largest datagram that is read: servers that ignore EDNS are believed, floods are not. */
export const datagramLimit = 4096;
/** Largest reply that is read over TCP. */
export const streamLimit = 16_384;
/** Most records that one reply may hold. */
const recordLimit = 400;

export interface Query {
  /** Random, 0 to 65535. */
  readonly id: number;
  readonly name: string;
  readonly type: RecordType;
  /** Asks a resolver to look further; an authoritative server ignores it. */
  readonly recursion: boolean;
}

/** One record; `value` is in the form of a zone file, names in lower case without the last dot. */
export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly ttlSeconds: number;
  readonly value: string;
  /** Of a SOA record. */
  readonly serial?: number;
}

export interface Reply {
  readonly rcode: string;
  readonly flags: { readonly aa: boolean; readonly tc: boolean; readonly ra: boolean; readonly ad: boolean };
  /** Records of the type that was asked for, at the name that was asked for or at the end of its aliases. */
  readonly records: readonly DnsRecord[];
  readonly answers: number;
  readonly authorities: number;
  /** Without the OPT pseudo-record. */
  readonly additionals: number;
  /** What the server calls itself (RFC 5001); '' when it does not say. */
  readonly nsid: string;
}

/** These bytes are not the reply to the question. */
export class DnsFormatError extends Error {
  override readonly name = 'DnsFormatError';
}

/** The question with EDNS, and a wish for the server's name (RFC 6891, RFC 5001). */
export function encodeQuery(query: Query): Buffer {
  return encode({
    type: 'query',
    id: query.id,
    flags: query.recursion ? RECURSION_DESIRED : 0,
    questions: [{ type: query.type, name: query.name, class: 'IN' }],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: ednsSize,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        // The types of dns-packet list four options only; the encoder takes every number.
        options: [{ code: 3, data: Buffer.alloc(0) } as never],
      },
    ],
  });
}

/** A message with its length in front (RFC 1035 4.2.2). */
export function frame(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** The reply to `query`. Throws `DnsFormatError` when the bytes are no DNS message, or the reply to another question. */
export function decodeReply(bytes: Buffer, query: Query): Reply {
  checkHeader(bytes, query);
  const packet = decoded(bytes);
  checkQuestion(packet, query, (bytes.readUInt8(3) & 0x0f) !== 0);
  const answers = (packet.answers ?? []).map(toRecord);
  const opt = (packet.additionals ?? []).find((record) => record.type === 'OPT');
  return {
    rcode: replyCode(bytes, opt?.type === 'OPT' ? opt.extendedRcode : 0),
    flags: { aa: packet.flag_aa, tc: packet.flag_tc, ra: packet.flag_ra, ad: packet.flag_ad },
    records: wanted(answers, query),
    answers: answers.length,
    authorities: packet.authorities?.length ?? 0,
    additionals: (packet.additionals?.length ?? 0) - (opt === undefined ? 0 : 1),
    nsid: opt?.type === 'OPT' ? serverName(opt.options) : '',
  };
}

/** Whether the reply was cut and must be asked for over TCP (RFC 7766 5). Only the header is looked at. */
export function isTruncated(bytes: Buffer, query: Query): boolean {
  checkHeader(bytes, query);
  return (bytes.readUInt8(2) & 0x02) !== 0;
}

/** Names in lower case without the last dot; IPv6 addresses in their shortest form; texts as they are. */
export function canonicalValue(text: string, type: RecordType): string {
  const trimmed = text.trim();
  if (type === 'TXT') return trimmed;
  if (type === 'AAAA') return URL.canParse(`http://[${trimmed}]`) ? new URL(`http://[${trimmed}]`).hostname.slice(1, -1) : trimmed;
  if (type === 'CAA') return trimmed.replace(/\s+/g, ' ');
  return trimmed.split(/\s+/).map(canonicalName).join(' ');
}

function canonicalName(name: string): string {
  const lower = name.toLowerCase();
  return lower.length > 1 && lower.endsWith('.') ? lower.slice(0, -1) : lower;
}

/** Twelve bytes that say reply, our number, and no more records than the bytes can hold. */
function checkHeader(bytes: Buffer, query: Query): void {
  if (bytes.length < 12) throw new DnsFormatError('the reply is shorter than a DNS header');
  if (bytes.readUInt16BE(0) !== query.id) throw new DnsFormatError('the reply has another id');
  if ((bytes.readUInt8(2) & 0x80) === 0) throw new DnsFormatError('a query came back instead of a reply');
  if ((bytes.readUInt8(2) & 0x78) !== 0) throw new DnsFormatError('the reply has another operation code');
  const records = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  // A record takes 11 bytes at least: its name one, type, class, lifetime and length ten.
  if (records * 11 > bytes.length - 12) throw new DnsFormatError('the reply announces more records than it holds');
  if (records > recordLimit) throw new DnsFormatError(`the reply holds more than ${recordLimit} records`);
}

/** The question comes back as it was asked; a refusal may leave it out (a server that does not know EDNS, RFC 6891 7). */
function checkQuestion(packet: DecodedPacket, query: Query, refusal: boolean): void {
  const [question, ...others] = packet.questions ?? [];
  if (question === undefined && refusal) return;
  const same = question?.type === query.type && canonicalName(question.name) === canonicalName(query.name);
  if (!same || others.length > 0) throw new DnsFormatError('the reply is to another question');
}

function decoded(bytes: Buffer): DecodedPacket {
  try {
    const packet = decode(bytes);
    if (decode.bytes > bytes.length) throw new RangeError('a length inside points behind the end');
    return packet;
  } catch {
    // dns-packet throws on every malformed name, length and option; its texts may quote the reply.
    throw new DnsFormatError('the reply is not a well-formed DNS message');
  }
}

const lowCodes = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
];

/** Twelve bits: four of the header, eight of the OPT record (RFC 6891 6.1.3). */
function replyCode(bytes: Buffer, extended: number): string {
  const code = (extended << 4) | (bytes.readUInt8(3) & 0x0f);
  return lowCodes[code] ?? `RCODE${code}`;
}

/** The records of the wanted type whose owner is the name, or what the name is an alias of. */
function wanted(answers: readonly DnsRecord[], query: Query): readonly DnsRecord[] {
  const owners = new Set([canonicalName(query.name)]);
  // An answer section lists aliases in order, as a rule; those that do not are followed in at most as many rounds.
  for (let size = 0; size !== owners.size; ) {
    size = owners.size;
    for (const record of answers) if (record.type === 'CNAME' && owners.has(record.name)) owners.add(record.value);
  }
  return answers.filter((record) => record.type === query.type && owners.has(record.name));
}

function toRecord(answer: Answer): DnsRecord {
  const base = { name: canonicalName(answer.name), type: answer.type, ttlSeconds: answer.type === 'OPT' ? 0 : (answer.ttl ?? 0) };
  return answer.type === 'SOA' ? { ...base, value: valueOf(answer), serial: answer.data.serial ?? 0 } : { ...base, value: valueOf(answer) };
}

/** As a zone file writes it. Types that cannot be asked for have no text. */
function valueOf(answer: Answer): string {
  if (answer.type === 'A') return ipv4(answer.data);
  if (answer.type === 'AAAA') return canonicalValue(answer.data, 'AAAA');
  if (answer.type === 'CNAME' || answer.type === 'NS' || answer.type === 'PTR') return canonicalName(answer.data);
  if (answer.type === 'MX') return mail(answer.data);
  if (answer.type === 'SRV') return service(answer.data);
  if (answer.type === 'CAA') return `${answer.data.flags ?? 0} ${answer.data.tag} "${answer.data.value}"`;
  if (answer.type === 'TXT') return Buffer.concat([answer.data].flat().map((part) => Buffer.from(part))).toString('utf8');
  return answer.type === 'SOA' ? start(answer.data) : '';
}

function mail(data: Extract<Answer, { type: 'MX' }>['data']): string {
  return `${data.preference ?? 0} ${canonicalName(data.exchange)}`;
}

function service(data: Extract<Answer, { type: 'SRV' }>['data']): string {
  return `${data.priority ?? 0} ${data.weight ?? 0} ${data.port} ${canonicalName(data.target)}`;
}

function start(soa: Extract<Answer, { type: 'SOA' }>['data']): string {
  const numbers = [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum].map((value) => value ?? 0);
  return [canonicalName(soa.mname), canonicalName(soa.rname), ...numbers].join(' ');
}

/** dns-packet reads past the end of the message without a word: four numbers, or the reply is broken. */
function ipv4(text: string): string {
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(text)) throw new DnsFormatError('the reply ends inside an address');
  return text;
}

/** Printable name of the server, or its bytes in hexadecimal. */
function serverName(options: readonly unknown[]): string {
  for (const option of options) {
    const { code, data } = option as { code?: number; data?: unknown };
    if (code !== 3 || !Buffer.isBuffer(data)) continue;
    const text = data.subarray(0, 64).toString('latin1');
    return /^[\x20-\x7e]*$/.test(text) ? text : data.subarray(0, 32).toString('hex');
  }
  return '';
}
