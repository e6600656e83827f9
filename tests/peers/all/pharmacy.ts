// What a pharmacy asks of others: a host of payments, a switch of claims, a prescribing network.
import { mkdirSync } from 'node:fs';
import { paymentHost } from '../../support/peers/payment-host.ts';
import { pharmacySwitch } from '../../support/peers/pharmacy-switch.ts';
import { prescribingNetwork } from '../../support/peers/prescribing-network.ts';
import { freePort } from '../../support/peers.ts';
import type { Place, Trial } from './trial.ts';

const consent = 'a test of our own';

/** Reaches no issuer. */
export const payments: Trial = {
  programs: [process.execPath],
  start: async (place) => {
    const port = await freePort();
    const host = paymentHost(folderOf(place, 'payments'), port);
    const peer = await host.start();
    return {
      endpoints: {
        payments: {
          well: { probe: 'iso8583', address: `127.0.0.1:${port}`, consent },
          tells: /^rejected: .*response code 91: the switch or issuer is inoperative/,
        },
      },
      makeIll: () => host.behave('91'),
      stop: () => peer.stop(),
    };
  },
};

/** The payer behind it has an error inside. */
export const claims: Trial = {
  programs: ['/usr/bin/python3'],
  start: async (place) => {
    const far = pharmacySwitch(folderOf(place, 'claims'));
    const { cert, key } = place.certificate('switch', 300);
    const { address, peer } = await far.start('length2', [cert, key]);
    const identity = { consent, bin: '999999', pcn: 'TESTPCN', provider_id: '1234567893' };
    return {
      endpoints: {
        claims: {
          well: { probe: 'ncpdp', address, tls: { ca: place.ca }, framing: 'length2', ...identity },
          tells: /^rejected: .*reject code 99: the payer has an error inside/,
        },
      },
      makeIll: () => far.behave('52+99'),
      stop: () => peer.stop(),
    };
  },
};

/** Rejects what it is sent. */
export const prescriptions: Trial = {
  programs: ['/usr/bin/python3'],
  start: async (place) => {
    const port = await freePort();
    const far = prescribingNetwork(folderOf(place, 'prescriptions'), port);
    const peer = await far.start();
    const mailbox = { transaction: 'get_message', test_mailbox: true, to: 'NETWORK', from: 'HOLTER-TEST' };
    return {
      endpoints: {
        prescriptions: {
          well: { probe: 'script', url: `http://127.0.0.1:${port}/`, consent, ...mailbox },
          tells: /^rejected: the network rejected our message: error 900, description 4010/,
        },
      },
      makeIll: () => far.behave('error'),
      stop: () => peer.stop(),
    };
  },
};

function folderOf(place: Place, name: string): string {
  mkdirSync(place.path(name));
  return place.path(name);
}
