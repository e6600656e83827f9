// Messages as others wrote them: libldap and slapd 2.5.13 (overheard between ldapsearch and the server), the LDAPv3 Wire Protocol Reference
// of ldap.com, and the long form of lengths that Active Directory writes.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { integer, tlv } from './ber.ts';
import {
  decodeMessage,
  encodeBind,
  encodeMessage,
  encodeSearch,
  encodeStartTls,
  encodeUnbind,
  messageLength,
  passwordPolicyName,
} from './wire.ts';

const bytes = (hex: string) => Buffer.from(hex.replace(/\s/g, ''), 'hex');
const suffix = 'dc=holter,dc=test';
const policy = '1.3.6.1.4.1.42.2.27.8.5.1';
const bound = tlv(0x61, integer(0, 0x0a), tlv(4), tlv(4));

test.each([
  [
    'a bind (ldap.com)',
    encodeMessage(1, encodeBind('uid=jdoe,ou=People,dc=example,dc=com', 'secret123')),
    '303902010160340201030424 7569643d6a646f652c6f753d50656f706c652c64633d6578616d706c652c64633d636f6d 8009736563726574313233',
  ],
  [
    'a bind that asks for the password policy (libldap)',
    encodeMessage(1, encodeBind(`uid=probe,${suffix}`, 'probepw'), [passwordPolicyName]),
    `304d0201016029020103041b ${Buffer.from(`uid=probe,${suffix}`).toString('hex')} 800770726f62657077
     a01d301b0419 ${Buffer.from(policy).toString('hex')}`,
  ],
  [
    'a search of one entry without attributes (libldap)',
    encodeMessage(2, encodeSearch({ base: suffix, scope: 'one', timeLimit: 5, attributes: [] })),
    '303b0201026336041164633d686f6c7465722c64633d746573740a01010a0100020101020105010100870b6f626a656374436c61737330050403312e31',
  ],
  [
    'a search of the root DSE with attributes (libldap)',
    encodeMessage(2, encodeSearch({ base: '', scope: 'base', timeLimit: 5, attributes: ['vendorName', 'vendorVersion', 'currentTime'] })),
    `304d02010263480400 0a01000a0100020101020105010100 870b6f626a656374436c617373
     3028040a76656e646f724e616d65040d76656e646f7256657273696f6e040b63757272656e7454696d65`,
  ],
  [
    'a search for a value (libldap)',
    encodeSearch({
      base: suffix,
      scope: 'one',
      filter: { attribute: 'uid', equals: 'probe' },
      timeLimit: 5,
      attributes: ['description'],
    }),
    '633f041164633d686f6c7465722c64633d746573740a01010a0100020101020105010100a30c0403756964040570726f6265300d040b6465736372697074696f6e',
  ],
  ['StartTLS (libldap)', encodeMessage(1, encodeStartTls()), '301d02010177188016312e332e362e312e342e312e313436362e3230303337'],
  ['unbind (libldap)', encodeMessage(3, encodeUnbind()), '30050201034200'],
])('%s is written as they write it', (_, written, expected) => {
  expect(written.toString('hex')).toBe(bytes(expected).toString('hex'));
});

test.each([
  [0, '020100'],
  [127, '02017f'],
  [128, '02020080'],
  [32_767, '02027fff'],
  [32_768, '0203008000'],
  [2_147_483_647, '02047fffffff'],
])('the integer %i (X.690 8.3)', (number, expected) => {
  expect(integer(number).toString('hex')).toBe(expected);
});

test.each([
  [127, '047f'],
  [128, '048180'],
  [256, '04820100'],
])('a length of %i (X.690 8.1.3)', (length, expected) => {
  const written = tlv(4, Buffer.alloc(length));
  expect(written.subarray(0, -length).toString('hex')).toBe(expected);
});

test.each([
  ['', undefined],
  ['30', undefined],
  ['300c', 14],
  ['3084', undefined],
  ['30840000', undefined],
  ['308400000010', 22],
  ['3081ff', 258],
  ['30847fffffff', 2_147_483_653],
  ['3084ffffffff', 4_294_967_301],
  ['3080', -1],
  ['3085', -1],
  ['30ff', -1],
  ['53', -1],
  ['5353', -1],
])('the message that begins with %j has %s bytes', (hex, length) => {
  expect(messageLength(bytes(hex))).toBe(length);
});

const success = { code: 0, diagnostic: '', referrals: [], name: '' };
test.each([
  ['a bind that is well (slapd)', '300c02010161070a010004000400', 1, { type: 'bind', result: success }],
  [
    'the same with lengths of four bytes (Active Directory)',
    '308400000010 020101 618400000007 0a010004000400',
    1,
    { type: 'bind', result: success },
  ],
  ['StartTLS that is well (slapd)', '300c02010178070a010004000400', 1, { type: 'extended', result: success }],
  [
    'no such entry (slapd)',
    '301d02010265180a0120041164633d686f6c7465722c64633d746573740400',
    2,
    { type: 'done', result: { ...success, code: 32 } },
  ],
  [
    'the Notice of Disconnection (slapd)',
    '3032020100782d0a01020400040e6465636f64696e67206572726f728a16312e332e362e312e342e312e313436362e3230303336',
    0,
    { type: 'extended', result: { code: 2, diagnostic: 'decoding error', referrals: [], name: '1.3.6.1.4.1.1466.20036' } },
  ],
  [
    'an entry (slapd)',
    '3044020102643f041b7569643d70726f62652c64633d686f6c7465722c64633d746573743020301e040b6465736372697074696f6e310f040570726f626504067365636f6e64',
    2,
    { type: 'entry', attributes: new Map([['description', ['probe', 'second']]]) },
  ],
  ['an entry without attributes (slapd)', '3009020102640404003000', 2, { type: 'entry', attributes: new Map() }],
  ['a reference', '30150201027310040e6c6461703a2f2f782e746573742f', 2, { type: 'reference', referrals: ['ldap://x.test/'] }],
])('%s is read', (_, hex, id, operation) => {
  const whole = bytes(hex);
  expect(messageLength(whole)).toBe(whole.length);
  expect(decodeMessage(whole)).toEqual({ id, operation, policy: {} });
});

test('a referral to another server', () => {
  const result = Buffer.concat([integer(10, 0x0a), tlv(4), tlv(4), tlv(0xa3, tlv(4, 'ldap://other.example.org/'), tlv(4, 'ldap://b/'))]);
  const message = decodeMessage(encodeMessage(2, tlv(0x65, result)));
  expect(message?.operation).toMatchObject({ result: { code: 10, referrals: ['ldap://other.example.org/', 'ldap://b/'] } });
});

test.each([
  ['is locked (slapd)', `303202010161070a013104000400 a02430220419 ${Buffer.from(policy).toString('hex')} 04053003810101`, { error: 1 }],
  ['has nothing to say (slapd)', `302f02010161070a010004000400 a021301f0419 ${Buffer.from(policy).toString('hex')} 04023000`, {}],
])('a password policy that %s', (_, hex, expected) => {
  expect(decodeMessage(bytes(hex))?.policy).toEqual(expected);
});

test('a password policy that warns, behind another control', () => {
  const warning = tlv(0x30, tlv(0xa0, tlv(0x80, Buffer.of(0x02, 0xa3, 0x00))));
  const controls = tlv(0xa0, tlv(0x30, tlv(4, '1.2.3')), tlv(0x30, tlv(4, policy), tlv(1, Buffer.of(0xff)), tlv(4, warning)));
  expect(decodeMessage(tlv(0x30, integer(1), bound, controls))?.policy).toEqual({ expiresInSeconds: 172_800 });
});

const attribute = tlv(0x30, tlv(4, 'cn'), tlv(0x30, tlv(4, 'x')));
test.each([
  ['nothing', Buffer.alloc(0)],
  ['a request', encodeMessage(1, encodeBind('', ''))],
  ['an operation that does not exist', encodeMessage(1, tlv(0x4f))],
  ['no operation', tlv(0x30, integer(1))],
  ['more than one message', Buffer.concat([encodeMessage(1, bound), tlv(4)])],
  ['an id that is negative', tlv(0x30, tlv(2, Buffer.of(0xff)), bound)],
  ['an id of five bytes', tlv(0x30, tlv(2, Buffer.of(0, 0, 0, 0, 1)), bound)],
  ['an id that is empty', tlv(0x30, tlv(2), bound)],
  ['an id that is no INTEGER', tlv(0x30, tlv(4, Buffer.of(1)), bound)],
  ['a result without its texts', encodeMessage(1, tlv(0x61, integer(0, 0x0a)))],
  ['a result code that is no ENUMERATED', encodeMessage(1, tlv(0x61, integer(0), tlv(4), tlv(4)))],
  ['a text that goes on beyond its message', bytes('300c02010161070a0100040004ff')],
  ['an indefinite length inside', bytes('300c02010161070a010004000480')],
  ['an entry whose values are no SET', encodeMessage(1, tlv(0x64, tlv(4), tlv(0x30, attribute)))],
  ['a reference that is no text', encodeMessage(1, tlv(0x73, integer(1)))],
])('%s is no message of a server', (_, message) => {
  expect(decodeMessage(message)).toBeUndefined();
});

test('any bytes are read or refused without an error, and a length once known stays', () => {
  const beginnings = ['300c02010161070a010004000400', '3009020102640404003000', '30847fffffff', '3032020100782d0a0102'].map(bytes);
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 60 }).map((array) => Buffer.from(array)),
    fc.tuple(fc.constantFrom(...beginnings), fc.nat(), fc.nat(255)).map(([beginning, at, byte]) => {
      const changed = Buffer.from(beginning);
      changed[at % changed.length] = byte;
      return changed;
    }),
  );
  fc.assert(
    fc.property(noise, fc.uint8Array({ maxLength: 10 }), (begun, more) => {
      const length = messageLength(begun);
      decodeMessage(begun);
      if (length !== undefined) expect(messageLength(Buffer.concat([begun, more]))).toBe(length);
    }),
    { numRuns: 5000 },
  );
});

test('what is written is read again', () => {
  const value = fc.string({ unit: 'binary', maxLength: 300 });
  fc.assert(
    fc.property(fc.nat(2_147_483_647), fc.array(value, { maxLength: 5 }), (id, values) => {
      const member = tlv(0x30, tlv(4, 'cn'), tlv(0x31, ...values.map((text) => tlv(4, text))));
      const message = decodeMessage(encodeMessage(id, tlv(0x64, tlv(4, 'cn=x'), tlv(0x30, member))));
      expect(message).toEqual({ id, operation: { type: 'entry', attributes: new Map([['cn', values]]) }, policy: {} });
    }),
  );
});
