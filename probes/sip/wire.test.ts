// Messages of RFC 3261 and the responses among the torture tests of RFC 4475.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { listOf, parametersOf, readFields, single } from './headers.ts';
import { bodyLength, decode, encodeOptions, headerEnd, hostOf, type Identity, mismatch, type Response } from './wire.ts';

const message = (...lines: readonly string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);

/** What is decoded, which must be a response. */
function read(bytes: Buffer, framed = true): Response {
  const decoded = decode(bytes, framed);
  if ('flaw' in decoded) throw new Error(decoded.flaw);
  return decoded;
}

function flawOf(bytes: Buffer, framed = true): string {
  const decoded = decode(bytes, framed);
  return 'flaw' in decoded ? decoded.flaw : 'none';
}

// RFC 3261 11.2, as far as it stands in headers.
const answer = [
  'SIP/2.0 200 OK',
  'Via: SIP/2.0/UDP pc33.atlanta.com;branch=z9hG4bKhjhs8ass877\r\n ;received=192.0.2.4',
  'To: <sip:carol@chicago.com>;tag=93810874',
  'From: Alice <sip:alice@atlanta.com>;tag=1928301774',
  'Call-ID: a84b4c76e66710',
  'CSeq: 63104 OPTIONS',
  'Contact: <sip:carol@chicago.com>',
  'Contact: <mailto:carol@chicago.com>',
  'Allow: INVITE, ACK, CANCEL, OPTIONS, BYE',
  'Accept: application/sdp',
  'Accept-Encoding: gzip',
  'Accept-Language: en',
  'Supported: foo',
  'Content-Type: application/sdp',
  'Content-Length: 0',
];

test('the answer to OPTIONS of RFC 3261 11.2', () => {
  expect(read(message(...answer))).toEqual({
    code: 200,
    branch: 'z9hG4bKhjhs8ass877',
    seenAs: '192.0.2.4',
    vias: 1,
    callId: 'a84b4c76e66710',
    fromTag: '1928301774',
    cseq: '63104 OPTIONS',
    server: '',
    retryAfter: undefined,
  });
});

test('rport beside received (RFC 3581 6)', () => {
  const [, ...rest] = answer.slice(1);
  const via = 'Via: SIP/2.0/UDP 10.1.1.1:4540;received=192.0.2.1;rport=9988;branch=z9hG4bKkjshdyff';
  expect(read(message('SIP/2.0 200 OK', via, ...rest)).seenAs).toBe('192.0.2.1:9988');
  const six = 'Via: SIP/2.0/UDP [2001:db8::9:1];received=2001:db8::9:255;rport=5061;branch=z9hG4bKas3-111';
  expect(read(message('SIP/2.0 200 OK', six, ...rest)).seenAs).toBe('[2001:db8::9:255]:5061');
});

test('compact names, in any case, with white space before the colon (RFC 3261 7.3.3)', () => {
  const compact = message(
    'sip/2.0 200',
    'v : SIP/2.0/TCP 192.0.2.1;branch=z9hG4bK1',
    'T:sip:a@b',
    'F:\r\n\tsip:a@b ; tag = x1 ',
    'i:1@2',
    'cseq:\r\n 1\r\n OPTIONS',
    'User-agent: pbx',
    'L: 0',
  );
  expect(headerEnd(compact)).toBe(compact.length);
  expect(bodyLength(compact)).toBe(0);
  expect(read(compact)).toMatchObject({ branch: 'z9hG4bK1', fromTag: 'x1', callId: '1@2', cseq: '1 OPTIONS', server: 'pbx' });
});

test('RFC 4475 3.1.1.1: a tortuous message has its fields read', () => {
  const fields = readFields(
    [
      'TO :\r\n sip:vivekg@chair-dnrc.example.com ;   tag    = 1918181833n',
      'from   : "J Rosenberg \\\\\\""       <sip:jdrosen@example.com>\r\n  ;\r\n  tag = 98asjd8',
      'Content-Length   : 150',
      'cseq: 0009\r\n  INVITE',
      'Via  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw',
      's :',
      'NewFangledHeader:   newfangled value\r\n continued newfangled value',
      'UnknownHeaderWithUnusualValue: ;;,,;;,;',
      'v:  SIP  / 2.0  / TCP     spindle.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239',
    ].join('\r\n'),
  );
  const vias = listOf(fields, 'via');
  expect(vias.map((via) => parametersOf(via).get('branch'))).toEqual(['390skdjuw', 'z9hG4bK9ikj8', 'z9hG4bK30239']);
  expect(parametersOf(single(fields, 'from')).get('tag')).toBe('98asjd8');
  expect(parametersOf(single(fields, 'to')).get('tag')).toBe('1918181833n');
  expect(single(fields, 'content-length')).toBe('150');
});

test('RFC 4475 3.1.1.12: an unusual reason phrase, UTF-8 that is counted in bytes', () => {
  const body = 'v=0\r\no=mhandley 29739 7272939 IN IP4 192.0.2.198\r\ns=-\r\n';
  const bytes = Buffer.concat([
    message(
      'SIP/2.0 200 = 2**3 * 5**2 но сто девяносто девять - простое',
      'Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923',
      'Call-ID: unreason.1234ksdfak3j2erwedfsASdf',
      'CSeq: 35 INVITE',
      'From: sip:user@example.com;tag=11141343',
      'To: sip:user@example.edu;tag=2229',
      `Content-Length: ${body.length}`,
      'Content-Type: application/sdp',
    ),
    Buffer.from(body),
  ]);
  const end = headerEnd(bytes) ?? 0;
  expect(end + bodyLength(bytes.subarray(0, end))).toBe(bytes.length);
  expect(read(bytes)).toMatchObject({ code: 200, cseq: '35 INVITE', fromTag: '11141343' });
});

const reasonless = [
  'Via: SIP/2.0/UDP 192.0.2.105;branch=z9hG4bK2398ndaoe',
  'Call-ID: noreason.asndj203insdf99223ndf',
  'CSeq: 35 INVITE',
  'From: <sip:user@example.com>;tag=39ansfi3',
  'To: <sip:user@example.edu>;tag=902jndnke3',
  'Content-Length: 0',
  'Contact: <sip:user@host105.example.com>',
];

test('RFC 4475 3.1.1.13: an empty reason phrase', () => {
  expect(read(message('SIP/2.0 100 ', ...reasonless)).code).toBe(100);
});

test('RFC 4475 3.1.2.5: values that are too large are none', () => {
  const large = message(
    'SIP/2.0 503 Service Unavailable',
    'Via: SIP/2.0/TCP host129.example.com;branch=z9hG4bKzzxdiwo34sw;received=192.0.2.129',
    'To: <sip:user@example.com>',
    'From: <sip:other@example.net>;tag=2easdjfejw',
    'CSeq: 9292394834772304023312 OPTIONS',
    'Call-ID: scalarlg.noase0of0234hn2qofoaf0232aewf2394r',
    'Retry-After: 949302838503028349304023988',
    'Warning: 1812 overture "In Progress"',
    'Content-Length: 0',
  );
  expect(read(large)).toMatchObject({ code: 503, retryAfter: undefined });
  const identity = { branch: 'z9hG4bKzzxdiwo34sw', callId: 'scalarlg.noase0of0234hn2qofoaf0232aewf2394r', fromTag: '2easdjfejw' };
  expect(mismatch(read(large), identity)).toBe('foreign');
});

test('RFC 4475 3.1.2.19: a code that is too large', () => {
  expect(flawOf(message('SIP/2.0 4294967301 better not break the receiver', ...reasonless))).toMatch(/^the status line/);
});

test('RFC 4475 3.3.10: an answer with one Via too many is not for us', () => {
  const broadcast = read(
    message(
      'SIP/2.0 200 OK',
      'Via: SIP/2.0/UDP 192.0.2.198;branch=z9hG4bK1324923',
      'Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bK1saber23',
      'Call-ID: bcast.0384840201234ksdfak3j2erwedfsASdf',
      'CSeq: 1 OPTIONS',
      'From: sip:user@example.com;tag=11141343',
      'To: sip:user@example.edu;tag=2229',
      'Content-Length: 0',
    ),
  );
  const identity = { branch: 'z9hG4bK1324923', callId: 'bcast.0384840201234ksdfak3j2erwedfsASdf', fromTag: '11141343' };
  expect(broadcast.vias).toBe(2);
  expect(mismatch(broadcast, identity)).toBe('mangled');
  expect(mismatch({ ...broadcast, vias: 1 }, identity)).toBeUndefined();
});

const ours: Identity = { branch: 'z9hG4bK1', callId: 'call', fromTag: 'tag' };
const well: Response = {
  code: 200,
  branch: 'z9hG4bK1',
  seenAs: '',
  vias: 1,
  callId: 'call',
  fromTag: 'tag',
  cseq: '1 OPTIONS',
  server: '',
  retryAfter: undefined,
};

test.each([
  [{}, undefined],
  [{ branch: 'z9hG4bK2' }, 'foreign'],
  [{ branch: 'Z9HG4BK1' }, 'foreign'],
  [{ cseq: '1 INVITE' }, 'foreign'],
  [{ cseq: '2 OPTIONS' }, 'mangled'],
  [{ callId: 'CALL' }, 'mangled'],
  [{ fromTag: '' }, 'mangled'],
])('an answer with %o is %s', (change, expected) => {
  expect(mismatch({ ...well, ...change }, ours)).toBe(expected);
});

test.each([
  ['', 'the answer is not SIP'],
  ['SIP/2', 'the answer is not SIP'],
  ['HTTP/1.1 200 OK\r\n\r\n', 'the answer is not SIP'],
  ['SIP/7.0 200 OK\r\n\r\n', 'the answer is not SIP'],
  ['SIP/2.0 200 OK\r\nVia: x\r\n', 'the header of the answer has no end'],
  ['SIP/2.0 099 Odd\r\n\r\n', 'the status line of the answer is not one of SIP'],
  ['SIP/2.0 2000 OK\r\n\r\n', 'the status line of the answer is not one of SIP'],
  ['SIP/2.0 200 OK\r\n\r\n', 'the answer has no Via'],
  [`${answer.join('\r\n').replace(/Call-ID/, 'Recall-ID')}\r\n\r\n`, 'the answer has no Call-ID'],
  [`${answer.slice(0, -1).join('\r\n')}\r\n\r\n`, 'the answer has no Content-Length, which a stream needs'],
  [`${answer.join('\r\n')}1\r\n\r\n`, 'the body of the answer is shorter than its Content-Length'],
  [`${answer.join('\r\n')}\r\nl: 7\r\n\r\n`, 'the Content-Length of the answer is not a length'],
  [`${answer.slice(0, -1).join('\r\n')}\r\nContent-Length: -999\r\n\r\n`, 'the Content-Length of the answer is not a length'],
  [`\r\n\r\n${answer.join('\r\n')}\r\n\r\n`, 'none'],
])('%j: %s', (text, flaw) => {
  expect(flawOf(Buffer.from(text))).toBe(flaw);
});

test('a datagram is its own frame: without Content-Length the body is what is left, with one the rest is passed over', () => {
  const bare = message(...answer.slice(0, -1));
  expect(read(Buffer.concat([bare, Buffer.from('v=0')]), false).code).toBe(200);
  expect(read(Buffer.concat([message(...answer), Buffer.from('junk')]), false).code).toBe(200);
});

test.each([
  ['120', 120],
  ['18000;duration=3600', 18_000],
  ["120 (I'm in a meeting)", 120],
  ['4294967296', undefined],
  ['soon', undefined],
  ['1.5', undefined],
])('Retry-After: %s is %s', (text, seconds) => {
  expect(read(message(...answer, `Retry-After: ${text}`)).retryAfter).toBe(seconds);
});

test('separators in quotes and brackets separate nothing', () => {
  const fields = readFields('X: "a, \\" ; b" <sip:c@d;tag=no,x>;tag=yes, second;tag=2, "open, ;tag=3');
  expect(listOf(fields, 'x')).toEqual(['"a, \\" ; b" <sip:c@d;tag=no,x>;tag=yes', 'second;tag=2', '"open, ;tag=3']);
  expect(parametersOf(listOf(fields, 'x')[0] ?? '')).toEqual(new Map([['tag', 'yes']]));
});

const question = {
  ...ours,
  transport: 'udp',
  uri: 'sip:pbx.example.org',
  from: undefined,
  local: { address: '192.0.2.7', port: 40_000 },
  maxForwards: 0,
  agent: 'Holter/1.2.3',
} as const;

test('a request is what RFC 3261 8.1.1 asks for, and names the port that it comes from', () => {
  expect(String(encodeOptions(question)).split('\r\n')).toEqual([
    'OPTIONS sip:pbx.example.org SIP/2.0',
    'Via: SIP/2.0/UDP 192.0.2.7:40000;branch=z9hG4bK1;rport',
    'Max-Forwards: 0',
    'To: <sip:pbx.example.org>',
    'From: <sip:holter@192.0.2.7>;tag=tag',
    'Call-ID: call',
    'CSeq: 1 OPTIONS',
    'Contact: <sip:holter@192.0.2.7:40000>',
    'Accept: application/sdp',
    'User-Agent: Holter/1.2.3',
    'Content-Length: 0',
    '',
    '',
  ]);
});

test('by TLS from an address of IPv6, as somebody else', () => {
  const local = { address: 'fe80::1%eth0', port: 40_000 };
  const text = String(encodeOptions({ ...question, transport: 'tls', uri: 'sips:pbx', from: 'sip:trunk@example.org', local }));
  expect(text).toContain('\r\nVia: SIP/2.0/TLS [fe80::1]:40000;branch');
  expect(text).toContain('\r\nFrom: <sip:trunk@example.org>;tag=tag\r\n');
  expect(text).toContain('\r\nContact: <sips:holter@[fe80::1]:40000;transport=tls>\r\n');
  expect(hostOf('pbx.example.org')).toBe('pbx.example.org');
});

test('any bytes are looked at without an error, and an end once found stays', () => {
  const whole = message(...answer);
  const pieces = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.constantFrom(...answer, '\r\n', '"', '<', 'l: 5').map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 12 }), fc.nat(whole.length), fc.uint8Array({ maxLength: 20 }), (parts, cut, more) => {
      const bytes = Buffer.concat([whole.subarray(0, cut), ...parts]);
      for (const framed of [true, false]) decode(bytes, framed);
      const end = headerEnd(bytes);
      if (end !== undefined) expect(bodyLength(bytes.subarray(0, end))).toBeGreaterThanOrEqual(0);
      if (end !== undefined && end < bytes.length) expect(headerEnd(Buffer.concat([bytes, more]))).toBe(end);
    }),
    { numRuns: 3000 },
  );
});

test('an answer with changed bytes is read or has a flaw', () => {
  const whole = message(...answer);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
      const bytes = Buffer.from(whole);
      for (const [at, byte] of changes) bytes.writeUInt8(byte, at);
      for (const framed of [true, false]) {
        const decoded = decode(bytes, framed);
        if ('flaw' in decoded) expect(decoded.flaw).toMatch(/^the /);
        else expect(mismatch(decoded, ours)).toBe('foreign');
      }
    }),
    { numRuns: 3000 },
  );
});
