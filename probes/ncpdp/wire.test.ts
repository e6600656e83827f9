import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { frame, lookAtFrame, replyLimit } from './framing.ts';
import { decodeReply, encodeQuestion, isWhole, type Question } from './wire.ts';

const question: Question = {
  bin: '999999',
  pcn: 'TEST',
  qualifier: '01',
  provider: '1234567893',
  date: '20261125',
  software: 'HOLTER0001',
  group: '',
  cardholder: 'HOLTER-NO-SUCH',
  firstName: 'ZZTEST',
  lastName: 'ZZTEST',
  birthDate: '19000101',
  gender: '0',
  zip: '00000',
};

/** `<FS>`, `<GS>` and `<RS>` as the public descriptions write the separators. */
const bytes = (text: string) =>
  Buffer.from(text.replaceAll('<FS>', '\u001c').replaceAll('<GS>', '\u001d').replaceAll('<RS>', '\u001e'), 'latin1');

/** Laid out by the E1 payer sheet of 2005 (request and responses) and by the public response files of D.0, with identities of our own. */
const well = '<RS><FS>AM20<FS>F4NO SUCH MEMBER<GS><RS><FS>AM21<FS>ANR<FS>FA1<FS>FB52<FS>UF1<FS>UH01<FS>FQTEXT<FS>7F03<FS>8F8005550100';
const header = 'D0E11A011234567893     20261125';

test('the question, byte for byte', () => {
  expect(encodeQuestion(question)).toEqual(
    bytes(
      '999999D0E1TEST      1011234567893     20261125HOLTER0001' +
        '<RS><FS>AM01<FS>C419000101<FS>C50<FS>CAZZTEST<FS>CBZZTEST<FS>CP00000' +
        '<RS><FS>AM04<FS>C2HOLTER-NO-SUCH',
    ),
  );
});

test('what is empty is spaces in the header and left out elsewhere', () => {
  const sent = encodeQuestion({ ...question, pcn: '', software: '', group: 'GRP', firstName: '', zip: '' }).toString('latin1');
  expect(sent.slice(0, 56)).toBe('999999D0E1          1011234567893     20261125          ');
  expect(sent).not.toContain('CA');
  expect(sent).toContain('C2HOLTER-NO-SUCH\u001cC1GRP');
});

describe('a reply', () => {
  test('a rejection by the payer', () => {
    expect(decodeReply(bytes(header + well))).toEqual({
      version: 'D0',
      transaction: 'E1',
      count: '1',
      status: 'A',
      qualifier: '01',
      provider: '1234567893     ',
      date: '20261125',
      answer: 'R',
      rejectCount: '1',
      rejectCodes: ['52'],
    });
  });

  test.each([
    // A refusal of the transmission has no message segment in the public files.
    ['<GS><RS><FS>AM21<FS>ANR<FS>FA2<FS>FB01<FS>FB04<FS>UF1<FS>UH01<FS>FQTEXT', 'R', ['01', '04']],
    // A field occurrence stands between two codes.
    ['<GS><RS><FS>AM21<FS>ANR<FS>F3123<FS>FA2<FS>FB88<FS>4F3<FS>FBEE<FS>4F3<FS>7F03', 'R', ['88', 'EE']],
    ['<RS><FS>AM25<FS>C1GROUP<GS><RS><FS>AM21<FS>ANA<FS>F3123', 'A', []],
    // Some put the status where the message is, without a group.
    ['<RS><FS>AM21<FS>ANR<FS>FA1<FS>FBN1', 'R', ['N1']],
    // FB inside of a text is no code.
    ['<RS><FS>AM20<FS>F4FB99<GS><RS><FS>AM21<FS>ANR<FS>FA1<FS>FB569<FS>FQFB99', 'R', ['569']],
    ['<RS><FS>AM20<FS>F4TEXT', '', []],
  ])('%s', (body, answer, rejectCodes) => {
    expect(decodeReply(bytes(header + body))).toMatchObject({ answer, rejectCodes });
  });

  test.each([
    ['', 'the answer is not NCPDP D.0'],
    ['HTTP/1.1 400 Bad Request', 'the answer is not NCPDP D.0'],
    ['51E11A011234567893     20261125', 'the answer is not NCPDP D.0'],
    [header.slice(0, 30), 'the reply ends inside its header'],
    [`${header.slice(0, 20)}<GS><RS><FS>AM21<FS>ANR`, 'the header of the reply is shorter than it must be'],
  ])('%s is none', (text, why) => {
    expect(decodeReply(bytes(text))).toBe(why);
  });

  test('our own question is none', () => {
    expect(decodeReply(encodeQuestion(question))).toBe('a question came where a reply was due: is this an echo?');
  });

  test('any bytes give a reply or a sentence, and no sentence repeats them', () => {
    const piece = fc.oneof(fc.constantFrom('D0E11A', header, '\u001c', '\u001d', '\u001e', 'AM21', 'ANR', 'FA9', 'FB'), fc.string());
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const given = Buffer.from(pieces.join(''), 'latin1');
        const reply = decodeReply(given);
        isWhole(given);
        if (typeof reply === 'string') expect(reply).toMatch(/^(the|a) [a-zA-Z0-9.:? ]+$/);
        else expect(reply.rejectCodes.length).toBeLessThanOrEqual(given.length / 3);
      }),
      { seed: 6, numRuns: 500 },
    );
  });
});

describe('without framing', () => {
  test('a rejection is whole with the last code that it counts, and not one byte earlier', () => {
    const reply = bytes(`${header}<GS><RS><FS>AM21<FS>ANR<FS>FA2<FS>FB52<FS>FB65`);
    for (let length = 1; length < reply.length; length += 1) expect(isWhole(reply.subarray(0, length)), `${length}`).toBe(false);
    expect(isWhole(reply)).toBe(true);
  });

  test.each([
    [`${header}<GS><RS><FS>AM21<FS>ANA`, true],
    [`${header}<GS><RS><FS>AM21<FS>AN`, false],
    [`${header}<RS><FS>AM20<FS>F4TEXT`, false],
    // A count that is none, or zero: its end is the end of the connection.
    [`${header}<GS><RS><FS>AM21<FS>ANR<FS>FAx<FS>FB52`, false],
    [`${header}<GS><RS><FS>AM21<FS>ANR<FS>FA0`, false],
    ['D', false],
    ['H', true],
    ['DX', true],
    [`${header.slice(0, 20)}<GS>${'x'.repeat(20)}`, true],
  ])('%s', (text, whole) => {
    expect(isWhole(bytes(text))).toBe(whole);
  });
});

describe('framing', () => {
  const message = bytes(header + well);

  test.each(['stx_etx', 'length2', 'length4_ascii'] as const)('%s: what is framed is found again, and not one byte earlier', (framing) => {
    const framed = frame(framing, message);
    for (let length = 0; length < framed.length; length += 1) expect(lookAtFrame(framing, framed.subarray(0, length))).toBe('more');
    const found = lookAtFrame(framing, Buffer.concat([framed, Buffer.from('more')]));
    if (typeof found === 'string') throw new Error(found);
    expect(framed.subarray(found.start, found.end)).toEqual(message);
    expect(found.length).toBe(framed.length);
  });

  test('as the switches write it', () => {
    expect(frame('stx_etx', Buffer.from('AB')).toString('hex')).toBe('02414203');
    expect(frame('length2', Buffer.from('AB')).toString('hex')).toBe('00024142');
    expect(frame('length4_ascii', Buffer.from('AB')).toString('latin1')).toBe('0002AB');
    expect(frame('none', Buffer.from('AB')).toString('latin1')).toBe('AB');
  });

  test.each([
    ['stx_etx', 'D0'],
    ['length2', '\u0000\u0000'],
    ['length2', '\u00ff\u00ff'],
    ['length4_ascii', 'D0E1'],
    ['length4_ascii', '0000'],
    ['length4_ascii', '00x'],
  ] as const)('%s: %j is malformed', (framing, text) => {
    expect(lookAtFrame(framing, Buffer.from(text, 'latin1'))).toBe('malformed');
  });

  test('a length above the limit is refused before anything is waited for', () => {
    expect(lookAtFrame('length2', Buffer.from((replyLimit - 2).toString(16), 'hex'))).toBe('more');
    expect(lookAtFrame('length2', Buffer.from((replyLimit + 1).toString(16), 'hex'))).toBe('malformed');
  });
});
