// Against name servers that we did not write: BIND for truth, unbound for faults that are switched at run time.
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { attempt, found, type RawOptions } from '../../tests/support/far-ends/attempt.ts';
import { describeWithPeers, freePort, peer, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { dns } from './probe.ts';

const timeoutMs = 8000;

const zone = `$TTL 300
@ IN SOA ns.holter.test. root.holter.test. 41 60 60 60 5
@ IN NS ns
@ IN MX 10 mail
@ IN CAA 0 issue "ca.example.org"
ns IN A 127.0.0.1
ehr IN A 127.0.0.2
ehr IN A 127.0.0.3
ehr6 IN AAAA 2001:db8:0:0::5
alias IN CNAME ehr
chain IN CNAME alias
mail IN A 127.0.0.4
short 1 IN A 127.0.0.5
_sip._udp IN SRV 10 20 5060 ehr
text IN TXT "v=holter" " two parts"
big IN TXT "${'a'.repeat(250)}" "${'b'.repeat(250)}" "${'c'.repeat(250)}" "${'d'.repeat(250)}" "${'e'.repeat(250)}" "${'f'.repeat(250)}"
1.2.0.192 IN PTR ehr
`;

describeWithPeers(['named', 'named-checkzone'], 'dns against BIND', () => {
  const folder = temporaryFolder('bind');
  let port: number;
  let server: RunningPeer;
  beforeAll(async () => {
    port = await freePort();
    writeFileSync(join(folder.path, 'zone'), zone);
    const config = `options { directory "${folder.path}"; pid-file "${folder.path}/named.pid"; session-keyfile "${folder.path}/session.key";
      managed-keys-directory "${folder.path}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no;
      server-id "bind-one"; };
      controls { };
      zone "holter.test" { type primary; file "${folder.path}/zone"; };`;
    writeFileSync(join(folder.path, 'named.conf'), config);
    server = await startPeer({ program: 'named', args: ['-g', '-n', '1', '-c', join(folder.path, 'named.conf')], port, says: /running/ });
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  const ask = (options: RawOptions) => attempt(dns, { servers: [`127.0.0.1:${port}`], recursion: false, ...options }, timeoutMs);

  test.each([
    ['A', 'ehr.holter.test', ['127.0.0.3', '127.0.0.2']],
    ['AAAA', 'ehr6.holter.test', ['2001:DB8::5']],
    ['CNAME', 'alias.holter.test', ['EHR.holter.test.']],
    ['A', 'chain.holter.test', ['127.0.0.2', '127.0.0.3']],
    ['MX', 'holter.test', ['10 mail.holter.test']],
    ['NS', 'holter.test', ['ns.holter.test']],
    ['CAA', 'holter.test', ['0 issue "ca.example.org"']],
    ['SRV', '_sip._udp.holter.test', ['10 20 5060 ehr.holter.test']],
    ['TXT', 'text.holter.test', ['v=holter two parts']],
    ['PTR', '1.2.0.192.holter.test', ['ehr.holter.test']],
    ['SOA', 'holter.test', ['ns.holter.test root.holter.test 41 60 60 60 5']],
  ])('a %s record of %s is read as it stands in the zone', async (type, name, answers) => {
    const result = await ask({ name, type, expect: { answers, flags: ['aa'] } });
    expect(summary(result)).toBe('ok');
    expect(result.notes['server_id']).toBe('bind-one');
  });

  test('the same over TCP', async () => {
    const result = await ask({ name: 'ehr.holter.test', transport: 'tcp', expect: { contains: ['127.0.0.2'] } });
    expect(summary(result)).toBe('ok');
    expect(result.phases).toHaveProperty('connect');
  });

  test('a reply that does not fit into a datagram is fetched over TCP, and the fact says so', async () => {
    const result = await ask({ name: 'big.holter.test', type: 'TXT', expect: { matches: ['^a{250}b'] } });
    expect(summary(result)).toBe('ok');
    expect(result.facts).toMatchObject({ tcp_fallbacks: 1, answer_records: 1, query_succeeded: 1 });
  });

  test.each([
    ['a name that does not exist', { name: 'nope.holter.test' }, 'content'],
    ['a name without such a record', { name: 'ehr.holter.test', type: 'AAAA' }, 'content'],
    ['another record', { name: 'ehr.holter.test', expect: { answers: ['127.0.0.2'] } }, 'content'],
    ['a zone that is not served', { name: 'example.org' }, 'rejected'],
    ['no recursion', { name: 'ehr.holter.test', expect: { flags: ['ra'] } }, 'content'],
    ['too short a life', { name: 'short.holter.test', expect: { ttl: { least: '1m' } } }, 'content'],
    ['an old serial', { name: 'holter.test', type: 'SOA', expect: { serial: { least: 1000 } } }, 'content'],
    ['a record that must not be', { name: 'ehr.holter.test', expect: { not_matches: ['^127\\.'] } }, 'content'],
  ])('%s fails', async (_, options, reason) => {
    expect(found(await ask(options))).toBe(reason);
  });

  test('a name that must not exist is well when it does not', async () => {
    expect(summary(await ask({ name: 'nope.holter.test', expect: { rcode: ['NXDOMAIN'], flags: ['aa'] } }))).toBe('ok');
    expect(found(await ask({ name: 'ehr.holter.test', expect: { rcode: ['NXDOMAIN'] } }))).toBe('content');
  });

  test('a zone that changes is seen with its new serial', async () => {
    writeFileSync(join(folder.path, 'zone'), readFileSync(join(folder.path, 'zone'), 'utf8').replace(' 41 ', ' 42 '));
    server.signal('SIGHUP');
    await expect
      .poll(async () => (await ask({ name: 'holter.test', type: 'SOA' })).facts['zone_serial'], { timeout: 10_000, interval: 50 })
      .toBe(42);
  });

  test('a frozen server is silent, and asked once', async () => {
    await server.freeze();
    const result = await attempt(dns, { servers: [`127.0.0.1:${port}`], name: 'ehr.holter.test' }, 400);
    server.signal('SIGCONT');
    expect(found(result)).toBe('timeout');
  });
});

describeWithPeers(['unbound', 'unbound-control'], 'dns against unbound', () => {
  const folder = temporaryFolder('unbound');
  const configuration = join(folder.path, 'unbound.conf');
  let port: number;
  let server: RunningPeer;
  beforeAll(async () => {
    port = await freePort();
    writeFileSync(configuration, unboundConfiguration(folder.path, port));
    server = await startPeer({ program: 'unbound', args: ['-d', '-c', configuration], port, says: /start of service/ });
  });
  afterAll(async () => {
    await server.stop();
    folder.remove();
  });

  const ask = (options: RawOptions, deadline = timeoutMs) => attempt(dns, { servers: [`127.0.0.1:${port}`], ...options }, deadline);
  const control = (...args: readonly string[]) => promisify(execFile)(peer('unbound-control') ?? '', ['-c', configuration, ...args]);

  test('it offers recursion, and is not authoritative for what it has cached', async () => {
    const result = await ask({ name: 'ehr.holter.test', expect: { answers: ['127.0.0.2'], flags: ['ra'], ttl: { most: '5s' } } });
    expect(summary(result)).toBe('ok');
    expect(result.notes['addresses']).toBe('127.0.0.2');
  });

  test('faults that are switched while it runs are found, and gone when they are gone', async () => {
    const options = { name: 'ehr.holter.test' };
    await control('local_zone', 'holter.test.', 'refuse');
    expect(found(await ask({ name: 'other.holter.test' }))).toBe('rejected');
    await control('local_zone', 'holter.test.', 'always_nxdomain');
    expect(found(await ask(options))).toBe('content');
    await control('local_zone', 'holter.test.', 'always_deny');
    expect(found(await ask(options, 400))).toBe('timeout');
    await control('local_zone', 'holter.test.', 'static');
    expect(found(await ask(options))).toBe('ok');
  });

  test('of two servers the one that is gone is named', async () => {
    const gone = await freePort();
    const result = await ask({ servers: [`127.0.0.1:${port}`, `127.0.0.1:${gone}`], name: 'ehr.holter.test' });
    expect(summary(result)).toBe(`refused: 127.0.0.1:${gone}: the connection was refused`);
    expect(result.facts).toMatchObject({ servers_asked: 2, query_succeeded: 0 });
  });
});

function unboundConfiguration(folder: string, port: number): string {
  return `server:
  username: ""
  chroot: ""
  directory: "${folder}"
  pidfile: "${folder}/unbound.pid"
  use-syslog: no
  logfile: ""
  interface: 127.0.0.1@${port}
  num-threads: 1
  module-config: "iterator"
  do-not-query-localhost: no
  local-zone: "test." nodefault
  local-zone: "holter.test." static
  local-data: "ehr.holter.test. 5 IN A 127.0.0.2"
remote-control:
  control-enable: yes
  control-interface: ${folder}/unbound.ctl
`;
}
