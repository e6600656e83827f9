// NCPDP SCRIPT: the envelope of a message that prescribes nothing, and what is looked at of a reply. Pure.
// The standard is for members only; the envelope is what public messages of networks show (README.md).
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { member } from '#prober/door.ts';

export interface Message {
  /** Value of the version attributes. */
  readonly release: string;
  readonly to: Party;
  readonly from: Party;
  /** At most 35 characters. */
  readonly id: string;
  /** '' where the message is not about another. */
  readonly relatesTo: string;
  /** ISO 8601 in UTC. */
  readonly sentTime: string;
  readonly account?: { readonly username: string; readonly password: string; readonly type: string } | undefined;
  readonly software: { readonly developer: string; readonly product: string; readonly release: string };
  readonly body: 'get_message' | 'status' | 'verify';
}

interface Party {
  readonly qualifier: string;
  readonly id: string;
}

/** The only bodies that there are. */
const bodies: Readonly<Record<Message['body'], string>> = {
  get_message: '<GetMessage/>',
  status: '<Status><Code>000</Code></Status>',
  verify: '<Verify><VerifyStatus><Code>010</Code></VerifyStatus></Verify>',
};

export function encodeMessage(message: Message): string {
  const { release, to, from, id, relatesTo, sentTime, account, software, body } = message;
  const versions = ['DatatypesVersion', 'TransportVersion', 'TransactionVersion', 'StructuresVersion', 'ECLVersion'];
  const attributes = versions.map((name) => ` ${name}="${escape(release)}"`).join('');
  const security =
    account === undefined
      ? ''
      : `<Security><UsernameToken>${element('Username', account.username)}<Password Type="${escape(account.type)}">${escape(account.password)}</Password></UsernameToken></Security>`;
  const sender =
    element('SenderSoftwareDeveloper', software.developer) +
    element('SenderSoftwareProduct', software.product) +
    element('SenderSoftwareVersionRelease', software.release);
  return [
    '<?xml version="1.0" encoding="utf-8"?>',
    `<Message${attributes} TransactionDomain="SCRIPT">`,
    `<Header><To Qualifier="${escape(to.qualifier)}">${escape(to.id)}</To><From Qualifier="${escape(from.qualifier)}">${escape(from.id)}</From>`,
    element('MessageID', id),
    relatesTo === '' ? '' : element('RelatesToMessageID', relatesTo),
    element('SentTime', sentTime),
    security,
    `<SenderSoftware>${sender}</SenderSoftware></Header>`,
    `<Body>${bodies[body]}</Body></Message>`,
  ].join('');
}

function element(name: string, text: string): string {
  return `<${name}>${escape(text)}</${name}>`;
}

const escapes: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&apos;' };

/** For texts and attributes; control characters, which XML 1.0 has no way to write, are left out. */
function escape(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, '').replaceAll(/[&<>"']/g, (sign) => escapes[sign] ?? '');
}

/** What is looked at of a reply: who it answers, and codes. Of a message that is not an answer no more than that it is there. */
export interface Reply {
  readonly kind: 'status' | 'verify' | 'error' | 'message';
  /** RelatesToMessageID; '' without. */
  readonly relatesTo: string;
  readonly code: string;
  readonly descriptionCodes: readonly string[];
  /** Bodies that are no answer: prescriptions, most of all. */
  readonly messages: number;
}

/** Levels of a prescription are about fifteen, its tags some hundred; more than this is hostile, and would hold up other probes. */
const deepest = 40;
const mostTags = 4000;

/** The reply, or a sentence that says why it is none. Never throws. */
export function decodeReply(bytes: Buffer): Reply | string {
  const outer = parse(bytes.toString('utf8'));
  if (typeof outer === 'string') return outer;
  // Some networks put the whole message, escaped, into one element of a serializer.
  const wrapped = member(outer, 'string');
  const document = typeof wrapped === 'string' ? parse(unescape(wrapped)) : outer;
  if (typeof document === 'string') return document;
  const message = member(document, 'Message');
  if (message === undefined) return 'the answer is XML and no SCRIPT message';
  return replyOf(message);
}

function parse(text: string): object | string {
  // SCRIPT has no document type, and nobody else's entities are wanted.
  if (/<!DOCTYPE/i.test(text)) return 'the answer is XML with a document type, which SCRIPT has none of';
  if (text.split('<', mostTags + 2).length > mostTags + 1) return 'the answer is XML with more tags than a message has';
  try {
    // It first: the parser alone repairs what is broken.
    if (XMLValidator.validate(text) !== true) return 'the answer is not XML';
    const parser = new XMLParser({
      ignoreAttributes: true,
      ignoreDeclaration: true,
      ignorePiTags: true,
      removeNSPrefix: true,
      parseTagValue: false,
      processEntities: false,
      maxNestedTags: deepest,
    });
    return parser.parse(text) as object;
  } catch {
    // The parser's own bounds: nesting, names of elements that would change an object.
    return 'the answer is XML that is malformed or nested too deeply';
  }
}

/** Once, as a serializer wrote it. */
function unescape(text: string): string {
  const signs: Readonly<Record<string, string>> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' };
  const broken = text.replaceAll(/&#(x0?[dDaA]|1[03]);/g, '\n');
  return broken.replaceAll(/&(lt|gt|quot|apos|amp);/g, (whole, name: string) => signs[name] ?? whole);
}

function replyOf(message: unknown): Reply | string {
  const relatesTo = textOf(member(member(message, 'Header'), 'RelatesToMessageID'));
  const body = member(message, 'Body');
  const elements = typeof body === 'object' && body !== null && !Array.isArray(body) ? Object.entries(body) : [];
  const parts = elements.filter(([name]) => name !== '#text');
  const messages = parts.filter(([name]) => !answers.has(name)).reduce((sum, [, part]) => sum + (Array.isArray(part) ? part.length : 1), 0);
  if (messages > 0) return { kind: 'message', relatesTo, code: '', descriptionCodes: [], messages };
  const [name = '', part] = parts[0] ?? [];
  const kind = answers.get(name);
  if (kind === undefined) return 'the answer is a SCRIPT message without a body';
  if (parts.length > 1 || Array.isArray(part)) return 'the answer is a SCRIPT message with several answers';
  const coded = kind === 'verify' ? member(part, 'VerifyStatus') : part;
  return { kind, relatesTo, code: textOf(member(coded, 'Code')), descriptionCodes: textsOf(member(coded, 'DescriptionCode')), messages: 0 };
}

/** Bodies that answer a message. */
const answers: ReadonlyMap<string, Exclude<Reply['kind'], 'message'>> = new Map([
  ['Status', 'status'],
  ['Verify', 'verify'],
  ['Error', 'error'],
]);

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.trim() : '';
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).map(textOf).filter((text) => text !== '');
}
