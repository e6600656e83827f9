// Bytes by DICOM PS3.7 and PS3.8; the command of C-ECHO as every implementation sends it.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeAcceptance,
  decodeCommand,
  decodeData,
  encodeAssociateRequest,
  encodeData,
  encodeEcho,
  encodeFind,
  pduType,
  peekPdu,
  releaseRequest,
  sopClass,
  studyIdentifier,
  worklistIdentifier,
} from './wire.ts';

const hex = (bytes: Buffer) => bytes.toString('hex');

describe('what is sent', () => {
  test('C-ECHO-RQ (PS3.7 9.3.5.1)', () => {
    expect(hex(encodeEcho(1))).toBe(
      '00000000040000003800000000000200120000003' +
        '12e322e3834302e31303030382e312e3100' +
        '00000001020000003000' +
        '00001001020000000100' +
        '00000008020000000101',
    );
  });

  test('C-FIND-RQ says that a data set follows, and its length is right', () => {
    const bytes = encodeFind(7, sopClass.studyRootFind);
    expect(bytes.readUInt32LE(8)).toBe(bytes.length - 12);
    expect(decodeCommand(bytes)).toEqual({ command: 0x0020, messageId: undefined, status: undefined });
    expect(hex(bytes)).toContain('00000008020000000100');
  });

  test('identifiers: even lengths, tags in order, one whole key', () => {
    expect(hex(studyIdentifier('HOLTER-1'))).toBe('08005200060000005354554459201000200008000000484f4c5445522d3120000d0000000000');
    expect(hex(worklistIdentifier('HOLTER', 'CT1'))).toBe(
      '1000200006000000484f4c544552' +
        '40000001' +
        '24000000' +
        'feff00e01c000000' +
        '0800600000000000' +
        '400001000400000043543120' +
        '4000020000000000',
    );
  });

  test('an association request: titles padded by blanks, one context, a maximum', () => {
    const bytes = encodeAssociateRequest({
      calledAe: 'PACS',
      callingAe: 'HOLTER',
      abstractSyntax: sopClass.verification,
      version: 'HOLTER',
    });
    expect(peekPdu(bytes)).toEqual({ type: pduType.associateRequest, length: bytes.length });
    expect(bytes.toString('latin1', 10, 42)).toBe('PACS            HOLTER          ');
    expect(bytes.readUInt16BE(6)).toBe(1);
    expect(hex(bytes)).toContain(
      `300000${Buffer.of(sopClass.verification.length).toString('hex')}${hex(Buffer.from(sopClass.verification))}`,
    );
    expect(hex(releaseRequest)).toBe('05000000000400000000');
  });

  test('a data set is cut into pieces that the far end takes, and comes out whole', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.integer({ min: 0, max: 500 }), (bytes, maximum) => {
        let rest = encodeData('data', Buffer.from(bytes), maximum);
        const parts: Buffer[] = [];
        for (let found = peekPdu(rest); found !== undefined; found = peekPdu(rest)) {
          if (maximum > 7) expect(found.length - 6).toBeLessThanOrEqual(maximum);
          const [value] = decodeData(rest.subarray(0, found.length)) ?? [];
          expect(value).toMatchObject({ context: 1, command: false, last: rest.length === found.length });
          parts.push(value?.bytes ?? Buffer.alloc(0));
          rest = rest.subarray(found.length);
        }
        expect(Buffer.concat(parts).equals(Buffer.from(bytes))).toBe(true);
      }),
    );
  });
});

test('any bytes are decoded without an error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (raw) => {
      const bytes = Buffer.from(raw);
      peekPdu(bytes);
      decodeAcceptance(bytes);
      decodeAcceptance(Buffer.concat([Buffer.alloc(74), bytes]));
      decodeData(Buffer.concat([Buffer.alloc(6), bytes]));
      decodeCommand(bytes);
    }),
    { numRuns: 3000 },
  );
});
