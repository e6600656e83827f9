// OPTIONS and its responses (RFC 3261 7, 8.1, 11, 18; RFC 3581; RFC 7118). Pure.
import { type Fields, listOf, parametersOf, readFields, single } from './headers.ts';

/** How the request travels; in upper case it is the word of Via (RFC 3261 18.1.1, RFC 7118 5). */
export const transports = ['udp', 'tcp', 'tls', 'ws', 'wss'] as const;

export type Transport = (typeof transports)[number];

/** What makes a request, and the answer to it, this one and no other (RFC 3261 17.1.3, 8.1.3.3). */
export interface Identity {
  readonly branch: string;
  readonly callId: string;
  readonly fromTag: string;
}

export interface Question extends Identity {
  readonly transport: Transport;
  readonly uri: string;
  /** Our own URI; undefined: of `local`. */
  readonly from: string | undefined;
  /** What the socket is really bound to. */
  readonly local: { readonly address: string; readonly port: number };
  readonly maxForwards: number;
  readonly agent: string;
}

/** By what a branch of RFC 3261 is told from older ones (8.1.1.7). */
export const magicCookie = 'z9hG4bK';

const contactParameter: Readonly<Record<Transport, string>> = {
  udp: '',
  tcp: ';transport=tcp',
  tls: ';transport=tls',
  ws: ';transport=ws',
  wss: ';transport=ws',
};

export function encodeOptions(question: Question): Buffer {
  const { transport, uri, local, branch, callId, fromTag, maxForwards, agent } = question;
  const host = hostOf(local.address);
  const scheme = uri.slice(0, uri.indexOf(':'));
  return Buffer.from(
    `OPTIONS ${uri} SIP/2.0\r\n` +
      `Via: SIP/2.0/${transport.toUpperCase()} ${host}:${local.port};branch=${branch};rport\r\n` +
      `Max-Forwards: ${maxForwards}\r\n` +
      `To: <${uri}>\r\n` +
      `From: <${question.from ?? `${scheme}:holter@${host}`}>;tag=${fromTag}\r\n` +
      `Call-ID: ${callId}\r\n` +
      'CSeq: 1 OPTIONS\r\n' +
      `Contact: <${scheme}:holter@${host}:${local.port}${contactParameter[transport]}>\r\n` +
      'Accept: application/sdp\r\n' +
      `User-Agent: ${agent}\r\n` +
      'Content-Length: 0\r\n\r\n',
  );
}

/** As a URI has it: an address of IPv6 in brackets, without its zone. */
export function hostOf(address: string): string {
  return address.includes(':') ? `[${address.replace(/%.*$/, '')}]` : address;
}

export interface Response {
  readonly code: number;
  /** Of the top Via, as is the next one. */
  readonly branch: string;
  /** How the server saw us: `203.0.113.1:5070` as far as it said so, else empty (RFC 3581 4). */
  readonly seenAs: string;
  /** Values of Via; a response that came to the right place has one (RFC 3261 8.1.3.3). */
  readonly vias: number;
  readonly callId: string;
  readonly fromTag: string;
  /** `1 OPTIONS`. */
  readonly cseq: string;
  /** `Server`, or `User-Agent`, which many servers send instead; empty where there is none. */
  readonly server: string;
  /** Seconds; undefined where the server does not say. */
  readonly retryAfter: number | undefined;
}

/** Why bytes are no response, in a sentence. */
export interface Flaw {
  readonly flaw: string;
}

/**
 * Where the header of the message that begins the bytes of a stream ends; undefined while it is not complete. For bytes that are no
 * response, the end of what `decode` needs to see in order to say so.
 */
export function headerEnd(bytes: Buffer): number | undefined {
  const start = startOf(bytes);
  if (!beginsResponse(bytes.subarray(start))) return bytes.length;
  const end = bytes.indexOf('\r\n\r\n', start);
  return end < 0 ? undefined : end + 4;
}

/** Bytes of the body behind this header; 0 where it does not say (RFC 3261 18.3), which is `decode`'s to tell. */
export function bodyLength(header: Buffer): number {
  const length = contentLength(fieldsOf(header.toString('utf8', startOf(header))));
  return typeof length === 'number' ? length : 0;
}

/** Reads one message. `framed`: by a stream, where Content-Length must be there; else a datagram or a message of WebSocket is the frame. */
export function decode(bytes: Buffer, framed: boolean): Response | Flaw {
  const start = startOf(bytes);
  if (!beginsResponse(bytes.subarray(start)) || bytes.length - start < version.length) return { flaw: 'the answer is not SIP' };
  const end = bytes.indexOf('\r\n\r\n', start);
  if (end < 0) return { flaw: 'the header of the answer has no end' };
  const text = bytes.toString('utf8', start, end);
  const [, code] = /^SIP\/2\.0 ([1-6]\d\d)(?: .*)?$/i.exec(text.split('\r\n', 1)[0] ?? '') ?? [];
  if (code === undefined) return { flaw: 'the status line of the answer is not one of SIP' };
  const fields = fieldsOf(text);
  const flaw = flawOf(fields, bytes.length - end - 4, framed);
  return flaw === undefined ? responseOf(Number(code), fields) : { flaw };
}

function flawOf(fields: Fields, bodyBytes: number, framed: boolean): string | undefined {
  // RFC 3261 8.1.1: without these it is no message.
  const missing = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].find((name) => !fields.has(name.toLowerCase()));
  if (missing !== undefined) return `the answer has no ${missing}`;
  const length = contentLength(fields);
  if (length === 'wrong') return 'the Content-Length of the answer is not a length';
  if (length === undefined) return framed ? 'the answer has no Content-Length, which a stream needs' : undefined;
  return length > bodyBytes ? 'the body of the answer is shorter than its Content-Length' : undefined;
}

function responseOf(code: number, fields: Fields): Response {
  const vias = listOf(fields, 'via');
  const via = parametersOf(vias[0] ?? '');
  return {
    code,
    branch: via.get('branch') ?? '',
    seenAs: seenAs(via),
    vias: vias.length,
    callId: single(fields, 'call-id'),
    fromTag: parametersOf(single(fields, 'from')).get('tag') ?? '',
    cseq: cseq(single(fields, 'cseq')),
    server: single(fields, 'server') || single(fields, 'user-agent'),
    retryAfter: retryAfter(fields),
  };
}

/** `foreign`: an answer to another request. `mangled`: to this one, and changed on the way. Undefined: ours. */
export function mismatch(response: Response, { branch, callId, fromTag }: Identity): 'foreign' | 'mangled' | undefined {
  if (response.branch !== branch || !response.cseq.endsWith(' OPTIONS')) return 'foreign';
  const same = response.vias === 1 && response.cseq === '1 OPTIONS' && response.callId === callId && response.fromTag === fromTag;
  return same ? undefined : 'mangled';
}

const version = 'SIP/2.0 ';

/** The version may be written in any case (RFC 3261 7.1). */
function beginsResponse(bytes: Buffer): boolean {
  const beginning = bytes.toString('latin1', 0, version.length).toUpperCase();
  return version.startsWith(beginning);
}

/** Empty lines before a message are passed over (RFC 3261 7.5). */
function startOf(bytes: Buffer): number {
  let start = 0;
  while (bytes[start] === 0x0d && bytes[start + 1] === 0x0a) start += 2;
  // Half of one more.
  return bytes[start] === 0x0d && start + 1 === bytes.length ? start + 1 : start;
}

function fieldsOf(text: string): Fields {
  const firstEnd = text.indexOf('\r\n');
  return readFields(firstEnd < 0 ? '' : text.slice(firstEnd + 2));
}

function contentLength(fields: Fields): number | 'wrong' | undefined {
  if (!fields.has('content-length')) return undefined;
  const text = single(fields, 'content-length');
  return /^\d{1,9}$/.test(text) ? Number(text) : 'wrong';
}

/** Without zeros before the number: it is one (RFC 3261 20.16). */
function cseq(text: string): string {
  const [, number = '', method = ''] = /^0*(\d{1,10})\s+(\S+)$/.exec(text) ?? [];
  return `${number} ${method}`;
}

/** `120`, `18000;duration=3600`, `120 (I'm in a meeting)`; a number above 2^32-1 is none (RFC 3261 20.33, 25.1). */
function retryAfter(fields: Fields): number | undefined {
  const [, digits] = /^(\d{1,10})(?![\d.])/.exec(single(fields, 'retry-after')) ?? [];
  const seconds = Number(digits);
  return digits === undefined || seconds >= 2 ** 32 ? undefined : seconds;
}

function seenAs(via: ReadonlyMap<string, string>): string {
  const [received = ''] = /^[0-9a-fA-F:.]{2,45}$/.exec((via.get('received') ?? '').replace(/^\[(.*)\]$/, '$1')) ?? [];
  const [port] = /^\d{1,5}$/.exec(via.get('rport') ?? '') ?? [];
  return port === undefined ? hostOf(received) : `${hostOf(received)}:${port}`;
}
