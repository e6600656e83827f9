// Against servers that we did not write: kamailio by UDP, TCP, TLS and WebSocket; sipp, which is another stack, by UDP and TCP.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { eventually } from '../../tests/support/far-ends/listen.ts';
import { describeWithPeers, freePort, type RunningPeer, startPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { sip } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1200;
const day = 86_400_000;
const life = { commonName: 'Pbx', notBefore: Date.now() - 30 * day, notAfter: Date.now() + 30 * day };
const root = issueCertificate({ ...life, commonName: 'Root', authority: true });
const certificates = {
  good: issueCertificate({ ...life, names: ['127.0.0.1'], issuer: root }),
  expired: issueCertificate({ ...life, names: ['127.0.0.1'], notAfter: Date.now() - day, issuer: root }),
  foreign: issueCertificate({ ...life, names: ['pbx.example.org'], issuer: root }),
};
const tls = { ca: root.certificate };

describeWithPeers(['kamailio'], 'sip against kamailio', () => {
  const folder = temporaryFolder('sip-kamailio');
  const at = (name: string) => join(folder.path, name);
  let ports: { readonly plain: number; readonly good: number; readonly expired: number; readonly foreign: number; readonly dead: number };
  let server: RunningPeer;
  beforeAll(async () => {
    ports = {
      plain: await freePort(),
      good: await freePort(),
      expired: await freePort(),
      foreign: await freePort(),
      dead: await freePort(),
    };
    const sections = Object.entries(certificates).map(([name, { key, certificate }]) => {
      writeFileSync(at(`${name}.key`), key);
      writeFileSync(at(`${name}.pem`), certificate);
      const place = name === 'good' ? 'default' : `127.0.0.1:${ports[name as 'good']}`;
      return `[server:${place}]\nmethod = TLSv1.2+\nprivate_key = ${at(`${name}.key`)}\ncertificate = ${at(`${name}.pem`)}\n`;
    });
    writeFileSync(at('tls.cfg'), sections.join(''));
    writeFileSync(at('kamailio.cfg'), configuration());
    server = await startPeer({
      program: 'kamailio',
      args: ['-DD', '-E', '-f', at('kamailio.cfg'), '-Y', folder.path, '-P', at('pid'), '-m', '32', '-M', '8'],
      port: ports.plain,
    });
  });
  /** A process for each socket; a signal to the first one is not passed on. */
  const workers = () => readFileSync(`/proc/${server.pid}/task/${server.pid}/children`, 'utf8').trim().split(' ').map(Number);
  const stop = async () => {
    const left = existsSync(`/proc/${server.pid}`) ? workers() : [];
    await server.stop();
    // The first one is killed when it takes too long, and then leaves the others behind.
    for (const worker of left.filter((pid) => existsSync(`/proc/${pid}`))) process.kill(worker, 'SIGKILL');
  };
  afterAll(async () => {
    await stop();
    folder.remove();
  });

  const configuration = () => `#!KAMAILIO
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
dns=no
rev_dns=no
enable_tls=yes
tcp_accept_no_cl=yes
listen=udp:127.0.0.1:${ports.plain}
listen=tcp:127.0.0.1:${ports.plain}
listen=tls:127.0.0.1:${ports.good}
listen=tls:127.0.0.1:${ports.expired}
listen=tls:127.0.0.1:${ports.foreign}
loadmodule "tls.so"
loadmodule "kex.so"
loadmodule "tm.so"
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
loadmodule "siputils.so"
loadmodule "htable.so"
loadmodule "xhttp.so"
loadmodule "nathelper.so"
loadmodule "websocket.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
modparam("tls", "config", "${at('tls.cfg')}")
modparam("tm", "fr_timer", 700)
modparam("usrloc", "db_mode", 0)
modparam("htable", "htable", "t=>size=4;")
request_route {
  if ($rU == "third") {
    $sht(t=>n) = $sht(t=>n) + 1;
    if ($sht(t=>n) mod 3 == 0) exit;
  }
  if ($rU == "busy") { append_to_reply("Retry-After: 30\\r\\n"); sl_send_reply("503", "Service Unavailable"); exit; }
  if ($rU =~ "^[3-6][0-9][0-9]$") { $var(c) = $(rU{s.int}); sl_send_reply("$var(c)", "Made to fail"); exit; }
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  if ($rU == "silent") { $du = "sip:127.0.0.1:${ports.dead}"; t_relay(); exit; }
  if ($rU == "gone") { $du = "sip:127.0.0.1:${ports.dead};transport=tcp"; if (!t_relay()) sl_reply_error(); exit; }
  if (is_method("OPTIONS")) { sl_send_reply("200", "Keepalive"); exit; }
  if (is_method("REGISTER")) { save("location"); exit; }
  sl_send_reply("405", "Method Not Allowed");
}
event_route[xhttp:request] {
  set_reply_close();
  set_reply_no_connect();
  if ($hu =~ "^/sip" && $hdr(Upgrade) =~ "websocket" && $rm == "GET") { if (ws_handle_handshake()) exit; }
  if ($hu =~ "^/full") { xhttp_reply("503", "Service Unavailable", "", ""); exit; }
  xhttp_reply("403", "Forbidden", "", "");
}
`;
  const ask = (options: object, ms = timeoutMs) => attempt(sip, { address: `127.0.0.1:${ports.plain}`, ...options }, ms);
  const user = (name: string) => ({ uri: `sip:${name}@127.0.0.1:${ports.plain}` });
  const secure = (name: 'good' | 'expired' | 'foreign') => ({ address: `127.0.0.1:${ports[name]}`, transport: 'tls', tls });

  test.each(['udp', 'tcp', 'tls', 'ws', 'wss'])(
    'by %s it answers 483 itself, and 200 where it may pass the request on',
    async (transport) => {
      const way = {
        ...(['tls', 'wss'].includes(transport) && secure('good')),
        ...(transport.startsWith('ws') && { path: '/sip' }),
        transport,
      };
      const result = await ask(way);
      expect(summary(result)).toBe('ok');
      expect(result.facts).toMatchObject({ status_code: 483 });
      expect(result.notes['server']).toMatch(/^kamailio \(/);
      expect(result.notes['seen_as']).toMatch(/^127\.0\.0\.1:\d+$/);
      expect('retransmissions' in result.facts).toBe(transport === 'udp');
      if (transport === 'tls' || transport === 'wss') expect(result.facts['certificate_expiry_seconds']).toBeGreaterThan(0);
      expect((await ask({ ...way, max_forwards: 1 })).facts).toMatchObject({ status_code: 200 });
    },
  );

  test('ill: a code that does not prove life', async () => {
    const busy = await ask(user('busy'));
    expect(summary(busy)).toBe(
      'rejected: alive, and turning requests away: overloaded or in maintenance (503); asks to come back after 30 s',
    );
    expect(busy.facts).toMatchObject({ status_code: 503, retry_after_seconds: 30 });
    for (const transport of ['udp', 'tcp']) {
      expect(summary(await ask({ transport, ...user('500') }))).toBe('rejected: the server broke inside (500)');
    }
    expect(summary(await ask(user('504')))).toContain('rejected: the proxy answers, but what stands behind it did not in time (504)');
    expect(summary(await ask(user('407')))).toBe('ok');
    expect(summary(await ask({ ...user('407'), alive: [483] }))).toBe('auth: the proxy wants a log-in (407)');
  });

  test('ill: the next hop is silent, or refuses', async () => {
    expect(summary(await ask({ ...user('silent'), max_forwards: 5 }))).toMatch(/^rejected: the proxy answers, but .* \(408\)$/);
    expect(found(await ask({ ...user('gone'), max_forwards: 5 }))).toBe('rejected');
  });

  test('ill: every third request is lost: by UDP it is sent again, by TCP it is not', async () => {
    const byUdp = [];
    for (let time = 0; time < 3; time += 1) byUdp.push(await ask(user('third')));
    expect(byUdp.map(found)).toEqual(['ok', 'ok', 'ok']);
    expect(byUdp.map(({ facts }) => facts['retransmissions'] ?? 0)).toContainEqual(expect.toSatisfy((count: number) => count > 0));
    const byTcp = [];
    for (let time = 0; time < 3; time += 1) byTcp.push(found(await ask({ transport: 'tcp', ...user('third') }, 2 * shortMs)));
    expect(new Set(byTcp)).toEqual(new Set(['ok', 'timeout']));
  });

  test('ill: a certificate that is not trusted, is of another name, or has expired', async () => {
    expect(found(await ask({ ...secure('good'), tls: {} }))).toBe('certificate');
    expect(summary(await ask(secure('foreign')))).toContain('certificate: the certificate is for another name');
    const expired = await ask(secure('expired'));
    expect(summary(expired)).toContain('certificate: the certificate has expired');
    expect(expired.facts['certificate_expiry_seconds']).toBeLessThan(0);
    expect(found(await ask({ address: `127.0.0.1:${ports.plain}`, transport: 'tls', tls }, shortMs))).toBe('tls');
  });

  test('ill by WebSocket: it does not upgrade, is busy, or has a certificate that is not trusted', async () => {
    expect(found(await ask({ transport: 'ws' }))).toBe('auth');
    expect(summary(await ask({ transport: 'ws', path: '/full' }))).toContain('rejected: upgrade: HTTP status 503');
    expect(summary(await ask({ transport: 'ws', path: '/sip', ...user('500') }))).toBe('rejected: the server broke inside (500)');
    expect(found(await ask({ ...secure('good'), transport: 'wss', tls: {} }))).toBe('certificate');
  });

  test('frozen, then stopped', async () => {
    const frozen = workers();
    await server.freeze();
    for (const worker of frozen) process.kill(worker, 'SIGSTOP');
    expect(found(await ask({}, shortMs))).toBe('timeout');
    expect(found(await ask({ transport: 'tcp' }, shortMs))).toBe('timeout');
    for (const worker of frozen) process.kill(worker, 'SIGCONT');
    await stop();
    await eventually(() => !isBound(ports.plain), 'the port is given back');
    expect(found(await ask({}))).toBe('refused');
    expect(found(await ask({ transport: 'tcp' }))).toBe('refused');
  });
});

/** A UDP port that nobody need be asked about. */
function isBound(port: number): boolean {
  return readFileSync('/proc/net/udp', 'utf8').includes(`0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} `);
}

describeWithPeers(['sipp'], 'sip against sipp', () => {
  const folder = temporaryFolder('sip-sipp');
  const peers: RunningPeer[] = [];
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    folder.remove();
  });
  /** A server that takes its time and then says this. */
  const start = async (transport: 'udp' | 'tcp', status: string, pauseMs: number) => {
    const port = await freePort();
    const file = join(folder.path, `${port}.xml`);
    writeFileSync(
      file,
      `<?xml version="1.0" encoding="ISO-8859-1" ?>
<scenario name="options">
  <recv request="OPTIONS"></recv>
  <pause milliseconds="${pauseMs}"/>
  <send><![CDATA[

SIP/2.0 ${status}
[last_Via:]
[last_From:]
[last_To:];tag=[call_number]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0

  ]]></send>
</scenario>
`,
    );
    const args = ['-sf', file, '-i', '127.0.0.1', '-p', `${port}`, '-t', transport === 'udp' ? 'u1' : 't1', '-nostdin'];
    peers.push(await startPeer({ program: 'sipp', args, ...(transport === 'tcp' && { port }) }));
    await eventually(() => transport === 'tcp' || isBound(port), 'sipp has its port');
    return { address: `127.0.0.1:${port}`, transport };
  };

  test('an answer that takes its time is asked for again by UDP, and waited for by TCP', async () => {
    const byUdp = await attempt(sip, await start('udp', '200 OK', 800), timeoutMs);
    expect(summary(byUdp)).toBe('ok');
    expect(byUdp.facts).toMatchObject({ status_code: 200, retransmissions: 1 });
    const byTcp = await attempt(sip, await start('tcp', '200 OK', 800), timeoutMs);
    expect(summary(byTcp)).toBe('ok');
  });

  test.each(['udp', 'tcp'] as const)('ill by %s: the server breaks', async (transport) => {
    expect(summary(await attempt(sip, await start(transport, '500 Broken', 0), timeoutMs))).toBe('rejected: the server broke inside (500)');
  });
});
