// Which host, by which of the many dialects of ISO 8583: nothing is guessed on a live host.
import { s, targetKeys } from '#prober/door.ts';
import { lengthHeaders } from './framing.ts';
import { settableFields } from './wire.ts';

export const Options = s
  .strictObject({
    ...targetKeys,
    consent: s
      .string()
      .min(5)
      .max(200)
      .describe("The acquirer's consent to these messages: a letter, contract or ticket, for whoever asks. Required."),
    request: s
      .enum(['0800', '1804', '1820'])
      .default('0800')
      .describe('Message type of the echo: `0800` of 1987, `1804` or `1820` of 1993. The reply has the same with 10 more.'),
    length: s
      .enum(lengthHeaders)
      .default('binary2')
      .describe(
        'Header before each message: `binary2` two bytes, `binary2_inclusive` counting themselves, `bcd2` four BCD digits, `ascii4` four digits, `hex4` four hexadecimal digits, `binary2_zeros` two bytes and two of zero, `binary2_etx` two bytes with a trailing 03 that is counted.',
      ),
    tpdu: s
      .string()
      .regex(/^60[0-9A-Fa-f]{8}$/, 'must be ten hexadecimal digits that begin with 60')
      .optional()
      .describe('TPDU before the message: 60, destination, source. The reply has the two addresses swapped.'),
    numeric: s.enum(['ascii', 'bcd', 'ebcdic']).default('ascii').describe('How digits are written.'),
    text: s.enum(['ascii', 'ebcdic']).default('ascii').describe('How letters and signs are written.'),
    bitmap: s.enum(['binary', 'hex']).default('binary').describe('How the bitmap is written: bytes, or hexadecimal text.'),
    response_code: s
      .enum(['ascii', 'bcd', 'ebcdic'])
      .optional()
      .describe(
        'How DE39 is written where it differs: EBCDIC in messages that are BCD otherwise. Default: as `text`; in 1993 as `numeric`.',
      ),
    fields: s
      .record(s.string().regex(/^\d{1,3}$/, 'must be the number of a field'), s.string().min(1).max(255))
      .default({})
      .describe('Further fields that the host wants, by number: `{ 41: TERM0001 }`. Never a card.'),
    expect: s
      .array(s.string().regex(/^[0-9A-Z]{2,3}$/, 'must be a response code of two or three signs'))
      .min(1)
      .max(20)
      .optional()
      .describe('Response codes (DE39) that are well. Default: `00`; in 1993 `800`.'),
  })
  .superRefine((options, check) => {
    for (const [number, value] of Object.entries(options.fields)) {
      const layout = settableFields(options.request)[Number(number)];
      const known = Object.keys(settableFields(options.request)).join(', ');
      const tell = (message: string) => check.addIssue({ code: 'custom', path: ['fields', number], message });
      if (layout === undefined) tell(`is not a field that may be set; these may: ${known}`);
      else if (value.length > layout.length || (layout.kind !== 'variable' && value.length !== layout.length))
        tell(`must have ${layout.kind === 'variable' ? 'at most ' : ''}${layout.length} signs`);
      else if (layout.content === 'digits' && !/^\d+$/.test(value)) tell('must be digits');
      else if (!/^[\x20-\x7e]+$/.test(value)) tell('must be printable ASCII');
    }
  });

export type IsoOptions = s.output<typeof Options>;
