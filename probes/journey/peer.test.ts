// Against sites that we did not write: the admin site of Django, alone and behind nginx, and the login of oidc-provider.
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { attempt } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, peer, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { journey } from './probe.ts';

const password = 'correct horse battery';
const folder = temporaryFolder('journey-peer');
const at = (name: string) => join(folder.path, name);
const file = (name: string) => readFileSync(at(name), 'utf8');
const trusted = (name = 'good') => ({ tls: { ca: file(`${name}.pem`) } });
afterAll(() => folder.remove());

/** A site of one file: the admin, and a page of JSON for those who are logged in. `HTTP_X_FORWARDED_PROTO` tells it of TLS in front. */
const site = `
import sys
from django.conf import settings
here = sys.argv[2]
settings.configure(SECRET_KEY='x' * 50, ROOT_URLCONF=__name__, ALLOWED_HOSTS=['*'], USE_TZ=True, STATIC_URL='/static/',
  SECURE_PROXY_SSL_HEADER=('HTTP_X_FORWARDED_PROTO', 'https'), DEFAULT_AUTO_FIELD='django.db.models.AutoField',
  PASSWORD_HASHERS=['django.contrib.auth.hashers.MD5PasswordHasher'],
  DATABASES={'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': here + '/db', 'OPTIONS': {'timeout': 20}}},
  INSTALLED_APPS=['django.contrib.' + app for app in ('admin', 'auth', 'contenttypes', 'sessions', 'messages')],
  MIDDLEWARE=['django.contrib.sessions.middleware.SessionMiddleware', 'django.middleware.csrf.CsrfViewMiddleware',
    'django.contrib.auth.middleware.AuthenticationMiddleware', 'django.contrib.messages.middleware.MessageMiddleware'],
  TEMPLATES=[{'BACKEND': 'django.template.backends.django.DjangoTemplates', 'APP_DIRS': True, 'OPTIONS': {'context_processors': [
    'django.template.context_processors.request', 'django.contrib.auth.context_processors.auth', 'django.contrib.messages.context_processors.messages']}}])
import django
django.setup()
from django.contrib import admin
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.http import JsonResponse
from django.urls import path
def sessions(request):
  return JsonResponse({'user': request.user.username, 'sessions': Session.objects.count()})
urlpatterns = [path('admin/', admin.site.urls), path('sessions', sessions)]
if sys.argv[1] == 'make':
  call_command('migrate', verbosity=0)
  from django.contrib.auth.models import User
  for name in ('zztest', 'zzdisabled'):
    User.objects.create_superuser(name, password=${JSON.stringify(password)}, is_active=name == 'zztest')
else:
  call_command('runserver', '127.0.0.1:' + sys.argv[1], use_reloader=False)
`;

const python = '/usr/bin/python3';

/** The journey through the admin, as its README has it. */
const visit = (login: object = {}, more: object = {}) => ({
  steps: [
    { name: 'form', url: '/admin/login/?next=/admin/', expect: { contains: ['id_username'] } },
    {
      name: 'login',
      login: true,
      method: 'POST',
      form_from: 'form#login-form',
      form: { username: 'zztest', password: new Secret(password) },
      expect: { final_url: '/admin/$', contains: ['Site administration'] },
      ...login,
    },
    {
      name: 'users',
      url: '/admin/auth/user/',
      expect: { contains: ['Select user to change'] },
      extract: { csrf: { cookie: 'csrftoken' } },
    },
    {
      name: 'sessions',
      url: '/sessions',
      headers: { 'x-csrftoken': '${csrf}' },
      expect: { json: [{ path: '$.user', equals: 'zztest' }] },
    },
  ],
  logout: { url: '/admin/logout/', expect: { contains: ['Logged out'] } },
  ...more,
});

describeWithPeers([python, 'nginx', 'openssl', 'faketime'], 'journey against Django and nginx', () => {
  const port = { django: 0, secure: 0, mutual: 0, expired: 0, busy: 0, maintenance: 0, pool: 0, broken: 0 };
  let django: RunningPeer;
  let nginx: RunningPeer;
  const startDjango = () => startPeer({ program: python, args: [at('site.py'), String(port.django), folder.path], port: port.django });
  const url = (front: keyof typeof port, scheme = 'http') => ({ url: `${scheme}://127.0.0.1:${port[front]}/` });
  const walk = (options: object, ms = 10_000) => attempt(journey, { ...url('django'), ...options }, ms);

  beforeAll(async () => {
    writeFileSync(at('site.py'), site);
    execFileSync(python, [at('site.py'), 'make', folder.path]);
    for (const name of Object.keys(port) as (keyof typeof port)[]) port[name] = await freePort();
    openssl('good', 'IP:127.0.0.1');
    openssl('expired', 'IP:127.0.0.1', '-3d');
    openssl('client', 'DNS:holter');
    writeFileSync(at('nginx.conf'), configuration());
    django = await startDjango();
    nginx = await startPeer({ program: 'nginx', args: ['-c', at('nginx.conf'), '-e', 'stderr'], port: port.mutual });
  }, 60_000);
  afterAll(async () => {
    await nginx.stop();
    await django.stop();
  });

  test('logs in with the token of the form, sees what only users see, and logs out', async () => {
    const result = await walk(visit());
    expect(summary(result)).toBe('ok');
    // Its development server closes after each page; nginx in front of it does not.
    expect(result.facts).toMatchObject({ steps_completed: 5, redirects: 1, status_code: 200, connections: 6 });
    expect(Object.keys(result.phases)).toEqual(['connect', 'processing', 'transfer', 'form', 'login', 'users', 'sessions', 'logout']);
    expect(result.notes['server']).toMatch(/^WSGIServer/);
    expect(JSON.stringify(result)).not.toContain(password);
  });

  test('a step that fails is followed by the logout', async () => {
    const result = await walk(visit({}, { steps: [...visit().steps, { name: 'nowhere', url: '/nowhere' }] }));
    expect(summary(result)).toBe('rejected: nowhere: HTTP status 404: understood and refused');
    expect(result.notes['logout']).toBe('sent after the failure');
  });

  test.each([
    ['a wrong password', { form: { username: 'zztest', password: new Secret('wrong') } }, /^auth: login: the login form came back/],
    ['a disabled account', { form: { username: 'zzdisabled', password: new Secret(password) } }, /^auth: login: the login form came back/],
    [
      'an account that the site calls locked',
      { form: { username: 'zzdisabled', password: new Secret(password) }, locked: 'Please enter the correct' },
      /^auth: login: the site says that the account is locked/,
    ],
    [
      'a form without its token',
      { form_from: undefined, url: '/admin/login/?next=/admin/', form: { username: 'zztest', password: new Secret(password) } },
      /^auth: login: HTTP status 403/,
    ],
    ['a form that is not there', { form_from: 'form#other' }, /^content: login: the page before holds no such form/],
    [
      'another page after the login',
      { expect: { contains: ['Welcome to the ward'] } },
      /^auth: login: text 1 of contains is not in the body/,
    ],
  ])('%s', async (_, login, wanted) => {
    const result = await walk(visit(login));
    expect(summary(result)).toMatch(wanted);
    expect(JSON.stringify(result)).not.toContain(password);
  });

  test('behind TLS: the token is taken only with the address that it comes from', async () => {
    const result = await walk({ ...visit(), ...url('secure', 'https'), ...trusted() });
    expect(summary(result)).toBe('ok');
    expect(result.facts['connections']).toBe(1);
    expect(result.facts['certificate_expiry_seconds']).toBeGreaterThan(80_000);
    const elsewhere = visit({ headers: { referer: 'https://elsewhere.example.org/' } });
    expect(summary(await walk({ ...elsewhere, ...url('secure', 'https'), ...trusted() }))).toMatch(/^auth: login: HTTP status 403/);
  });

  test('a client certificate is taken, or missed', async () => {
    const pair = { tls: { ca: file('good.pem'), cert: file('client.pem'), key: new Secret(file('client.key')) } };
    expect(summary(await walk({ ...visit(), ...url('mutual', 'https'), ...pair }))).toBe('ok');
    expect(summary(await walk({ ...visit(), ...url('mutual', 'https'), ...trusted() }))).toBe(
      'auth: form: HTTP status 400: the server refused or missed our client certificate',
    );
  });

  test('an expired certificate, a busy front, and a page of maintenance with status 200', async () => {
    expect(summary(await walk({ ...visit(), ...url('expired', 'https'), ...trusted('expired') }))).toBe(
      'certificate: form: the certificate has expired',
    );
    expect(summary(await walk({ ...visit(), ...url('busy') }))).toMatch(/^rejected: form: HTTP status 503: .*wait 30 s$/);
    expect(summary(await walk({ ...visit(), ...url('maintenance') }))).toBe('content: form: text 1 of contains is not in the body');
  });

  test('a pool with one broken member of three shows as a rate', async () => {
    const said: string[] = [];
    for (let time = 0; time < 30; time += 1) said.push(summary(await walk({ ...visit(), ...url('pool') })));
    const failed = said.filter((each) => each.startsWith('rejected: form: HTTP status 500')).length;
    expect(failed + said.filter((each) => each === 'ok').length).toBe(30);
    // 10 of 30 with a standard deviation of 2.6.
    expect(failed).toBeGreaterThan(1);
    expect(failed).toBeLessThan(21);
  });

  test('after all of that no session is left behind', async () => {
    const look = { steps: [{ name: 'look', url: '/sessions', expect: { json: [{ path: '$.sessions', equals: 0 }] } }] };
    expect(summary(await walk(look))).toBe('ok');
  });

  test('frozen it is timeout, stopped it is refused, and behind nginx 502', async () => {
    await django.freeze();
    expect(summary(await walk(visit(), 700))).toMatch(/^timeout: form: /);
    django.signal('SIGCONT');
    await django.stop();
    expect(summary(await walk(visit()))).toBe('refused: form: the connection was refused');
    expect(summary(await walk({ ...visit(), ...url('secure', 'https'), ...trusted() }))).toMatch(/^rejected: form: HTTP status 502/);
    django = await startDjango();
    expect(summary(await walk(visit()))).toBe('ok');
  });

  function configuration(): string {
    const secure = (front: 'secure' | 'mutual' | 'expired', name: string, more = '') =>
      `server { listen 127.0.0.1:${port[front]} ssl; ssl_certificate ${at(`${name}.pem`)}; ssl_certificate_key ${at(`${name}.key`)}; ${more} ${pass(port.django)} }`;
    return `daemon off; master_process off; pid ${at('nginx.pid')}; error_log stderr crit; events { worker_connections 64; }
    http {
      access_log off; default_type text/html;
      client_body_temp_path ${at('t1')}; proxy_temp_path ${at('t2')}; fastcgi_temp_path ${at('t3')}; uwsgi_temp_path ${at('t4')}; scgi_temp_path ${at('t5')};
      split_clients "$connection" $member { 33.3% 127.0.0.1:${port.broken}; * 127.0.0.1:${port.django}; }
      server { listen 127.0.0.1:${port.broken}; return 500; }
      server { listen 127.0.0.1:${port.pool}; location / { proxy_pass http://$member; proxy_set_header Host $http_host; } }
      server { listen 127.0.0.1:${port.busy}; location / { add_header Retry-After 30 always; return 503; } }
      server { listen 127.0.0.1:${port.maintenance}; location / { return 302 /sorry; } location /sorry { return 200 "We are working on it"; } }
      ${secure('expired', 'expired')}
      ${secure('secure', 'good')}
      ${secure('mutual', 'good', `ssl_client_certificate ${at('client.pem')}; ssl_verify_client on;`)}
    }`;
  }
});

/** A location of nginx that hands over to a port. */
function pass(port: number): string {
  return `location / { proxy_pass http://127.0.0.1:${port}; proxy_set_header Host $http_host; proxy_set_header X-Forwarded-Proto $scheme; }`;
}

/** A self-signed certificate by OpenSSL; `offset` moves the clock, so that one can be born expired. */
function openssl(name: string, names: string, offset?: string): void {
  const args = [
    'req',
    '-x509',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-days',
    '1',
    '-subj',
    `/CN=${name}`,
    '-addext',
    `subjectAltName=${names}`,
  ];
  const files = ['-keyout', at(`${name}.key`), '-out', at(`${name}.pem`)];
  const [program = '', ...rest] = offset === undefined ? [peer('openssl')] : [peer('faketime'), '-f', offset, peer('openssl') ?? ''];
  execFileSync(program, [...rest, ...args, ...files], { stdio: 'ignore' });
}

/** A portal whose login is oidc-provider's: it hands over to it, takes the code back, and asks for the user by it. */
const portal = (ports: { readonly portal: number; readonly provider: number }) => `
import { createServer } from 'node:http';
import { Provider } from ${JSON.stringify(import.meta.resolve('oidc-provider'))};
const issuer = 'http://localhost:${ports.provider}', redirect_uri = 'http://127.0.0.1:${ports.portal}/callback', verifier = 'v'.repeat(43);
const challenge = (await import('node:crypto')).createHash('sha256').update(verifier).digest('base64url');
new Provider(issuer, { clients: [{ client_id: 'portal', client_secret: 's'.repeat(40), redirect_uris: [redirect_uri] }] }).listen(${ports.provider}, '127.0.0.1');
const ask = new URLSearchParams({ client_id: 'portal', response_type: 'code', scope: 'openid', redirect_uri, code_challenge: challenge, code_challenge_method: 'S256' });
createServer(async (request, response) => {
  const url = new URL(request.url, redirect_uri);
  if (url.pathname === '/') return response.writeHead(302, { location: issuer + '/auth?' + ask }).end();
  if (url.pathname !== '/callback') return response.end('Good bye');
  const body = new URLSearchParams({ grant_type: 'authorization_code', code: url.searchParams.get('code') ?? '', redirect_uri, code_verifier: verifier });
  const authorization = 'Basic ' + Buffer.from('portal:' + 's'.repeat(40)).toString('base64');
  const token = await (await fetch('http://127.0.0.1:${ports.provider}/token', { method: 'POST', headers: { authorization }, body })).json();
  const claims = JSON.parse(Buffer.from(token.id_token?.split('.')[1] ?? 'e30', 'base64url'));
  response.end('Signed in as ' + claims.sub);
}).listen(${ports.portal}, '127.0.0.1');
`;

describeWithPeers([process.execPath], 'journey against the login of oidc-provider', () => {
  const ports = { portal: 0, provider: 0 };
  let server: RunningPeer;
  const start = () => startPeer({ program: process.execPath, args: [at('portal.mjs')], port: ports.portal });
  beforeAll(async () => {
    Object.assign(ports, { portal: await freePort(), provider: await freePort() });
    writeFileSync(at('portal.mjs'), portal(ports));
    server = await start();
  }, 30_000);
  afterAll(() => server.stop());

  const walk = (more: object = {}, ms = 10_000) =>
    attempt(
      journey,
      {
        url: `http://127.0.0.1:${ports.portal}/`,
        origins: [`http://localhost:${ports.provider}`],
        family: 'ipv4',
        steps: [
          { name: 'start', expect: { final_url: `^http://localhost:${ports.provider}/interaction/` } },
          {
            name: 'login',
            login: true,
            method: 'POST',
            form_from: 'form',
            form: { login: 'zztest', password: new Secret(password) },
            expect: { contains: ['Authorize'] },
          },
          {
            name: 'consent',
            login: true,
            method: 'POST',
            form_from: 'form',
            expect: { contains: ['Signed in as zztest'], final_url: '/callback' },
          },
        ],
        logout: { url: '/logout', expect: { contains: ['Good bye'] } },
        ...more,
      },
      ms,
    );

  test('logs in at another origin and comes back, over one connection to each', async () => {
    const result = await walk();
    expect(summary(result)).toBe('ok');
    expect(result.facts).toMatchObject({ steps_completed: 4, redirects: 6, connections: 2 });
  });

  test('a password does not go to an origin that is not named', async () => {
    expect(summary(await walk({ origins: undefined }))).toMatch(/^content: login: the form, a secret or a variable would go to an origin/);
  });

  test('frozen, then stopped', async () => {
    await server.freeze();
    expect(summary(await walk({}, 700))).toMatch(/^timeout: start: /);
    server.signal('SIGCONT');
    await server.stop();
    expect(summary(await walk())).toBe('refused: start: the connection was refused');
    server = await start();
    expect(summary(await walk())).toBe('ok');
  });
});
