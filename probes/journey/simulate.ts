// A patient portal on loopback with a login form, a session and an API, well or ill as told. Its one user is synthetic.
import {
  type HttpAnswer,
  type HttpQuestion,
  pour,
  Secret,
  type Simulator,
  type StreamFarEnd,
  serveHttp,
  streamSimulator,
  tlsSimulator,
} from '#prober/door.ts';

const password = 'simulated password';
const token = 'simulated-form-token';
const session = 'sid=simulated-session';

const html = (body: string, more: Partial<HttpAnswer> = {}): HttpAnswer => ({
  status: 200,
  ...more,
  body: `<!doctype html><title>Portal</title>${body}`,
  headers: { 'content-type': 'text/html; charset=utf-8', ...more.headers },
});
const json = (value: object, status = 200): HttpAnswer => ({ status, body: JSON.stringify(value) });
const moved = (location: string, headers: Readonly<Record<string, string>> = {}): HttpAnswer => ({
  status: 303,
  body: '',
  headers: { location, ...headers },
});

const form = html(
  `<form id="login" method="post"><input type="hidden" name="csrf" value="${token}"><input name="user"><input type="password" name="password"></form>`,
  { headers: { 'set-cookie': 'XSRF-TOKEN=simulated%3Dtoken; Path=/' } },
);
const maintenance = html('<h1>We are working on it</h1>');

/** Answers by method and path, in the place of the usual ones; `silent` and `cut` at a path are no answers. */
interface Manner {
  readonly answers?: Readonly<Record<string, HttpAnswer>>;
  readonly silentAt?: string;
}

const manners: Readonly<Record<string, readonly [Simulator['modes'][string], Manner]>> = {
  well: ['ok', {}],
  maintenance: ['content', { answers: { 'GET /login': maintenance } }],
  no_field: ['content', { answers: { 'GET /login': html('<form id="login" method="post"><input name="other"></form>') } }],
  deep_page: ['content', { answers: { 'GET /login': html('<div>'.repeat(2000)) } }],
  other_action: ['content', { answers: { 'GET /login': html('<form id="login" action="http://192.0.2.1/take"></form>') } }],
  turns_around: ['content', { answers: { 'GET /home': moved('/home') } }],
  wrong_password: ['auth', { answers: { 'POST /login': form } }],
  locked: ['auth', { answers: { 'POST /login': html('<p>This account is locked</p>') } }],
  other_home: ['auth', { answers: { 'GET /home': maintenance } }],
  form_refused: ['auth', { answers: { 'POST /login': html('forged', { status: 403 }) } }],
  lost_session: ['auth', { answers: { 'POST /login': moved('/home') } }],
  session_forgotten: ['content', { answers: { 'GET /api/results': moved('/login') } }],
  no_json: ['content', { answers: { 'GET /api/results': maintenance } }],
  no_number: ['content', { answers: { 'GET /api/results': json({ state: 'ready' }) } }],
  api_forbidden: ['auth', { answers: { 'GET /api/results': json({}, 401) } }],
  api_broken: ['rejected', { answers: { 'POST /api/search': json({}, 500) } }],
  busy: ['rejected', { answers: { 'GET /login': html('later', { status: 503, headers: { 'retry-after': '30' } }) } }],
  logout_broken: ['rejected', { answers: { 'GET /logout': html('', { status: 500 }) } }],
  silent_login: ['timeout', { silentAt: 'POST /login' }],
  silent_logout: ['timeout', { silentAt: 'GET /logout' }],
};

const farEnd: StreamFarEnd = {
  kind: 'journey',
  plant: (options, secret) => {
    const steps = options['steps'] as readonly Readonly<Record<string, unknown>>[];
    const planted = steps.map((step) => ({
      ...step,
      headers: { 'x-key': secret },
      ...('form_from' in step && { form: { user: secret, password: secret } }),
      ...('json' in step && { json: { number: secret } }),
    }));
    return { ...options, steps: planted, logout: { url: '/logout', headers: { 'x-key': secret } } };
  },
  options: (address, ca) => ({
    url: `${ca === undefined ? 'http' : 'https'}://${address}/`,
    ...(ca !== undefined && { tls: { ca } }),
    steps: [
      { name: 'form', url: '/login', expect: { contains: ['id="login"'] }, extract: { xsrf: { cookie: 'XSRF-TOKEN' } } },
      {
        name: 'login',
        login: true,
        method: 'POST',
        form_from: 'form#login',
        form: { user: 'zztest', password: new Secret(password) },
        locked: 'account is locked',
        expect: { contains: ['Good day, ZZTEST'], final_url: '/home$' },
      },
      {
        name: 'results',
        url: '/api/results',
        headers: { 'x-xsrf-token': '${xsrf}' },
        expect: { json: [{ path: '$.state', equals: 'ready' }] },
        extract: { number: { json: '$.number' } },
      },
      { name: 'search', method: 'POST', idempotent: true, url: '/api/search', json: { number: '${number}' } },
    ],
    logout: { url: '/logout', expect: { contains: ['Good bye'] } },
  }),
  fragments: [
    'HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 40\r\n\r\n',
    '<form id="login" action="/x"><input type=password>',
  ].map((text) => Buffer.from(text)),
  modes: {
    ...Object.fromEntries(
      Object.entries(manners).map(([mode, [expected, manner]]) => [
        mode,
        [expected, serveHttp((question) => answer(question, manner), true)] as const,
      ]),
    ),
    garbage: ['protocol', (socket) => void socket.resume().end('SSH-2.0-OpenSSH_9.2\r\n')],
    endless: ['content', pour('HTTP/1.1 200 OK\r\n\r\n', Buffer.alloc(16_384, 'x'))],
  },
};

export const journeySimulator: Simulator = streamSimulator(farEnd);

/** The same portal behind TLS. */
export const journeyTlsSimulator: Simulator = tlsSimulator(farEnd, ['wrong_password', 'silent_login']);

function answer(question: HttpQuestion, { answers = {}, silentAt }: Manner): HttpAnswer | undefined {
  const asked = `${question.method} ${question.path}`;
  if (asked === silentAt) return undefined;
  return answers[asked] ?? usual(asked, question);
}

function usual(asked: string, question: HttpQuestion): HttpAnswer {
  const { headers } = question;
  if (asked === 'GET /login') return form;
  if (asked === 'POST /login') return logIn(question);
  if (asked === 'GET /logout') return html('<h1>Good bye</h1>', { headers: { 'set-cookie': 'sid=; Path=/; Max-Age=0' } });
  return (headers['cookie'] ?? '').split('; ').includes(session) ? forUsers(asked, question) : moved('/login');
}

function logIn({ body }: HttpQuestion): HttpAnswer {
  const fields = new URLSearchParams(body);
  if (fields.get('csrf') !== token) return html('forged', { status: 403 });
  return fields.get('password') === password ? moved('/home', { 'set-cookie': `${session}; Path=/; HttpOnly` }) : form;
}

function forUsers(asked: string, { headers, body }: HttpQuestion): HttpAnswer {
  if (asked === 'GET /home') return html('<h1>Good day, ZZTEST</h1>');
  if (asked === 'GET /api/results' && headers['x-xsrf-token'] === 'simulated=token') return json({ state: 'ready', number: 7 });
  if (asked === 'POST /api/search' && body === '{"number":"7"}') return json({ found: 0 });
  return html('', { status: 404 });
}
