// What everything stands on: names, time, addresses, this machine's own programs.

import { ntp } from '#probes/ntp/probe.ts';
import { attempt, found } from '../../support/far-ends/attempt.ts';
import { freePort, startPeer } from '../../support/peers.ts';
import type { Place, Trial } from './trial.ts';

/** Is asked for a name that is gone. */
export const bind: Trial = {
  programs: ['named'],
  start: async (place) => {
    const port = await freePort();
    const zone = '$TTL 300\n@ IN SOA ns root 41 60 60 60 5\n@ IN NS ns\nns IN A 127.0.0.1\nehr IN A 127.0.0.2\n';
    const config = `options { directory "${place.folder}"; pid-file "${place.path('named.pid')}"; session-keyfile "${place.path('session.key')}";
      managed-keys-directory "${place.folder}"; listen-on port ${port} { 127.0.0.1; }; listen-on-v6 { none; }; recursion no; dnssec-validation no; };
      controls { };
      zone "holter.test" { type primary; file "${place.write('zone', zone)}"; };`;
    const args = ['-g', '-n', '1', '-c', place.write('named.conf', config)];
    const peer = await startPeer({ program: 'named', args, port, says: /running/ });
    const well = { probe: 'dns', servers: [`127.0.0.1:${port}`], name: 'ehr.holter.test', recursion: false };
    return {
      endpoints: { bind: { well, ill: { ...well, name: 'gone.holter.test' }, tells: /^content: .*(NXDOMAIN|does not exist)/i } },
      stop: () => peer.stop(),
    };
  },
};

/** Loses its source. */
export const chrony: Trial = {
  programs: ['chronyd'],
  start: async (place) => {
    const port = await freePort();
    const address = `127.0.0.1:${port}`;
    let peer = await startChrony(place, port, 'local stratum 8');
    return {
      endpoints: { chrony: { well: { probe: 'ntp', address }, tells: /^content: the server is not synchronised/ } },
      makeIll: async () => {
        await peer.stop();
        peer = await startChrony(place, port, '');
      },
      stop: () => peer.stop(),
    };
  },
};

/** It says that it starts before it answers. */
async function startChrony(place: Place, port: number, source: string) {
  const config = `port ${port}\ncmdport 0\nbindaddress 127.0.0.1\nbindcmdaddress /\npidfile ${place.path('chrony.pid')}\nallow 127.0.0.1\n${source}\n`;
  const peer = await startPeer({
    program: 'chronyd',
    args: ['-x', '-d', '-U', '-f', place.write('chrony.conf', config)],
    says: /starting/,
  });
  for (let time = 0; time < 40; time += 1) {
    const said = found(await attempt(ntp, { address: `127.0.0.1:${port}` }, 500));
    if (said === 'ok' || said === 'content') break;
  }
  return peer;
}

/** Freezes. */
export const coturn: Trial = {
  programs: ['turnserver'],
  start: async (place) => {
    const port = await freePort();
    const config =
      `listening-ip=127.0.0.1\nrelay-ip=127.0.0.1\nlistening-port=${port}\nno-tls\nno-dtls\nfingerprint\nno-cli\nno-multicast-peers\n` +
      `log-file=stdout\npidfile=${place.path('turn.pid')}\nuserdb=${place.path('turn.db')}\nrealm=test\nuser=holter:secret\nlt-cred-mech\n`;
    const peer = await startPeer({ program: 'turnserver', args: ['-c', place.write('turn.conf', config)], port });
    const well = { probe: 'stun', address: `127.0.0.1:${port}` };
    return { endpoints: { coturn: { well, tells: /^timeout: / } }, makeIll: () => peer.freeze(), stop: () => peer.stop() };
  },
};

const dummy = '/usr/lib/nagios/plugins/check_dummy';

/** A plug-in that says critical, and a host without an address. */
export const programs: Trial = {
  programs: [dummy, '/bin/ping'],
  start: async () => {
    const plugin = { probe: 'exec', command: [dummy, '0', 'queue is short'] };
    const ping = { probe: 'icmp', host: '127.0.0.1' };
    return {
      endpoints: {
        plugin: { well: plugin, ill: { ...plugin, command: [dummy, '2', 'queue is long'] }, tells: /^rejected: critical: .*queue is long/ },
        ping: { well: ping, ill: { ...ping, host: 'holter.invalid' }, tells: /^dns: / },
      },
      stop: async () => {},
    };
  },
};
