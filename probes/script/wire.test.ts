import { Buffer } from 'node:buffer';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeReply, encodeMessage, type Message } from './wire.ts';

const message: Message = {
  release: '20170715',
  to: { qualifier: 'M', id: 'NETWORK' },
  from: { qualifier: 'C', id: 'HOLTER-TEST' },
  id: 'H0123456789abcdef',
  relatesTo: '',
  sentTime: '2026-11-25T12:00:00.000Z',
  software: { developer: 'Holter', product: 'Holter', release: '0.1.0' },
  body: 'get_message',
};

describe('the envelope', () => {
  test('as it is sent', () => {
    expect(encodeMessage(message)).toBe(
      '<?xml version="1.0" encoding="utf-8"?>' +
        '<Message DatatypesVersion="20170715" TransportVersion="20170715" TransactionVersion="20170715" StructuresVersion="20170715" ECLVersion="20170715" TransactionDomain="SCRIPT">' +
        '<Header><To Qualifier="M">NETWORK</To><From Qualifier="C">HOLTER-TEST</From><MessageID>H0123456789abcdef</MessageID>' +
        '<SentTime>2026-11-25T12:00:00.000Z</SentTime><SenderSoftware><SenderSoftwareDeveloper>Holter</SenderSoftwareDeveloper>' +
        '<SenderSoftwareProduct>Holter</SenderSoftwareProduct><SenderSoftwareVersionRelease>0.1.0</SenderSoftwareVersionRelease></SenderSoftware></Header>' +
        '<Body><GetMessage/></Body></Message>',
    );
  });

  test('what stands in it is escaped, in texts and attributes', () => {
    const account = { username: `a&b`, password: `<"'>\u0000`, type: 'Password"Text' };
    const sent = encodeMessage({ ...message, account, relatesTo: 'A<B', to: { qualifier: 'M', id: '</To><Body>' } });
    expect(sent).toContain(
      '<UsernameToken><Username>a&amp;b</Username><Password Type="Password&quot;Text">&lt;&quot;&apos;&gt;</Password></UsernameToken>',
    );
    expect(sent).toContain('<RelatesToMessageID>A&lt;B</RelatesToMessageID>');
    expect(sent).toContain('<To Qualifier="M">&lt;/To&gt;&lt;Body&gt;</To>');
  });

  test('no body prescribes, cancels, changes or fills', () => {
    const sent = (['get_message', 'status', 'verify'] as const).map((body) => encodeMessage({ ...message, body }));
    const bodies = sent.map((text) => /<Body><(\w+)/.exec(text)?.[1]);
    expect(bodies).toEqual(['GetMessage', 'Status', 'Verify']);
  });
});

const attributes = 'DatatypesVersion="20170715" TransportVersion="20170715" TransactionDomain="SCRIPT" TransactionVersion="20170715"';
const header = (relatesTo: string) =>
  `<Header><To Qualifier="D">SPI</To><From Qualifier="M">NETWORK</From><MessageID>N1</MessageID><RelatesToMessageID>${relatesTo}</RelatesToMessageID><SentTime>2026-11-25T12:00:00.04268Z</SentTime></Header>`;
const envelope = (body: string, relatesTo = 'H1') =>
  `<Message xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ${attributes}>${header(relatesTo)}<Body>${body}</Body></Message>`;
const read = (text: string) => decodeReply(Buffer.from(text));
const status = '<Status><Code>000</Code></Status>';
const answer = { kind: 'status', relatesTo: 'H1', code: '000', descriptionCodes: [], messages: 0 };
const wrap = (text: string) =>
  `<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</string>`;

/** In the forms that public 2017071 messages of networks have. */
describe('a reply', () => {
  test.each([
    ['status', envelope(status), {}],
    ['with declaration and byte order mark', `\uFEFF<?xml version="1.0" encoding="utf-8"?>\n${envelope(`\n  ${status}\n`)}`, {}],
    ['in a namespace', envelope(status).replaceAll(/<(\/?)(\w)/g, '<$1s:$2'), {}],
    ['without a leading zero lost', envelope('<Status><Code>010</Code></Status>'), { code: '010' }],
    ['verify', envelope('<Verify><VerifyStatus><Code>010</Code></VerifyStatus></Verify>'), { kind: 'verify', code: '010' }],
    [
      'error, to an unreadable message',
      envelope('<Error><Code>900</Code><DescriptionCode>4010</DescriptionCode><Description>Text &amp; more</Description></Error>', '0'),
      { kind: 'error', code: '900', descriptionCodes: ['4010'], relatesTo: '0' },
    ],
    [
      'several descriptions',
      envelope('<Error><Code>900</Code><DescriptionCode>210</DescriptionCode><DescriptionCode>4010</DescriptionCode></Error>'),
      { kind: 'error', code: '900', descriptionCodes: ['210', '4010'] },
    ],
    ['escaped in a string', wrap(envelope(status)), {}],
    [
      'escaped in a string, with what is escaped inside',
      wrap(envelope('<Status><Code>000</Code><Description>a &lt; b</Description></Status>')),
      {},
    ],
    ['in a string as CDATA', `<string><![CDATA[${envelope(status)}]]></string>`, {}],
    ['about no message', envelope(status, ''), { relatesTo: '' }],
  ])('%s', (_, text, expected) => {
    expect(read(text)).toEqual({ ...answer, ...expected });
  });

  test.each([
    ['a prescription', '<NewRx><Patient><Name>ZZTEST</Name></Patient></NewRx>', 1],
    ['two', '<NewRx/><NewRx/>', 2],
    ['one beside a status', `${status}<RxRenewalRequest/>`, 1],
    ['what a name of an object could hide', '<toString/><valueOf/>', 2],
  ])('%s: counted, and nothing of it is there', (_, body, messages) => {
    expect(read(envelope(body))).toEqual({ kind: 'message', relatesTo: 'H1', code: '', descriptionCodes: [], messages });
  });

  test.each([
    ['', 'the answer is not XML'],
    ['<h1>Maintenance', 'the answer is not XML'],
    [envelope(status).slice(0, -5), 'the answer is not XML'],
    [envelope(status) + envelope(status), 'the answer is not XML'],
    ['<html><h1>Maintenance</h1></html>', 'the answer is XML and no SCRIPT message'],
    ['<!DOCTYPE html><html/>', 'the answer is XML with a document type, which SCRIPT has none of'],
    [wrap('<h1>'), 'the answer is not XML'],
    [wrap(wrap(envelope(status))), 'the answer is XML and no SCRIPT message'],
    ['<Message/>', 'the answer is a SCRIPT message without a body'],
    [envelope(''), 'the answer is a SCRIPT message without a body'],
    [envelope('text'), 'the answer is a SCRIPT message without a body'],
    [envelope(status + status), 'the answer is a SCRIPT message with several answers'],
    [envelope(`${status}<Error/>`), 'the answer is a SCRIPT message with several answers'],
  ])('%s is none', (text, why) => {
    expect(read(text)).toBe(why);
  });
});

const limit = 65_536;
const fill = (unit: string) => unit.repeat(Math.floor(limit / unit.length));

describe('hostile XML ends in a sentence, and nothing of it is taken over', () => {
  test.each([
    [
      'a bomb of entities',
      `<!DOCTYPE m [<!ENTITY a "${'x'.repeat(1000)}"><!ENTITY b "${'&a;'.repeat(1000)}">]>${envelope('<Status><Code>&b;</Code></Status>')}`,
    ],
    ['an external entity', `<!DOCTYPE m [<!ENTITY a SYSTEM "file:///etc/hostname">]>${envelope('<Status><Code>&a;</Code></Status>')}`],
    ['a document type inside of a string', wrap(`<!doctype m [<!ENTITY a "000">]>${envelope('<Status><Code>&a;</Code></Status>')}`)],
    ['nesting', fill('<a>')],
    ['nesting that is closed', '<a>'.repeat(9000) + '</a>'.repeat(9000)],
    ['nesting just too deep', envelope('<a>'.repeat(60) + '</a>'.repeat(60))],
    ['siblings', envelope(fill('<a/>'))],
    ['attributes', `<a ${Array.from({ length: 6000 }, (_, index) => `a${index}="1"`).join(' ')}/>`],
    ['an attribute', `<a b="${fill('x')}"/>`],
    ['white space in a tag', `<a${fill(' ')}`],
    ['a name', `<${fill('a')}/>`],
    ['ampersands', `<a>${fill('&')}</a>`],
    ['comments that stay open', fill('<!--')],
    ['processing', fill('<?a ')],
    ['CDATA that stays open', fill('<![CDATA[')],
    ['the prototype', envelope('<__proto__><Code>000</Code></__proto__>')],
    ['a constructor', envelope('<Status><constructor>1</constructor></Status>')],
    ['other bytes', '\u0000\uFFFF\uD800'],
  ])('%s', (_, text) => {
    expect(read(text)).toMatch(/^the answer is [a-zA-Z, ]+$/);
  });

  test('an entity that was not declared is no code', () => {
    expect(read(envelope('<Status><Code>&unknown;</Code></Status>'))).toMatchObject({ code: '&unknown;' });
    expect(Object.getPrototypeOf({})).not.toHaveProperty('Code');
  });

  test('any pieces of replies give a reply or a sentence', () => {
    const piece = fc.constantFrom(
      '<Message>',
      '</Message>',
      '<Body>',
      '</Body>',
      status,
      '<Error>',
      '<Code>',
      '</Code>',
      '&lt;',
      '<![CDATA[',
      ']]>',
      '<string>',
      '</string>',
      '900',
      '<a b="',
      '"',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const reply = read(pieces.join(''));
        if (typeof reply === 'string') expect(reply).toMatch(/^the answer is [a-zA-Z, ]+$/);
      }),
      { seed: 6, numRuns: 1000 },
    );
  });
});
