// Frames and fields by HL7 v2.5.1 chapters 2, 5 and 14 and MLLP releases 1 and 2.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clockSegments, decodeReply, encodeFrame, formatTime, isoOf, look, type Message, querySegments } from './wire.ts';

const message: Message = {
  type: 'QBP^Q22^QBP_Q21',
  controlId: 'H1',
  time: '20260101120000+0000',
  sendingApplication: 'HOLTER',
  sendingFacility: '',
  receivingApplication: 'LAB',
  receivingFacility: 'SITE',
  processingId: 'P',
  version: '2.5.1',
  acceptAck: '',
  applicationAck: '',
  segments: querySegments('Q22', 'IHE PDQ Query', 'T1', 'HOLTER-NO-SUCH'),
};
const framed = (text: string) => Buffer.from(`\u000b${text}\u001c\r`, 'latin1');

describe('what is sent', () => {
  test('a query by demographics, in one frame, its segments ended by CR alone', () => {
    expect(encodeFrame(message).toString('latin1')).toBe(
      '\u000bMSH|^~\\&|HOLTER||LAB|SITE|20260101120000+0000||QBP^Q22^QBP_Q21|H1|P|2.5.1\r' +
        'QPD|IHE PDQ Query|T1|@PID.3.1^HOLTER-NO-SUCH\rRCP|I|1^RD\r\u001c\r',
    );
  });

  test('the enhanced mode fills MSH-15 and MSH-16', () => {
    const [header] = encodeFrame({ ...message, acceptAck: 'AL', applicationAck: 'NE' })
      .toString('latin1')
      .split('\r');
    expect(header?.split('|').slice(11)).toEqual(['2.5.1', '', '', 'AL', 'NE']);
  });

  test('a question for the time holds NCK and never NSC', () => {
    expect(encodeFrame({ ...message, type: 'NMQ^N01', segments: clockSegments }).toString('latin1')).toContain('\rNCK|\r\u001c\r');
  });

  test('times carry their offset', () => {
    expect(formatTime('2026-01-02T03:04:05.678Z')).toBe('20260102030405+0000');
  });
});

describe('what comes', () => {
  test.each([
    ['nothing', '', 'more'],
    ['a beginning', '\u000bMSH|', 'more'],
    ['an end without its CR', '\u000bMSH|x\u001c', 'more'],
    ['a frame', '\u000bMSH|x\u001c\r', 'message'],
    ['a line break before the frame', '\r\n\u000bMSH|x\u001c\r', 'message'],
    ['an end with another byte', '\u000bMSH|x\u001cx', 'unframed'],
    ['a message without a frame', 'MSH|^~\\&|', 'unframed'],
    ['much of something else', 'x'.repeat(300), 'unframed'],
    ['a positive commit', '\u000b\u0006\u001c\r', 'commit'],
    ['a negative commit', '\u000b\u0015\u001c\r', 'commit'],
    ['the beginning of a patient', '\u000bMSH|x\rPID', 'patient'],
  ])('%s', (_, text, kind) => {
    expect(look(Buffer.from(text, 'latin1')).kind).toBe(kind);
  });

  test('a frame is found where it ends, however it is cut, and never before', () => {
    fc.assert(
      fc.property(fc.nat(), (cut) => {
        const bytes = Buffer.concat([encodeFrame(message), encodeFrame(message)]);
        const length = bytes.length / 2;
        const part = bytes.subarray(0, cut % bytes.length);
        expect(look(part)).toEqual(part.length < length ? { kind: 'more' } : { kind: 'message', length });
      }),
    );
  });

  test('any bytes are looked at and decoded without an error', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        look(Buffer.from(bytes));
        decodeReply(framed(`MSH${Buffer.from(bytes).toString('latin1')}`));
        decodeReply(Buffer.from(bytes));
      }),
      { numRuns: 2000 },
    );
  });
});

const reply = (err: string) => decodeReply(framed(`MSH|^~\\&|LAB|SITE|||1||ACK^Q22|9|P|2.5\rMSA|AE|H1\r${err}\r`));

describe('a reply', () => {
  test('with an error by 2.5 and one by 2.3', () => {
    expect(reply('ERR||PID^1|204^Unknown key^HL70357|E')).toMatchObject({ code: 'AE', controlId: 'H1', error: '204', sender: 'LAB SITE' });
    expect(reply('ERR|PID^1^3^204&Unknown key')).toMatchObject({ error: '204' });
    expect(reply('ERR|')).toMatchObject({ error: '' });
  });

  test('its delimiters are read from MSH', () => {
    expect(decodeReply(framed('MSH#*~\\&#LAB#SITE####ACK#9#P#2.5\rMSA#AR#H1\rERR###200*x\rQAK#T1#NF\r'))).toMatchObject({
      code: 'AR',
      error: '200',
      queryTag: 'T1',
      queryStatus: 'NF',
    });
  });

  test('rows are counted, not read', () => {
    expect(decodeReply(framed('MSH|^~\\&|||||||||\rMSA|AA|H1\rPID|1||4711\rPID|2||4712\r'))?.rows).toBe(2);
  });

  test('what is no HL7 is none', () => {
    expect(decodeReply(framed('hello'))).toBeUndefined();
    expect(decodeReply(framed('MSH'))).toBeUndefined();
  });
});

test.each([
  ['20260101120000+0000', '2026-01-01T12:00:00.000Z'],
  ['20260101120000.25-0800', '2026-01-01T20:00:00.250Z'],
  ['202601011200+0130', '2026-01-01T10:30:00.000Z'],
])('the time %s is %s', (text, expected) => {
  expect(new Date(isoOf(text) ?? '').toISOString()).toBe(expected);
});

test.each(['20260101120000', 'yesterday', ''])("the time %j names no offset, and is nobody's", (text) => {
  expect(isoOf(text)).toBeUndefined();
});
