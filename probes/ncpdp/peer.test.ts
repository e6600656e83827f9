// Against a switch of another make: no pharmacy switch can be installed, so a second codec, written in Python from the published layout
// and by the rules of Mirth's NCPDP reader, and sharing nothing with ours, reads our questions and writes the replies.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { ncpdp } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;

const python = String.raw`
import http.server, json, socketserver, ssl, struct, sys, time
port, framing, folder, secured = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
GROUP, SEGMENT, FIELD = '\x1d', '\x1e', '\x1c'

def mode():
    return open(folder + '/mode').read().strip()

def read(message):
    "The rules of Mirth's reader: the header is what stands before the first segment; over 40 characters it is a request."
    header, *segments = message.split(SEGMENT)
    assert len(header) > 40, 'a reply where a request was due'
    assert len(header) == 56, 'the header has %d bytes' % len(header)
    names = [('BinNumber', 6), ('VersionReleaseNumber', 2), ('TransactionCode', 2), ('ProcessorControlNumber', 10), ('TransactionCount', 1),
             ('ServiceProviderIdQualifier', 2), ('ServiceProviderId', 15), ('DateOfService', 8), ('SoftwareVendorCertificationId', 10)]
    said = {}
    for name, length in names:
        said[name], header = header[:length], header[length:]
    for segment in segments:
        assert GROUP not in segment, 'an eligibility question has no group'
        empty, *fields = segment.split(FIELD)
        assert empty == '' and fields[0][:2] == 'AM', 'a segment begins with its identification'
        for field in fields[1:]:
            said[fields[0][2:] + '-' + field[:2]] = field[2:]
    return said

def reply(said, how):
    head = said['VersionReleaseNumber'] + said['TransactionCode'] + said['TransactionCount'] + ('R' if how == 'refuse' else 'A')
    head += said['ServiceProviderIdQualifier'] + said['ServiceProviderId'] + ('20000101' if how == 'otherdate' else said['DateOfService'])
    assert len(head) == 31
    codes = {'refuse': ['04']}.get(how, how.split('+'))
    status = [FIELD + 'AM21']
    if how == 'approve':
        status += [FIELD + 'ANA', FIELD + 'F3123456']
    else:
        status += [FIELD + 'ANR', FIELD + 'FA' + str(len(codes))] + [FIELD + 'FB' + code for code in codes]
    text = SEGMENT + FIELD + 'AM20' + FIELD + 'F4NO SUCH MEMBER'
    return head + ('' if how == 'refuse' else text) + GROUP + SEGMENT + ''.join(status)

def answer(raw):
    said = read(raw.decode('ascii'))
    with open(folder + '/heard', 'w') as file: json.dump(said, file)
    how = mode()
    return None if how in ('silent', 'drop', 'garbage') else reply(said, '52' if how in ('pieces', 'open') else how).encode('ascii')

def exactly(stream, count):
    data = stream.read(count)
    if len(data) < count: raise ConnectionError
    return data

class Stream(socketserver.StreamRequestHandler):
    def message(self):
        if framing == 'stx_etx':
            data = b''
            while not data.endswith(b'\x03'): data += exactly(self.rfile, 1)
            return data[data.index(b'\x02') + 1:-1]
        if framing == 'length2': return exactly(self.rfile, struct.unpack('>H', exactly(self.rfile, 2))[0])
        if framing == 'length4_ascii': return exactly(self.rfile, int(exactly(self.rfile, 4)))
        data = exactly(self.rfile, 56)
        # Nothing says where it ends: the last field of the insurance segment is the group, and its value has five signs.
        while not (b'\x1cC1' in data and len(data.split(b'\x1cC1')[1]) == 5): data += exactly(self.rfile, 1)
        return data

    def framed(self, data):
        if framing == 'stx_etx': return b'\x02' + data + b'\x03'
        if framing == 'length2': return struct.pack('>H', len(data)) + data
        if framing == 'length4_ascii': return b'%04d' % len(data) + data
        return data

    def handle(self):
        data, how = answer(self.message()), mode()
        if how == 'drop': return
        if how == 'silent': self.rfile.read(1); return
        if how == 'garbage': self.wfile.write(b'ERR 17\r\n'); return
        data = self.framed(data)
        if how == 'pieces':
            for at in range(0, len(data), 7):
                self.wfile.write(data[at:at + 7]); self.wfile.flush(); time.sleep(0.005)
            return
        self.wfile.write(data)
        if how == 'open': self.rfile.read(1)

class Web(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        raw = self.rfile.read(int(self.headers['content-length']))
        how = mode()
        data, status = (answer(raw), 200) if not how.startswith('http') else (b'', int(how[4:]))
        self.send_response(status); self.send_header('content-length', str(len(data))); self.end_headers(); self.wfile.write(data)
    def log_message(self, *words): pass

class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    def handle_error(self, request, address): print('trouble', repr(sys.exc_info()[1]), flush=True)
server = Server(('127.0.0.1', port), Web if framing == 'http' else Stream)
if secured:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER); context.load_cert_chain(secured[0], secured[1])
    server.socket = context.wrap_socket(server.socket, server_side=True)
print('ready', flush=True)
server.serve_forever()
`;

const identity = {
  consent: 'a test of our own',
  bin: '999999',
  pcn: 'TESTPCN',
  provider_id: '1234567893',
  certification_id: 'HOLTER0001',
  group: 'GRP01',
  zip: '00000',
  time_zone: 'Pacific/Honolulu',
};

describeWithPeers(['/usr/bin/python3'], 'ncpdp against a switch in Python', () => {
  const folder = temporaryFolder('ncpdp');
  const peers: RunningPeer[] = [];
  const behave = (how: string) => writeFileSync(join(folder.path, 'mode'), how);
  const heard = () => JSON.parse(readFileSync(join(folder.path, 'heard'), 'utf8')) as Record<string, string>;
  const start = async (framing: string, more: readonly string[] = []) => {
    const port = await freePort();
    const program = join(folder.path, 'switch.py');
    const peer = await startPeer({
      program: '/usr/bin/python3',
      args: [program, String(port), framing, folder.path, ...more],
      says: /ready/,
    });
    peers.push(peer);
    return { address: `127.0.0.1:${port}`, peer };
  };
  beforeAll(() => writeFileSync(join(folder.path, 'switch.py'), python));
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    folder.remove();
  });

  describe.each(['none', 'stx_etx', 'length2', 'length4_ascii'])('framing %s', (framing) => {
    let address: string;
    let peer: RunningPeer;
    beforeAll(async () => {
      ({ address, peer } = await start(framing));
    });
    const ask = (how: string, ms = timeoutMs) => {
      behave(how);
      return attempt(ncpdp, { address, framing, ...identity }, ms);
    };

    test('it reads every field of our question where it belongs, and we read its reply', async () => {
      const result = await ask('52');
      expect(summary(result), peer.output()).toBe('ok');
      expect(result.notes['reject_codes']).toBe('52');
      const { DateOfService: date, ...rest } = heard();
      expect(date).toMatch(/^20\d{6}$/);
      expect(rest).toEqual({
        BinNumber: '999999',
        VersionReleaseNumber: 'D0',
        TransactionCode: 'E1',
        ProcessorControlNumber: 'TESTPCN   ',
        TransactionCount: '1',
        ServiceProviderIdQualifier: '01',
        ServiceProviderId: '1234567893     ',
        SoftwareVendorCertificationId: 'HOLTER0001',
        '01-C4': '19000101',
        '01-C5': '0',
        '01-CA': 'ZZTEST',
        '01-CB': 'ZZTEST',
        '01-CP': '00000',
        '04-C2': 'HOLTER-NO-SUCH',
        '04-C1': 'GRP01',
      });
    });

    test.each(['65', 'N1', '52+65', 'pieces', 'open'])('a switch that answers %s is well', async (how) => {
      expect(summary(await ask(how)), peer.output()).toBe('ok');
    });

    test.each([
      ['92', 'rejected: the payer rejects the question: reject code 92: the payer is unavailable'],
      ['52+99', 'rejected: the payer rejects the question: reject code 99: the payer has an error inside'],
      ['07', 'rejected: the payer rejects the question: reject code 07: is cardholder_id in our configuration as the switch has it?'],
      ['refuse', 'rejected: the switch refused the message before a payer saw it: reject code 04: is pcn in our configuration'],
      ['approve', 'content: patient data where none may be: coverage was found for a member that nobody is (A)'],
      ['otherdate', 'protocol: the reply does not repeat the date of service (401-D1): it is to another question'],
      ['garbage', 'protocol: '],
      ['drop', 'reset: '],
    ])('a switch that says %s', async (how, expected) => {
      expect(summary(await ask(how)), peer.output()).toContain(expected);
    });

    test('silent, frozen, stopped', async () => {
      expect(found(await ask('silent', shortMs))).toBe('timeout');
      await peer.freeze();
      expect(found(await ask('52', shortMs))).toBe('timeout');
      peer.signal('SIGCONT');
      expect(found(await ask('52'))).toBe('ok');
      await peer.stop();
      expect(found(await ask('52'))).toBe('refused');
    });
  });

  test('the date of service is that of the pharmacy, not of this machine', async () => {
    const { address } = await start('length2');
    behave('52');
    const dateIn = async (zone: string) => {
      const result = await attempt(ncpdp, { address, framing: 'length2', ...identity, time_zone: zone }, timeoutMs);
      expect(summary(result)).toBe('ok');
      return Number(heard()['DateOfService']);
    };
    // 25 hours apart: never the same day.
    expect(await dateIn('Pacific/Kiritimati')).toBeGreaterThan(await dateIn('Pacific/Pago_Pago'));
  });

  test('behind TLS', async () => {
    const life = { notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };
    const own = issueCertificate({ ...life, commonName: 'Switch', names: ['127.0.0.1'], authority: true });
    const files = { cert: join(folder.path, 'cert.pem'), key: join(folder.path, 'key.pem') };
    writeFileSync(files.cert, own.certificate);
    writeFileSync(files.key, own.key);
    const { address } = await start('length2', [files.cert, files.key]);
    behave('52');
    const ask = (tls: object | boolean) => attempt(ncpdp, { address, framing: 'length2', tls, ...identity }, timeoutMs);
    const result = await ask({ ca: own.certificate });
    expect(summary(result)).toBe('ok');
    expect(result.facts['certificate_expiry_seconds']).toBeGreaterThan(0);
    expect(found(await ask(true))).toBe('certificate');
  });

  test('by HTTP', async () => {
    const { address, peer } = await start('http');
    const ask = (how: string) => {
      behave(how);
      return attempt(ncpdp, { url: `http://${address}/d0`, framing: 'http', ...identity }, timeoutMs);
    };
    const result = await ask('52');
    expect(summary(result), peer.output()).toBe('ok');
    expect(result.facts['status_code']).toBe(200);
    expect(summary(await ask('approve'))).toContain('content: patient data where none may be');
    expect(summary(await ask('http503'))).toContain('rejected: eligibility: HTTP status 503');
    expect(summary(await ask('http401'))).toContain('auth: eligibility: HTTP status 401');
  });
});
