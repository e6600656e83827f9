// Which switch, by which of its test identities, and the one member that nobody is.
import { address, httpUrl, s, TlsSettings } from '#prober/door.ts';
import { framings } from './framing.ts';

/** Printable ASCII: NCPDP has no other signs, and its separators are control characters. */
const field = (most: number) =>
  s
    .string()
    .max(most)
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII');

/** The facilitator of Medicare Part D: E1 to it may only be sent to bill a prescription (OIG A-05-17-00020), and never by a monitor. */
const facilitator = { bins: ['011727', '012361'], pcn: '2222222222' };
const forbidden = 'belongs to the Medicare Part D eligibility facilitator, which must never be asked by a monitor';

export const Options = s
  .strictObject({
    address: address().optional().describe('Host and port of the switch. Needed, but with `framing: http`.'),
    url: httpUrl().optional().describe('Address that transactions are posted to, with `framing: http`.'),
    tls: s
      .union([s.boolean(), TlsSettings])
      .default(false)
      .describe('`true`, or the settings of TLS. Default: plain TCP. With `framing: http` the address says whether it is https.'),
    framing: s
      .enum(framings)
      .default('none')
      .describe(
        'How messages are told apart: `none` nothing around them; `stx_etx` between STX and ETX; `length2` behind two bytes of length, `length4_ascii` behind four digits, neither counting itself; `http` posted as a body.',
      ),
    content_type: s
      .string()
      .regex(/^[a-z]{1,30}\/[a-z0-9.+-]{1,80}$/, 'must be a media type, like text/plain')
      .default('text/plain')
      .describe('Media type of what is posted, with `framing: http`, as the switch has it.'),
    consent: s
      .string()
      .min(5)
      .max(200)
      .describe("The switch's consent to these messages and their rate: a ticket or contract, for whoever asks. Required."),
    bin: s
      .string()
      .regex(/^\d{6}$/, 'must be six digits, quoted')
      .refine((bin) => !facilitator.bins.includes(bin), { error: forbidden })
      .describe('Test BIN that the switch issued (101-A1).'),
    pcn: field(10)
      .refine((pcn) => pcn !== facilitator.pcn, { error: forbidden })
      .describe('Test processor control number that goes with it (104-A4); an empty text where there is none.'),
    provider_qualifier: s
      .string()
      .regex(/^[0-9A-Z]{2}$/, 'must be two signs, quoted')
      .default('01')
      .describe('What `provider_id` is (202-B2): `01` an NPI, `07` an NCPDP provider id.'),
    provider_id: field(15).min(1).describe('Test pharmacy that asks (201-B1).'),
    certification_id: field(10).default('').describe('Software vendor or certification id, as the switch issued it (110-AK).'),
    group: field(15).default('').describe('Group of the plan (301-C1). Left out: not sent.'),
    cardholder_id: field(20)
      .min(3)
      .default('HOLTER-NO-SUCH')
      .describe('Identifier of the member (302-C2); on the list of synthetic patients, and nobody has it.'),
    first_name: field(12).default('ZZTEST').describe('First name of the member (310-CA), on the same list. An empty text: not sent.'),
    last_name: field(15).default('ZZTEST').describe('Last name of the member (311-CB), on the same list. An empty text: not sent.'),
    birth_date: s
      .string()
      .regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/, 'must be a date, like 1900-01-01')
      .default('1900-01-01')
      .describe('Date of birth of the member (304-C4).'),
    gender: s.enum(['unknown', 'male', 'female']).default('unknown').describe('Gender of the member (305-C5).'),
    zip: field(15).default('').describe('Postal code of the member (325-CP). Left out: not sent.'),
    time_zone: s
      .string()
      .refine(isTimeZone, { error: 'is not a time zone; write for instance America/Los_Angeles' })
      .optional()
      .describe('Where the date of service (401-D1) is today: switches refuse a date in the future. Default: the zone of this machine.'),
    expect: s
      .array(s.string().regex(/^[0-9A-Z]{2,3}$/, 'must be a reject code of two or three signs, quoted'))
      .min(1)
      .max(20)
      .default(['52', '65', 'N1'])
      .describe(
        'Reject codes (511-FB) that are the agreed answer for a member that nobody is. All codes of an answer must be on the list.',
      ),
  })
  .superRefine((options, check) => {
    const tell = (path: string, message: string) => check.addIssue({ code: 'custom', path: [path], message });
    const { address: host, url, tls } = options;
    if (options.provider_qualifier === '01' && !/^\d{10}$/.test(options.provider_id))
      tell('provider_id', 'must be the ten digits of an NPI, or provider_qualifier says what else it is');
    if (options.framing !== 'http') {
      if (host === undefined) tell('address', 'is needed; only framing: http has a url in its place');
      if (url !== undefined) tell('url', 'belongs to framing: http');
      return;
    }
    if (url === undefined) tell('url', 'is needed with framing: http');
    if (host !== undefined) tell('address', 'cannot stand beside framing: http, which has a url');
    if (tls === true) tell('tls', 'must be settings or nothing with framing: http: an https:// address says it already');
    if (typeof tls === 'object' && url?.startsWith('http:') === true) tell('tls', 'needs an https:// address');
  });

export type NcpdpOptions = s.output<typeof Options>;

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    // RangeError: no such zone.
    return false;
  }
}
