// What people get in by, and talk over: slapd, a TURN server, a WebSocket, a telephone exchange.
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { freePort, peer, startPeer } from '../../support/peers.ts';
import type { Trial } from './trial.ts';

/** Has locked the account. */
export const slapd: Trial = {
  programs: ['slapd', 'slapadd'],
  start: async (place) => {
    const port = await freePort();
    const { cert, key } = place.certificate('directory', 300);
    mkdirSync(place.path('slapd'));
    const suffix = 'dc=holter,dc=test';
    const account = (uid: string, more: string) =>
      `dn: uid=${uid},${suffix}\nobjectClass: inetOrgPerson\nuid: ${uid}\ncn: Probe\nsn: Probe\nuserPassword: right\n${more}\n`;
    const config = `include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
moduleload ppolicy
TLSCertificateFile ${cert}
TLSCertificateKeyFile ${key}
database mdb
maxsize 10485760
suffix "${suffix}"
directory ${place.path('slapd')}
access to attrs=userPassword by anonymous auth by * none
access to * by users read by anonymous auth
overlay ppolicy
ppolicy_default "cn=usual,${suffix}"
ppolicy_use_lockout
`;
    const entries = [
      `dn: ${suffix}\nobjectClass: dcObject\nobjectClass: organization\no: Holter\ndc: holter\n`,
      `dn: cn=usual,${suffix}\nobjectClass: organizationalRole\nobjectClass: pwdPolicy\npwdAttribute: userPassword\npwdLockout: TRUE\n`,
      account('probe', ''),
      account('locked', 'pwdAccountLockedTime: 000001010000Z'),
    ];
    const settings = place.write('slapd.conf', config);
    execFileSync(peer('slapadd') ?? '', ['-f', settings, '-l', place.write('seed.ldif', entries.join('\n'))], { stdio: 'pipe' });
    const running = await startPeer({ program: 'slapd', args: ['-f', settings, '-h', `ldap://127.0.0.1:${port}/`, '-d', '0'], port });
    const bind = (uid: string) => ({ dn: `uid=${uid},${suffix}`, password: `!file ${place.write('slapd-password', 'right')}` });
    const well = { probe: 'ldap', address: `127.0.0.1:${port}`, tls: { ca: place.ca }, bind: bind('probe') };
    return {
      endpoints: { directory: { well, ill: { ...well, bind: bind('locked') }, tells: /^auth: bind: the account is locked/ } },
      stop: () => running.stop(),
    };
  },
};

/** Is given another secret than its own. */
export const turnserver: Trial = {
  programs: ['turnserver'],
  start: async (place) => {
    const port = await freePort();
    const config =
      `listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port=${port}\nno-tls\nno-dtls\nfingerprint\nno-cli\nno-multicast-peers\nrealm=holter.test\n` +
      `log-file=stdout\npidfile=${place.path('relay.pid')}\nuserdb=${place.path('relay.db')}\nlt-cred-mech\nuser=holter:right\n`;
    const running = await startPeer({ program: 'turnserver', args: ['-c', place.write('relay.conf', config)], port });
    const auth = (name: string) => ({ username: 'holter', password: `!file ${place.write(`relay-${name}`, name)}` });
    const well = { probe: 'turn', address: `127.0.0.1:${port}`, auth: auth('right') };
    return {
      endpoints: { relay: { well, ill: { ...well, auth: auth('wrong') }, tells: /^auth: / } },
      stop: () => running.stop(),
    };
  },
};

const visits = `
import asyncio, sys, websockets
async def serve(socket):
    if open(sys.argv[2]).read() == 'restarts': await socket.close(1012)
    async for message in socket: await socket.send(message)
async def main():
    async with websockets.serve(serve, '127.0.0.1', int(sys.argv[1])):
        await asyncio.Future()
asyncio.run(main())
`;

/** Closes with a code that says why. */
export const websockets: Trial = {
  programs: ['/usr/bin/python3'],
  start: async (place) => {
    const port = await freePort();
    const mode = place.write('visits-mode', 'well');
    const args = [place.write('visits.py', visits), String(port), mode];
    const running = await startPeer({ program: '/usr/bin/python3', args, port });
    const well = { probe: 'websocket', url: `ws://127.0.0.1:${port}/`, send: 'hello', expect: '^hello$' };
    return {
      endpoints: { visits: { well, tells: /^[a-z_]+: .*1012/ } },
      makeIll: () => void place.write('visits-mode', 'restarts'),
      stop: () => running.stop(),
    };
  },
};

/** Is overloaded. */
export const kamailio: Trial = {
  programs: ['kamailio'],
  start: async (place) => {
    const port = await freePort();
    const config = `#!KAMAILIO
log_stderror=yes
children=1
tcp_children=1
auto_aliases=no
dns=no
rev_dns=no
listen=udp:127.0.0.1:${port}
listen=tcp:127.0.0.1:${port}
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "maxfwd.so"
loadmodule "textops.so"
request_route {
  if ($rU == "busy") { sl_send_reply("503", "Service Unavailable"); exit; }
  if (!mf_process_maxfwd_header("10")) { sl_send_reply("483", "Too Many Hops"); exit; }
  sl_send_reply("200", "Keepalive");
}
`;
    const args = [
      '-DD',
      '-E',
      '-f',
      place.write('kamailio.cfg', config),
      '-Y',
      place.folder,
      '-P',
      place.path('kamailio.pid'),
      '-m',
      '32',
      '-M',
      '8',
    ];
    const running = await startPeer({ program: 'kamailio', args, port });
    const well = { probe: 'sip', address: `127.0.0.1:${port}` };
    return {
      endpoints: { exchange: { well, ill: { ...well, uri: `sip:busy@127.0.0.1:${port}` }, tells: /^rejected: .*503/ } },
      stop: () => running.stop(),
    };
  },
};
