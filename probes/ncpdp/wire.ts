// NCPDP Telecommunication D.0: an eligibility question (E1) and the reply to it. Pure.
// The standard is for members only; the layout is what public payer sheets and open parsers show (README.md).

/** Fields of a header that stand at fixed places: offset and length. F6, with an IIN of eight digits, is another table. */
type Layout<Name extends string> = Readonly<Record<Name, readonly [offset: number, length: number]>>;

const requestLayout: Layout<'bin' | 'version' | 'transaction' | 'pcn' | 'count' | 'qualifier' | 'provider' | 'date' | 'software'> = {
  bin: [0, 6], // 101-A1
  version: [6, 2], // 102-A2
  transaction: [8, 2], // 103-A3
  pcn: [10, 10], // 104-A4
  count: [20, 1], // 109-A9
  qualifier: [21, 2], // 202-B2
  provider: [23, 15], // 201-B1
  date: [38, 8], // 401-D1
  software: [46, 10], // 110-AK
};

const replyLayout: Layout<'version' | 'transaction' | 'count' | 'status' | 'qualifier' | 'provider' | 'date'> = {
  version: [0, 2],
  transaction: [2, 2],
  count: [4, 1],
  status: [5, 1], // 501-F1
  qualifier: [6, 2],
  provider: [8, 15],
  date: [23, 8],
};

const replyHeaderLength = lengthOf(replyLayout);

const version = 'D0';
const transaction = 'E1';
/** Transactions in one transmission. */
const count = '1';

const fieldSeparator = '\u001c';
const groupSeparator = '\u001d';
const segmentSeparator = '\u001e';

/** What a question carries, in printable ASCII and not longer than its field. An empty text is not sent, or spaces in the header. */
export interface Question {
  readonly bin: string;
  readonly pcn: string;
  readonly qualifier: string;
  readonly provider: string;
  /** YYYYMMDD. */
  readonly date: string;
  readonly software: string;
  readonly group: string;
  readonly cardholder: string;
  readonly firstName: string;
  readonly lastName: string;
  /** YYYYMMDD. */
  readonly birthDate: string;
  readonly gender: '0' | '1' | '2';
  readonly zip: string;
}

export function encodeQuestion(question: Question): Buffer {
  const { bin, pcn, qualifier, provider, date, software } = question;
  const header = { bin, version, transaction, pcn, count, qualifier, provider, date, software };
  const patient: readonly Field[] = [
    ['C4', question.birthDate],
    ['C5', question.gender],
    ['CA', question.firstName],
    ['CB', question.lastName],
    ['CP', question.zip],
  ];
  const insurance: readonly Field[] = [
    ['C2', question.cardholder],
    ['C1', question.group],
  ];
  // Both stand in front of the first group: they are of the transmission, and an E1 has no claim behind it.
  return Buffer.from(fixed(requestLayout, header) + segment('01', patient) + segment('04', insurance), 'latin1');
}

type Field = readonly [id: string, value: string];

/** Left-justified, filled with spaces. */
function fixed<Name extends string>(layout: Layout<Name>, values: Readonly<Record<Name, string>>): string {
  const names = Object.keys(layout) as Name[];
  return names.map((name) => values[name].padEnd(layout[name][1])).join('');
}

function segment(id: string, fields: readonly Field[]): string {
  const sent = [['AM', id] as const, ...fields].filter(([, value]) => value !== '');
  return segmentSeparator + sent.map(([name, value]) => `${fieldSeparator}${name}${value}`).join('');
}

function lengthOf(layout: Layout<string>): number {
  return Math.max(...Object.values(layout).map(([offset, length]) => offset + length));
}

/** What is looked at of a reply: fields of the header as they stand, and codes. No text, no name, no number of anybody. */
export interface Reply {
  readonly version: string;
  readonly transaction: string;
  readonly count: string;
  /** 501-F1: `A` or `R` of the whole transmission. */
  readonly status: string;
  readonly qualifier: string;
  readonly provider: string;
  readonly date: string;
  /** 112-AN; '' without a status segment. */
  readonly answer: string;
  /** 510-FA; '' without. */
  readonly rejectCount: string;
  /** 511-FB, as they came. */
  readonly rejectCodes: readonly string[];
}

/** The reply, or a sentence that says why it is none. */
export function decodeReply(bytes: Buffer): Reply | string {
  if (!isOfVersion(bytes))
    return saysQuestion(bytes) ? 'a question came where a reply was due: is this an echo?' : 'the answer is not NCPDP D.0';
  if (bytes.length < replyHeaderLength) return 'the reply ends inside its header';
  const text = bytes.toString('latin1');
  const header = (name: keyof typeof replyLayout) => text.substring(replyLayout[name][0], replyLayout[name][0] + replyLayout[name][1]);
  if (/\p{Cc}/u.test(text.slice(0, replyHeaderLength))) return 'the header of the reply is shorter than it must be';
  const status = statusSegment(text.slice(replyHeaderLength));
  const values = (id: string) => status.filter((field) => field.startsWith(id)).map((field) => field.slice(2));
  return {
    version: header('version'),
    transaction: header('transaction'),
    count: header('count'),
    status: header('status'),
    qualifier: header('qualifier'),
    provider: header('provider'),
    date: header('date'),
    answer: values('AN')[0] ?? '',
    rejectCount: values('FA')[0] ?? '',
    rejectCodes: values('FB'),
  };
}

/** Fields of the first segment AM21; an E1 has one transaction and so one status. */
function statusSegment(body: string): readonly string[] {
  for (const one of body.split(groupSeparator).flatMap((group) => group.split(segmentSeparator))) {
    const [before, id, ...fields] = one.split(fieldSeparator);
    if (before === '' && id === 'AM21') return fields;
  }
  return [];
}

function isOfVersion(bytes: Buffer): boolean {
  return version.startsWith(bytes.toString('latin1', 0, 2)) && bytes.length > 0;
}

/** A request has its BIN first, and the version behind it. */
function saysQuestion(bytes: Buffer): boolean {
  const [offset, length] = requestLayout.version;
  return bytes.toString('latin1', offset, offset + length) === version;
}

/**
 * Whether a reply without framing needs nothing more: its status has come and, of a rejection, as many codes as it counts. Nothing in the
 * standard marks the end of a message, and a switch may keep the connection open. True too for what can never become a reply.
 * A reply that is cut between the second and third sign of its last code is read as a code of two: no network cuts a message of a few
 * hundred bytes there.
 */
export function isWhole(bytes: Buffer): boolean {
  if (bytes.length === 0) return false;
  if (!isOfVersion(bytes)) return true;
  if (bytes.length < replyHeaderLength) return false;
  const reply = decodeReply(bytes);
  if (typeof reply === 'string') return true;
  if (reply.answer !== 'R') return reply.answer !== '';
  const wanted = Number(reply.rejectCount);
  return wanted > 0 && reply.rejectCodes.filter((code) => code.length >= 2).length >= wanted;
}
