// An e-prescribing network on loopback with one empty test mailbox, well or ill as told.
import {
  type HttpAnswer,
  type HttpQuestion,
  pour,
  type Simulator,
  type StreamFarEnd,
  serveHttp,
  streamSimulator,
  tlsSimulator,
} from '#prober/door.ts';

type Manner = (id: string) => HttpAnswer | undefined;

const xml = (body: string, status = 200): HttpAnswer => ({ status, body, headers: { 'content-type': 'application/xml' } });

function envelope(relatesTo: string, body: string): string {
  const header = `<To Qualifier="C">HOLTER-TEST</To><From Qualifier="M">NETWORK</From><MessageID>4711</MessageID>`;
  return `<?xml version="1.0" encoding="utf-8"?><Message TransactionDomain="SCRIPT"><Header>${header}<RelatesToMessageID>${relatesTo}</RelatesToMessageID></Header><Body>${body}</Body></Message>`;
}

const status = (code: string) => `<Status><Code>${code}</Code><Description>ZZMARKER^HOLTER^19700101</Description></Status>`;
const error = (code: string, description: string) =>
  `<Error><Code>${code}</Code><DescriptionCode>${description}</DescriptionCode><Description>ZZMARKER^HOLTER^19700101</Description></Error>`;
const prescription =
  '<NewRx><Patient><HumanPatient><Name><LastName>ZZMARKER^HOLTER^19700101</LastName></Name></HumanPatient></Patient></NewRx>';
const wrap = (text: string) =>
  `<string xmlns="http://schemas.microsoft.com/2003/10/Serialization/">${text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</string>`;

const manners: Readonly<Record<string, readonly [Simulator['modes'][string], Manner]>> = {
  well: ['ok', (id) => xml(envelope(id, status('000')))],
  accepted: ['ok', (id) => xml(envelope(id, status('010')))],
  verified: ['ok', (id) => xml(envelope(id, '<Verify><VerifyStatus><Code>010</Code></VerifyStatus></Verify>'))],
  wrapped: ['ok', (id) => xml(wrap(envelope(id, status('000'))))],
  mail: ['content', (id) => xml(envelope(id, prescription))],
  mail_of_others: ['content', () => xml(envelope('ANOTHER', prescription))],
  wrapped_mail: ['content', (id) => xml(wrap(envelope(id, prescription)))],
  error_in_200: ['rejected', (id) => xml(envelope(id, error('900', '4010')))],
  wrapped_error: ['rejected', () => xml(wrap(envelope('0', error('900', '4010'))))],
  a_text_for_a_code: ['rejected', (id) => xml(envelope(id, error('ZZMARKER^HOLTER^19700101', 'ZZMARKER^HOLTER^19700101')))],
  another_status: ['rejected', (id) => xml(envelope(id, status('042')))],
  another_message: ['protocol', () => xml(envelope('ANOTHER', status('000')))],
  no_relation: ['protocol', () => xml(envelope('', status('000')))],
  no_code: ['protocol', (id) => xml(envelope(id, '<Status/>'))],
  no_body: ['protocol', (id) => xml(envelope(id, ''))],
  page: ['protocol', () => ({ status: 200, body: '<!DOCTYPE html><h1>ZZMARKER^HOLTER^19700101</h1>' })],
  cut: ['protocol', (id) => xml(envelope(id, status('000')).slice(0, -20))],
  another_xml: ['protocol', () => xml('<ok>ZZMARKER^HOLTER^19700101</ok>')],
  entities: [
    'protocol',
    (id) => xml(`<!DOCTYPE m [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]>${envelope(id, '<Status><Code>&b;</Code></Status>')}`),
  ],
  unauthorized: ['auth', () => xml('', 401)],
  forbidden: ['auth', () => xml('', 403)],
  broken: ['rejected', () => xml('<h1>ZZMARKER^HOLTER^19700101</h1>', 500)],
  busy: ['rejected', () => ({ ...xml('', 503), headers: { 'retry-after': '30' } })],
  silent_network: ['timeout', () => undefined],
};

const farEnd: StreamFarEnd = {
  kind: 'script',
  plant: (options, secret) => ({
    ...options,
    basic: { username: secret, password: secret },
    username_token: { username: secret, password: secret },
  }),
  options: (address, ca) => ({
    url: `${ca === undefined ? 'http' : 'https'}://${address}/script`,
    ...(ca !== undefined && { tls: { ca } }),
    transaction: 'get_message',
    consent: 'our own simulator',
    test_mailbox: true,
    to: 'NETWORK',
    from: 'HOLTER-TEST',
  }),
  fragments: [envelope('0', error('900', '4010')), '<Message><Body><Status><Code>000', '<string>&lt;Message&gt;', ']]>'].map((text) =>
    Buffer.from(`HTTP/1.1 200 OK\r\ncontent-length: ${text.length}\r\n\r\n${text}`),
  ),
  modes: {
    ...Object.fromEntries(Object.entries(manners).map(([mode, [expected, manner]]) => [mode, [expected, serveHttp(network(manner))]])),
    garbage: ['protocol', (socket) => void socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n')],
    endless: ['content', pour('HTTP/1.1 200 OK\r\n\r\n', Buffer.alloc(16_384, '<a>'))],
  },
};

export const scriptSimulator: Simulator = streamSimulator(farEnd);

/** The same network behind TLS. */
export const scriptTlsSimulator: Simulator = tlsSimulator(farEnd, ['mail']);

/** A network that is only asked to refuse. */
export const scriptReachSimulator: Simulator = streamSimulator({
  kind: 'script',
  plant: (options, secret) => ({ ...options, basic: { username: secret, password: secret } }),
  options: (address) => ({ url: `http://${address}/script` }),
  modes: {
    well: ['ok', serveHttp(() => xml('', 400))],
    takes_it: ['content', serveHttp(() => xml(envelope('0', error('900', '4010'))))],
    gone: ['rejected', serveHttp(() => xml('', 404))],
    busy: ['rejected', serveHttp(() => xml('', 503))],
    forbidden: ['auth', serveHttp(() => xml('', 403))],
  },
});

/** A network that reads an envelope; another request it refuses. */
function network(manner: Manner): (question: HttpQuestion) => HttpAnswer | undefined {
  return ({ body }) => {
    const id = /<MessageID>([^<]{1,35})<\/MessageID>/.exec(body)?.[1];
    return id === undefined ? xml('', 400) : manner(id);
  };
}
