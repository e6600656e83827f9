// A pharmacy switch of another make: none can be installed, so a second codec, written in Python from the published layout and by the rules
// of Mirth's NCPDP reader, and sharing nothing with ours, reads our questions and writes the replies.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type RunningPeer, startPeer } from '../peers.ts';

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

export interface PharmacySwitch {
  /** Reject codes with `+` between them, or one of the modes of the program. It says so at the next question. */
  behave(how: string): void;
  /** The fields of the last question, as it read them. */
  heard(): Readonly<Record<string, string>>;
  /** On a port of its own, with a framing of the kind; behind TLS with the files of a certificate and its key. */
  start(
    framing: string,
    certificate?: readonly [cert: string, key: string],
  ): Promise<{ readonly address: string; readonly peer: RunningPeer }>;
}

/** It knows no such member at first. The folder is its own. */
export function pharmacySwitch(folder: string): PharmacySwitch {
  const file = join(folder, 'switch.py');
  const behave = (how: string) => writeFileSync(join(folder, 'mode'), how);
  behave('52');
  writeFileSync(file, python);
  return {
    behave,
    heard: () => JSON.parse(readFileSync(join(folder, 'heard'), 'utf8')) as Record<string, string>,
    start: async (framing, certificate) => {
      const port = await freePort();
      const args = [file, String(port), framing, folder, ...(certificate ?? [])];
      return { address: `127.0.0.1:${port}`, peer: await startPeer({ program: '/usr/bin/python3', args, says: /ready/ }) };
    },
  };
}
