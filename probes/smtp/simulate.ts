// A mail server on loopback, well or ill as told. It takes no mail.
import type { Socket } from 'node:net';
import { pour, Secret, type Serve, type Simulator, type StreamFarEnd, streamSimulator, tlsSimulator } from '#prober/door.ts';

/** Replies by the first word of a command; what is absent is as it should be. */
type Manner = Readonly<Record<string, string>>;

const usual: Manner = {
  banner: '220 mail.example.org ESMTP',
  EHLO: '250-mail.example.org\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN',
  AUTH: '235 welcome',
  NOOP: '250 ok',
  QUIT: '221 bye',
};

const manners: Readonly<Record<string, readonly [Simulator['modes'][string], Manner]>> = {
  well: ['ok', {}],
  busy: ['rejected', { banner: '421 too many connections' }],
  blocked: ['rejected', { banner: '554 no' }],
  refuses_ehlo: ['rejected', { EHLO: '502 what?' }],
  later: ['rejected', { NOOP: '450 later' }],
  wants_log_in: ['auth', { NOOP: '530 log in first' }],
  not_smtp: ['protocol', { banner: 'SSH-2.0-OpenSSH_9.2' }],
  two_codes: ['protocol', { EHLO: '250-mail\r\n251 mail' }],
  odd_code: ['protocol', { QUIT: '250 no' }],
  endless_lines: ['protocol', { EHLO: Array.from({ length: 200 }, () => '250-x').join('\r\n') }],
};

const farEnd: StreamFarEnd = {
  kind: 'smtp',
  plant: (options, secret) => ({ ...options, security: 'tls', auth: { username: secret, password: secret } }),
  options: (address, ca) => ({
    address,
    security: ca === undefined ? 'none' : 'tls',
    ...(ca !== undefined && { tls: { ca }, auth: { username: 'holter', password: new Secret('simulated password') } }),
  }),
  drips: 'protocol',
  fragments: ['220 mail.example.org\r\n', '220-', '250-SIZE\r\n250 OK\r\n', '421 busy\r\n', '220 a\r\n250 b\r\n250 c\r\n221 d\r\n'].map(
    (text) => Buffer.from(text),
  ),
  modes: {
    ...Object.fromEntries(Object.entries(manners).map(([mode, [expected, manner]]) => [mode, [expected, mailServer(manner)]])),
    wrong_password: ['auth', mailServer({ AUTH: '535 no' })],
    no_auth: ['content', mailServer({ EHLO: '250 mail.example.org' })],
    endless_line: ['content', pour('220 ', Buffer.alloc(16_384, 'x'))],
    silent_after_banner: ['timeout', (socket) => void socket.resume().write('220 mail.example.org\r\n')],
    closes_after_banner: ['reset', (socket) => void socket.resume().end('220 mail.example.org\r\n')],
  },
};
const { wrong_password: _password, no_auth: _auth, ...plainModes } = farEnd.modes;

/** In plain, without a log-in. */
export const smtpSimulator: Simulator = streamSimulator({ ...farEnd, modes: plainModes });

/** With TLS from the start, and a log-in. */
export const smtpTlsSimulator: Simulator = tlsSimulator(farEnd, ['wrong_password', 'no_auth']);

function mailServer(manner: Manner): Serve {
  return (socket: Socket) => {
    let heard = '';
    const say = (word: string) => socket.write(`${manner[word] ?? usual[word] ?? '500 what?'}\r\n`);
    say('banner');
    socket.on('data', (chunk: Buffer) => {
      heard = (heard + chunk.toString('latin1')).slice(-4096);
      for (let end = heard.indexOf('\n'); end >= 0; end = heard.indexOf('\n')) {
        const [word = ''] = heard.slice(0, end).trim().split(' ');
        heard = heard.slice(end + 1);
        say(word.toUpperCase());
        if (word.toUpperCase() === 'QUIT') socket.end();
      }
    });
  };
}
