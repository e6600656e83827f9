// A pharmacy switch on loopback, well or ill as told: one reply for each eligibility question.
import { converse, pour, type Serve, type Simulator, type StreamFarEnd, serveHttp, streamSimulator, tlsSimulator } from '#prober/door.ts';

/** What a reply repeats of the question. */
interface Heard {
  readonly provider: string;
  readonly date: string;
}

const textSegment = '\u001e\u001cAM20\u001cF4ZZMARKER^HOLTER^19700101';

function header({ provider, date }: Heard, status = 'A'): string {
  return `D0E11${status}${provider}${date}`;
}

function answered(status: string, codes: readonly string[] = []): string {
  const counted = codes.length === 0 ? '' : `\u001cFA${codes.length}${codes.map((code) => `\u001cFB${code}`).join('')}`;
  return `\u001d\u001e\u001cAM21\u001cAN${status}${counted}\u001cFQZZMARKER^HOLTER^19700101`;
}

const rejecting =
  (...codes: readonly string[]) =>
  (heard: Heard) =>
    header(heard) + textSegment + answered('R', codes);

const replies: Readonly<Record<string, readonly [Simulator['modes'][string], (heard: Heard) => string]>> = {
  well: ['ok', rejecting('52')],
  well_in_two_codes: ['ok', rejecting('65', 'N1')],
  without_message: ['ok', (heard) => header(heard) + answered('R', ['52'])],
  unavailable: ['rejected', rejecting('92')],
  host_error: ['rejected', rejecting('52', '99')],
  wrong_pcn: ['rejected', rejecting('04')],
  another_reject: ['rejected', rejecting('70')],
  a_text_for_a_code: ['rejected', rejecting('ZZMARKER^HOLTER^19700101')],
  no_code: ['rejected', (heard) => header(heard) + answered('R')],
  deferred: ['rejected', (heard) => header(heard) + answered('F')],
  refused_by_header: ['rejected', (heard) => header(heard, 'R') + answered('R', ['01', '04'])],
  refused_without_code: ['rejected', (heard) => header(heard, 'R') + textSegment],
  approved: ['content', (heard) => header(heard) + answered('A')],
  paid: ['content', (heard) => header(heard) + answered('P')],
  another_provider: ['protocol', ({ date }) => header({ provider: '019999999999     ', date }) + answered('R', ['52'])],
  another_date: ['protocol', ({ provider }) => header({ provider, date: '19700101' }) + answered('R', ['52'])],
  another_transaction: ['protocol', (heard) => header(heard).replace('E1', 'B1') + answered('R', ['52'])],
  two_transactions: ['protocol', (heard) => header(heard).replace('E11', 'E12') + answered('R', ['52'])],
  unknown_status: ['protocol', (heard) => header(heard) + answered('X')],
  unknown_header_status: ['protocol', (heard) => header(heard, 'X') + answered('R', ['52'])],
  no_status: ['protocol', (heard) => header(heard) + textSegment],
  short_header: ['protocol', (heard) => header(heard).slice(0, 20) + answered('R', ['52'])],
  cut_header: ['protocol', (heard) => header(heard).slice(0, 20)],
  another_version: ['protocol', () => '51E11A'],
};

const identity = { bin: '999999', pcn: 'TEST', provider_id: '1234567893', consent: 'our own simulator' };

const farEnd: StreamFarEnd = {
  kind: 'ncpdp',
  options: (address, ca) => ({ address, ...identity, ...(ca !== undefined && { tls: { ca } }) }),
  drips: 'protocol',
  fragments: [
    'D0E11A01',
    'D0E11A011234567893     20260101\u001d\u001e\u001cAM21\u001cANR\u001cFA1\u001cFB52',
    '\u001e\u001cAM20\u001cF4',
  ].map((text) => Buffer.from(text, 'latin1')),
  modes: {
    ...Object.fromEntries(Object.entries(replies).map(([mode, [expected, answer]]) => [mode, [expected, host(answer)]])),
    echo: ['protocol', (socket) => void socket.pipe(socket)],
    resets_inside: ['reset', host((heard) => header(heard), true)],
    stays_open: ['timeout', converse((heard) => reply(heard, (one) => header(one) + textSegment))],
    endless: ['content', pour('D0E11A', Buffer.alloc(16_384, 'x'))],
  },
};

/** A switch without framing that closes behind its reply. */
export const ncpdpSimulator: Simulator = streamSimulator(farEnd);

/** The same switch behind TLS. */
export const ncpdpTlsSimulator: Simulator = tlsSimulator(farEnd, ['approved']);

/** A switch that takes transactions by HTTP. */
export const ncpdpHttpSimulator: Simulator = streamSimulator({
  kind: 'ncpdp',
  options: (address) => ({ url: `http://${address}/d0`, framing: 'http', ...identity }),
  modes: {
    well: ['ok', web(200, rejecting('52'))],
    approved: ['content', web(200, (heard) => header(heard) + answered('A'))],
    page: ['protocol', web(200, () => '<h1>ZZMARKER^HOLTER^19700101</h1>')],
    unauthorized: ['auth', web(401, () => '')],
    busy: ['rejected', web(503, () => '')],
    moved: ['content', web(302, () => '')],
  },
});

function reply(heard: Buffer, answer: (heard: Heard) => string): Buffer | undefined {
  const text = heard.toString('latin1');
  // The insurance segment is the last of the question.
  if (!text.includes('\u001cAM04\u001cC2')) return undefined;
  return Buffer.from(answer({ provider: text.slice(21, 38), date: text.slice(38, 46) }), 'latin1');
}

function host(answer: (heard: Heard) => string, cut = false): Serve {
  return converse(
    (heard) => reply(heard, answer),
    (socket) => void (cut ? socket.resetAndDestroy() : socket.end()),
  );
}

function web(status: number, answer: (heard: Heard) => string): Serve {
  return serveHttp(({ body }) => ({
    status,
    body: reply(Buffer.from(body, 'latin1'), answer)?.toString('latin1') ?? '',
    headers: { 'content-type': 'text/plain' },
  }));
}
