// What can be asked of name servers, and what is expected back.
import { duration, parseAddress, pattern, s } from '#prober/door.ts';
import { recordTypes, replyCodes } from './wire.ts';

/** Most servers that one endpoint asks. */
const serverLimit = 8;
const dnsPort = 53;

/** Host and port of `host`, `host:port`, `[::1]`, `[::1]:port`; undefined when it is not one. */
export function parseServer(text: string): { readonly host: string; readonly port: number } | undefined {
  return parseAddress(text) ?? parseAddress(`${text}:${dnsPort}`);
}

const server = s.string().refine((text) => parseServer(text) !== undefined, {
  error: 'is not host or host:port; write for instance 192.0.2.53, ns1.example.org:5353 or [2001:db8::53]',
});

/** RFC 1035 2.3.4: labels of 63 octets, names of 253; `_` for services, `/` for delegated reverse zones (RFC 2317). */
const queryName = s
  .string()
  .max(254)
  .regex(/^(\.|([\w-][\w/-]{0,62}\.)*[\w-][\w/-]{0,62}\.?)$/, 'is not a domain name; write international names as xn--…');

const value = s.string().min(1).max(1000);

const Serial = s.strictObject({
  equal: s.boolean().default(false).describe('All servers must give the same serial: a secondary that no longer follows is found.'),
  least: s.int().min(0).max(4_294_967_295).optional().describe('Least serial that every server must give (plain comparison).'),
});

const Ttl = s.strictObject({
  least: duration({ most: '1y' }).optional().describe('Least lifetime of every wanted record.'),
  most: duration({ most: '1y' }).optional().describe('Longest lifetime of every wanted record.'),
});

const Expect = s
  .strictObject({
    rcode: s.array(s.enum(replyCodes)).min(1).max(7).default(['NOERROR']).describe('Reply codes that are well.'),
    least_records: s
      .int()
      .min(0)
      .max(400)
      .default(1)
      .describe('Least number of records of the type at the name or at the end of its aliases; looked at only in a NOERROR reply.'),
    answers: s
      .array(value)
      .min(1)
      .max(50)
      .optional()
      .describe('Exactly these records, in any order, as a zone file writes them (`10 mail.example.org` for MX).'),
    contains: s.array(value).min(1).max(50).optional().describe('These records must be among the answers.'),
    matches: s.array(pattern()).min(1).max(10).optional().describe('Each of these regular expressions must match at least one record.'),
    not_matches: s.array(pattern()).min(1).max(10).optional().describe('None of these regular expressions may match a record.'),
    flags: s
      .array(s.enum(['aa', 'ra', 'ad']))
      .max(3)
      .default([])
      .describe(
        'Flags that must be set: aa from an authoritative server (missing: lame delegation), ra from a resolver, ad from a validating one.',
      ),
    serial: Serial.optional().describe('What the serial of a SOA record must be.'),
    ttl: Ttl.optional().describe('Bounds on the lifetime of the wanted records.'),
  })
  .describe('What every server must answer.');

export const Options = s
  .strictObject({
    servers: s
      .array(server)
      .min(1)
      .max(serverLimit)
      .describe('The servers, each `host` or `host:port` (default port 53). Each is asked, all at once, and all must answer well.'),
    name: queryName.describe('The name that is asked for.'),
    type: s.enum(recordTypes).default('A').describe('The type of record that is asked for.'),
    transport: s
      .enum(['udp', 'tcp'])
      .default('udp')
      .describe('`udp` goes over to TCP when the reply says that it was cut, as every resolver does; `tcp` asks over TCP at once.'),
    recursion: s.boolean().default(true).describe('Asks the server to look further; switch it off for authoritative servers.'),
    expect: Expect.default(() => Expect.parse({})),
  })
  .refine((options) => options.expect.serial === undefined || options.type === 'SOA', {
    path: ['expect', 'serial'],
    error: 'is only there in a SOA record: write type: SOA',
  });

export type DnsOptions = s.output<typeof Options>;
