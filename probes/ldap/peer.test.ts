// Against OpenLDAP's slapd, which we did not write: well, and ill in as many ways as it can be told.
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { readSelfwatch } from '#prober/selfwatch.ts';
import { Secret } from '#schema/secret.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { eventually } from '../../tests/support/far-ends/listen.ts';
import { describeWithPeers, freePort, peer, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { ldap } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;
const day = 86_400_000;
const life = { commonName: 'Directory', names: ['127.0.0.1'], notBefore: Date.now() - 30 * day };
const root = issueCertificate({ ...life, commonName: 'Root', notAfter: Date.now() + 30 * day, authority: true });
const good = issueCertificate({ ...life, notAfter: Date.now() + 30 * day, issuer: root });
const old = issueCertificate({ ...life, notAfter: Date.now() - day, issuer: root });
const tls = { ca: root.certificate };
const suffix = 'dc=holter,dc=test';
const bind = (uid: string, password = 'probepw') => ({ dn: `uid=${uid},${suffix}`, password: new Secret(password) });
const probe = `uid=probe,${suffix}`;

/** Generalized time of this many days from now. */
const inDays = (days: number) => new Date(Date.now() + days * day).toISOString().replace(/[-:T]|\.\d+/g, '');

const account = (uid: string, ...lines: readonly string[]) =>
  [
    `dn: uid=${uid},${suffix}`,
    'objectClass: inetOrgPerson',
    `uid: ${uid}`,
    'cn: Probe',
    'sn: Probe',
    'userPassword: probepw',
    ...lines,
  ].join('\n');
const policy = (name: string, ...lines: readonly string[]) =>
  [`dn: cn=${name},${suffix}`, 'objectClass: organizationalRole', 'objectClass: pwdPolicy', 'pwdAttribute: userPassword', ...lines].join(
    '\n',
  );
const entries = [
  `dn: ${suffix}\nobjectClass: dcObject\nobjectClass: organization\no: Holter\ndc: holter`,
  account('probe', 'description: synthetic', 'description: second', 'departmentNumber: 7'),
  account('locked', 'pwdAccountLockedTime: 000001010000Z'),
  account('expired', `pwdPolicySubentry: cn=month,${suffix}`, `pwdChangedTime: ${inDays(-90)}`),
  account('soon', `pwdPolicySubentry: cn=month,${suffix}`, `pwdChangedTime: ${inDays(-28)}`),
  account('reset', `pwdPolicySubentry: cn=month,${suffix}`, `pwdChangedTime: ${inDays(0)}`, 'pwdReset: TRUE'),
  policy('usual', 'pwdLockout: TRUE'),
  policy('month', `pwdMaxAge: ${(30 * day) / 1000}`, `pwdExpireWarning: ${(7 * day) / 1000}`, 'pwdMustChange: TRUE'),
];

interface Settings {
  /** Lines before the database. */
  readonly global?: readonly string[];
  readonly certificate?: typeof good | undefined;
}

describeWithPeers(['slapd', 'slapadd'], 'ldap against slapd', () => {
  const folder = temporaryFolder('slapd');
  const peers: RunningPeer[] = [];
  afterAll(async () => {
    await Promise.all(peers.map((each) => each.stop()));
    folder.remove();
  });

  const start = async ({ global = [], certificate = good }: Settings = {}) => {
    const port = await freePort();
    const tlsPort = await freePort();
    const path = join(folder.path, String(port));
    mkdirSync(join(path, 'db'), { recursive: true });
    const put = (name: string, lines: readonly string[]) => {
      writeFileSync(join(path, name), `${lines.join('\n')}\n`);
      return join(path, name);
    };
    const settings = put('slapd.conf', [
      ...['core', 'cosine', 'inetorgperson'].map((name) => `include /etc/ldap/schema/${name}.schema`),
      'modulepath /usr/lib/ldap',
      ...['back_mdb', 'retcode', 'ppolicy'].map((name) => `moduleload ${name}`),
      `TLSCertificateFile ${put('cert.pem', [certificate.certificate])}`,
      `TLSCertificateKeyFile ${put('key.pem', [certificate.key])}`,
      ...global,
      'database mdb',
      'maxsize 10485760',
      `suffix "${suffix}"`,
      `directory ${join(path, 'db')}`,
      'access to attrs=userPassword by anonymous auth by * none',
      'access to * by users read by anonymous auth',
      'overlay ppolicy',
      `ppolicy_default "cn=usual,${suffix}"`,
      'ppolicy_use_lockout',
      'overlay retcode',
      `retcode-parent "ou=codes,${suffix}"`,
      'retcode-item "cn=busy" 0x33',
      'retcode-item "cn=unavailable" 0x34',
      'retcode-item "cn=unwilling" 0x35',
      'retcode-item "cn=error" 0x50',
      'retcode-item "cn=slow" 0x00 sleeptime=5',
    ]);
    execFileSync(peer('slapadd') ?? '', ['-f', settings, '-l', put('seed.ldif', [entries.join('\n\n')])], { stdio: 'pipe' });
    const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${tlsPort}/`;
    const slapd = await startPeer({ program: 'slapd', args: ['-f', settings, '-h', urls, '-d', '0'], port: tlsPort });
    peers.push(slapd);
    return { address: `127.0.0.1:${port}`, ldaps: `127.0.0.1:${tlsPort}`, slapd };
  };

  let usual: Awaited<ReturnType<typeof start>>;
  beforeAll(async () => {
    usual = await start({ global: ['referral ldap://other.example.org'] });
  });
  /** Over LDAPS, as the account `probe` unless told otherwise. */
  const ask = (more: object, limit = timeoutMs) =>
    attempt(ldap, { address: usual.ldaps, security: 'ldaps', tls, bind: bind('probe'), ...more }, limit);

  test('the root DSE: in plain, by StartTLS and by TLS from the start', async () => {
    expect(summary(await attempt(ldap, { address: usual.address, security: 'none' }, timeoutMs))).toBe('ok');
    const upgraded = await attempt(ldap, { address: usual.address, tls }, timeoutMs);
    expect(summary(upgraded)).toBe('ok');
    expect(upgraded.facts).toMatchObject({ entries: 1 });
    expect(upgraded.facts['certificate_expiry_seconds']).toBeGreaterThan(0);
    expect(Object.keys(upgraded.phases)).toEqual(['connect', 'starttls', 'tls', 'search']);
    expect(summary(await attempt(ldap, { address: usual.ldaps, security: 'ldaps', tls }, timeoutMs))).toBe('ok');
  });

  test('an attribute of the root DSE, anonymously', async () => {
    const search = { base: '', expect: { supportedLDAPVersion: '3', namingContexts: suffix } };
    expect(summary(await attempt(ldap, { address: usual.address, tls, search }, timeoutMs))).toBe('ok');
    expect(summary(await attempt(ldap, { address: usual.address, tls, search: { base: probe } }, timeoutMs))).toContain('auth: search: ');
  });

  test('a bind, by StartTLS and by TLS from the start, and the own entry', async () => {
    const search = { base: probe, expect: { description: 'second', departmentnumber: '7' } };
    const result = await attempt(ldap, { address: usual.address, tls, bind: bind('probe'), search }, timeoutMs);
    expect(summary(result)).toBe('ok');
    expect(Object.keys(result.phases)).toEqual(expect.arrayContaining(['starttls', 'tls', 'bind', 'search']));
    expect(summary(await ask({}))).toBe('ok');
    expect(summary(await ask({ search }))).toBe('ok');
    expect(summary(await ask({ search: { base: suffix, scope: 'one', filter: { attribute: 'uid', equals: 'probe' } } }))).toBe('ok');
  });

  test('ill: the password is wrong, the account is unknown, locked or expired, or must change its password', async () => {
    expect(summary(await ask({ bind: bind('probe', 'wrong') }))).toBe('auth: bind: the name or the password was refused (49)');
    expect(summary(await ask({ bind: bind('nobody') }))).toBe('auth: bind: the name or the password was refused (49)');
    const locked = await ask({ bind: bind('locked') });
    expect(summary(locked)).toBe('auth: bind: the account is locked (49)');
    expect(locked).toMatchObject({ locked: true });
    expect(summary(await ask({ bind: bind('expired') }))).toBe('auth: bind: the password has expired (49)');
    expect(summary(await ask({ bind: bind('reset') }))).toBe('auth: bind: the password must be changed first (0)');
    const soon = await ask({ bind: bind('soon') });
    expect(summary(soon)).toBe('ok');
    expect((soon.facts['password_expiry_seconds'] ?? 0) * 1000).toBeGreaterThan(day);
    expect((soon.facts['password_expiry_seconds'] ?? 0) * 1000).toBeLessThan(3 * day);
  });

  test('ill: the entry is not there, is not as expected, is one of several, or is elsewhere', async () => {
    const searched = async (search: object) => summary(await ask({ search }));
    expect(await searched({ base: `uid=nobody,${suffix}` })).toContain('content: search: there is no such entry');
    expect(await searched({ base: probe, expect: { description: 'other' } })).toBe(
      'content: search: the attribute description has another value',
    );
    expect(await searched({ base: probe, expect: { userPassword: 'probepw' } })).toContain(
      'the attribute userPassword is not there, or not for us',
    );
    expect(await searched({ base: suffix, scope: 'one', filter: { attribute: 'uid', equals: 'p*' } })).toContain(
      'content: search: no entry',
    );
    expect(await searched({ base: suffix, scope: 'one', filter: { attribute: 'cn', equals: 'Probe' } })).toBe(
      'content: search: more than one entry matches (4)',
    );
    const elsewhere = await ask({ search: { base: 'dc=elsewhere,dc=test' } });
    expect(summary(elsewhere)).toContain('content: search: the server does not hold it');
    expect(elsewhere.notes).toMatchObject({ referral: 'other.example.org' });
    expect(await searched({ base: 'no name' })).toContain('rejected: search: the server takes the distinguished name for malformed (34)');
  });

  test.each([
    ['busy', 'rejected: search: the server is busy (51)'],
    ['unavailable', 'rejected: search: the server is unavailable: it starts, stops, or is cut off (52)'],
    ['unwilling', 'rejected: search: the server is not willing (53)'],
    ['error', 'rejected: search: the server has an error of its own (80)'],
  ])('ill: the server says that it is %s', async (name, expected) => {
    expect(summary(await ask({ search: { base: `cn=${name},ou=codes,${suffix}` } }))).toBe(expected);
  });

  test('ill: it takes its time', async () => {
    expect(found(await ask({ search: { base: `cn=slow,ou=codes,${suffix}` } }, shortMs))).toBe('timeout');
  });

  test('ill: TLS is wanted, or a log-in', async () => {
    const strict = await start({ global: ['security ssf=128'] });
    expect(summary(await attempt(ldap, { address: strict.address, security: 'none' }, timeoutMs))).toBe(
      'auth: rootdse: the server wants TLS first (13)',
    );
    expect(summary(await attempt(ldap, { address: strict.address, tls }, timeoutMs))).toBe('ok');
    const shy = await start({ global: ['require authc'] });
    expect(summary(await attempt(ldap, { address: shy.address, tls }, timeoutMs))).toBe(
      'rejected: rootdse: the server is not willing: does it want a log-in? (53)',
    );
    expect(summary(await attempt(ldap, { address: shy.address, tls, bind: bind('probe'), search: { base: probe } }, timeoutMs))).toBe('ok');
    const proud = await start({ global: ['require strong'] });
    expect(summary(await attempt(ldap, { address: proud.address, security: 'none' }, timeoutMs))).toBe(
      'auth: rootdse: the server wants a log-in, or a stronger one: signing or TLS (8)',
    );
  });

  test('ill: the certificate is expired or untrusted; the port speaks the other way', async () => {
    const expired = await start({ certificate: old });
    expect(summary(await attempt(ldap, { address: expired.address, tls }, timeoutMs))).toContain('certificate: ');
    const late = await attempt(ldap, { address: expired.ldaps, security: 'ldaps', tls, bind: bind('probe') }, timeoutMs);
    expect(found(late)).toBe('certificate');
    expect(late.facts['certificate_expiry_seconds']).toBeLessThan(0);
    expect(found(await attempt(ldap, { address: usual.address }, timeoutMs))).toBe('certificate');
    expect(found(await attempt(ldap, { address: usual.ldaps, tls }, timeoutMs))).toBe('reset');
    expect(['tls', 'reset']).toContain(found(await attempt(ldap, { address: usual.address, security: 'ldaps', tls }, timeoutMs)));
  });

  test('frozen, killed under way, then gone', async () => {
    const { address, slapd } = await start();
    await slapd.freeze();
    expect(found(await attempt(ldap, { address, tls }, shortMs))).toBe('timeout');
    await eventually(() => readSelfwatch().openSockets === 0, 'the socket of that attempt is closed');
    const under = attempt(ldap, { address, tls }, timeoutMs);
    await eventually(() => readSelfwatch().openSockets === 1, 'the probe is connecting');
    // The kernel accepts for a server that is frozen: one turn of the loop later the connection stands.
    await new Promise((resolve) => setImmediate(resolve));
    slapd.signal('SIGKILL');
    expect(found(await under)).toBe('reset');
    expect(found(await attempt(ldap, { address, tls }, timeoutMs))).toBe('refused');
  });
});
