// An e-prescribing network of another make: none can be installed, so a second reader and writer of the envelope in Python (xml.etree),
// which shares nothing with ours, takes what is posted to it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type RunningPeer, startPeer } from '../peers.ts';

const python = String.raw`
import http.server, json, socketserver, sys, xml.etree.ElementTree as ET
port, folder = int(sys.argv[1]), sys.argv[2]

def read(raw):
    message = ET.fromstring(raw)
    assert message.tag == 'Message' and [part.tag for part in message] == ['Header', 'Body']
    versions = {message.attrib[name] for name in ('DatatypesVersion', 'TransportVersion', 'TransactionVersion', 'StructuresVersion', 'ECLVersion')}
    assert len(versions) == 1 and message.attrib['TransactionDomain'] == 'SCRIPT'
    header, body = message
    # The order of the schema.
    order = ['To', 'From', 'MessageID', 'RelatesToMessageID', 'SentTime', 'Security', 'SenderSoftware']
    tags = [part.tag for part in header]
    assert tags == [tag for tag in order if tag in tags], tags
    said = {'version': versions.pop(), 'body': ET.tostring(body[0]).decode(), 'parts': len(body)}
    for part in header.iter():
        if len(part) == 0: said[part.tag] = part.text
        for name, value in part.attrib.items(): said[part.tag + '@' + name] = value
    return said

def reply(how, said):
    message = ET.Element('Message', {'TransactionDomain': 'SCRIPT', 'TransactionVersion': said['version']})
    header, body = ET.SubElement(message, 'Header'), ET.SubElement(message, 'Body')
    for tag, text in (('To', said['From']), ('From', said['To']), ('MessageID', 'N1'),
                      ('RelatesToMessageID', {'foreign': 'OTHER', 'unread': '0'}.get(how, said['MessageID'])), ('SentTime', said['SentTime'])):
        ET.SubElement(header, tag).text = text
    if how in ('error', 'unread'):
        error = ET.SubElement(body, 'Error')
        for tag, text in (('Code', '900'), ('DescriptionCode', '4010'), ('Description', 'patient <Doe> & "co"')): ET.SubElement(error, tag).text = text
    elif how == 'mail':
        ET.SubElement(ET.SubElement(body, 'NewRx'), 'Patient').text = 'ZZTEST'
    elif how == 'verify':
        ET.SubElement(ET.SubElement(ET.SubElement(body, 'Verify'), 'VerifyStatus'), 'Code').text = '010'
    else:
        ET.SubElement(ET.SubElement(body, 'Status'), 'Code').text = '000'
    raw = ET.tostring(message, encoding='utf-8', xml_declaration=True)
    if how.startswith('wrapped'):
        outer = ET.Element('string', {'xmlns': 'http://schemas.microsoft.com/2003/10/Serialization/'}); outer.text = raw.decode()
        raw = ET.tostring(outer)
    return raw

class Network(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        raw = self.rfile.read(int(self.headers['content-length']))
        how = open(folder + '/mode').read().strip()
        if raw == b'': return self.say(400, b'')
        said = read(raw)
        said['content-type'], said['authorization'] = self.headers['content-type'], self.headers['authorization']
        with open(folder + '/heard', 'w') as file: json.dump(said, file)
        if how == 'silent': return self.rfile.read(1)
        self.say(200, b'<html>Maintenance</html>' if how == 'page' else reply(how, said))
    def say(self, status, data):
        self.send_response(status); self.send_header('content-type', 'application/xml'); self.send_header('content-length', str(len(data)))
        self.end_headers(); self.wfile.write(data)
    def log_message(self, *words): pass

class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True
    def handle_error(self, request, address): print('trouble', repr(sys.exc_info()[1]), flush=True)
server = Server(('127.0.0.1', port), Network)
print('ready', flush=True)
server.serve_forever()
`;

export interface PrescribingNetwork {
  /** One of the modes of the program. It says so at the next message. */
  behave(how: string): void;
  /** The last message, as it read it. */
  heard(): Readonly<Record<string, unknown>>;
  start(): Promise<RunningPeer>;
}

/** It says that the mailbox is empty at first. The folder is its own. */
export function prescribingNetwork(folder: string, port: number): PrescribingNetwork {
  const file = join(folder, 'network.py');
  const behave = (how: string) => writeFileSync(join(folder, 'mode'), how);
  behave('status');
  writeFileSync(file, python);
  return {
    behave,
    heard: () => JSON.parse(readFileSync(join(folder, 'heard'), 'utf8')) as Record<string, unknown>,
    start: () => startPeer({ program: '/usr/bin/python3', args: [file, String(port), folder], says: /ready/ }),
  };
}
