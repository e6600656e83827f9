// MLLP frames and the few HL7 v2 messages that a probe sends and reads (HL7 v2.5.1 chapters 2, 5, 14; MLLP release 1 and 2). Pure.

const startBlock = 0x0b;
const endBlock = 0x1c;
const carriageReturn = 0x0d;
/** Bytes before a frame that are passed over: some engines end the frame before with a stray line break. */
const junkLimit = 256;

/** What a message is made of. All texts are 7-bit ASCII without delimiters. */
export interface Message {
  /** MSH-9. */
  readonly type: string;
  /** MSH-10, at most 20 characters: unique, since engines drop what they have seen. */
  readonly controlId: string;
  /** MSH-7: YYYYMMDDHHMMSS+0000. */
  readonly time: string;
  readonly sendingApplication: string;
  readonly sendingFacility: string;
  readonly receivingApplication: string;
  readonly receivingFacility: string;
  readonly processingId: string;
  readonly version: string;
  /** MSH-15 and MSH-16; '' in the original mode. */
  readonly acceptAck: string;
  readonly applicationAck: string;
  /** Segments after MSH. */
  readonly segments: readonly string[];
}

/** One MLLP frame. */
export function encodeFrame(message: Message): Buffer {
  const { sendingApplication, sendingFacility, receivingApplication, receivingFacility } = message;
  const header = ['MSH|^~\\&', sendingApplication, sendingFacility, receivingApplication, receivingFacility, message.time, ''];
  header.push(message.type, message.controlId, message.processingId, message.version);
  if (message.acceptAck !== '') header.push('', '', message.acceptAck, message.applicationAck);
  const text = [header.join('|'), ...message.segments, ''].join('\r');
  return Buffer.from(`\u000b${text}\u001c\r`, 'latin1');
}

/** QPD and RCP of a query by identifier: QBP^Q22 by parameter (PDQ, IHE ITI-21), QBP^Q23 by identifier (PIX, ITI-9). */
export function querySegments(query: 'Q22' | 'Q23', name: string, tag: string, patient: string): readonly string[] {
  const parameter = query === 'Q22' ? `@PID.3.1^${patient}` : patient;
  return [`QPD|${name}|${tag}|${parameter}`, 'RCP|I|1^RD'];
}

/** NCK asks for the time. Never NSC, which may ask for a start, stop or fail-over (HL7 v2.5.1 14.4). */
export const clockSegments: readonly string[] = ['NCK|'];

/** What has come so far on the connection, from its first byte. */
export type Arrival =
  /** Not decided yet. */
  | { readonly kind: 'more' }
  /** A commit frame of MLLP release 2, or a whole message, that ends after `length` bytes. */
  | { readonly kind: 'commit'; readonly positive: boolean; readonly length: number }
  | { readonly kind: 'message'; readonly length: number }
  /** Not MLLP. */
  | { readonly kind: 'unframed' }
  /** A segment of a patient begins: no further byte is wanted. */
  | { readonly kind: 'patient' };

/** Looks at the bytes after the last frame. */
export function look(bytes: Buffer): Arrival {
  const start = bytes.indexOf(startBlock);
  const junk = start < 0 ? bytes : bytes.subarray(0, start);
  if (junk.length > junkLimit || looksUnframed(junk)) return { kind: 'unframed' };
  return start < 0 ? { kind: 'more' } : lookInside(bytes, start);
}

function lookInside(bytes: Buffer, start: number): Arrival {
  const end = bytes.indexOf(endBlock, start);
  const body = bytes.subarray(start + 1, end < 0 ? bytes.length : end);
  if (body.includes(patientSegment)) return { kind: 'patient' };
  if (end < 0 || bytes.length < end + 2) return { kind: 'more' };
  if (bytes[end + 1] !== carriageReturn) return { kind: 'unframed' };
  if (body.length !== 1) return { kind: 'message', length: end + 2 };
  if (body[0] === 0x06 || body[0] === 0x15) return { kind: 'commit', positive: body[0] === 0x06, length: end + 2 };
  return { kind: 'message', length: end + 2 };
}

/** A message without its frame: common where an engine is set to raw TCP. */
function looksUnframed(bytes: Buffer): boolean {
  return bytes.toString('latin1').trimStart().startsWith('MSH');
}

const patientSegment = Buffer.from('\rPID', 'latin1');

/** What a reply says, as far as a probe looks at it. Texts are bounded by the frame. */
export interface Reply {
  /** MSA-1. */
  readonly code: string;
  /** MSA-2. */
  readonly controlId: string;
  /** First error code: ERR-3.1, or ERR-1.4.1 before 2.5. */
  readonly error: string;
  /** QAK-1 and QAK-2; '' where the reply has none. */
  readonly queryTag: string;
  readonly queryStatus: string;
  /** Segments that hold a row of a patient. */
  readonly rows: number;
  /** MSH-3 and MSH-4. */
  readonly sender: string;
  /** MSH-9. */
  readonly type: string;
  /** NCK-1; '' where the reply has none. */
  readonly clock: string;
}

/** Segments that stand for a row in a reply to a query. */
const rowSegments = new Set(['PID', 'PV1', 'NK1', 'OBX', 'QRI']);

/** Reads a framed message. Undefined: it is no HL7 message. */
export function decodeReply(frame: Buffer): Reply | undefined {
  const start = frame.indexOf(startBlock);
  const text = frame.toString('latin1', start + 1, Math.max(start + 1, frame.length - 2));
  const separator = text[3];
  if (!text.startsWith('MSH') || separator === undefined || text.length < 9) return undefined;
  const component = text[4] ?? '^';
  const segments = text.split(/[\r\n]+/).map((line) => line.split(separator));
  const find = (name: string) => segments.find(([id]) => id === name) ?? [];
  const [header = [], msa, err, qak, nck] = [segments[0], find('MSA'), find('ERR'), find('QAK'), find('NCK')];
  return {
    code: msa[1] ?? '',
    controlId: msa[2] ?? '',
    error: errorCode(err, component),
    queryTag: qak[1] ?? '',
    queryStatus: qak[2] ?? '',
    rows: segments.filter(([id]) => rowSegments.has(id ?? '')).length,
    sender: [header[2], header[3]].filter((part) => part !== undefined && part !== '').join(' '),
    type: header[8] ?? '',
    clock: nck[1] ?? '',
  };
}

function errorCode(err: readonly string[], component: string): string {
  const [code = ''] = (err[3] ?? '').split(component);
  if (/^\d{3}$/.test(code)) return code;
  // Before 2.5: segment ^ sequence ^ field ^ code.
  const old = (err[1] ?? '').split(component)[3]?.split('&')[0] ?? '';
  return /^\d{3}$/.test(old) ? old : '';
}

/** An HL7 time as ISO 8601; undefined for one that does not name its offset from UTC: it could be any zone's. */
export function isoOf(text: string): string | undefined {
  const match = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(?:(\d\d)(?:\.(\d{1,4}))?)?([+-])(\d\d)(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second = '00', fraction = '0', sign, hours, minutes] = match;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${fraction}${sign}${hours}:${minutes}`;
}

/** YYYYMMDDHHMMSS+0000 of a time in UTC, ISO 8601. */
export function formatTime(iso: string): string {
  return `${iso.slice(0, 19).replaceAll(/[-:T]/g, '')}+0000`;
}
