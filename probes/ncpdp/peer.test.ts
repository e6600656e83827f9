// Against a switch of another make, in every framing.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { issueCertificate } from '#prober/issue.ts';
import { attempt, found } from '../../tests/support/far-ends/attempt.ts';
import { pharmacySwitch } from '../../tests/support/peers/pharmacy-switch.ts';
import { describeWithPeers, type RunningPeer, temporaryFolder } from '../../tests/support/peers.ts';
import { summary } from '../../tests/support/probing.ts';
import { ncpdp } from './probe.ts';

const timeoutMs = 8000;
const shortMs = 1500;

const identity = {
  consent: 'a test of our own',
  bin: '999999',
  pcn: 'TESTPCN',
  provider_id: '1234567893',
  certification_id: 'HOLTER0001',
  group: 'GRP01',
  zip: '00000',
  time_zone: 'Pacific/Honolulu',
};

describeWithPeers(['/usr/bin/python3'], 'ncpdp against a switch in Python', () => {
  const folder = temporaryFolder('ncpdp');
  const peers: RunningPeer[] = [];
  const far = pharmacySwitch(folder.path);
  const start = async (...how: Parameters<typeof far.start>) => {
    const started = await far.start(...how);
    peers.push(started.peer);
    return started;
  };
  afterAll(async () => {
    await Promise.all(peers.map((peer) => peer.stop()));
    folder.remove();
  });

  describe.each(['none', 'stx_etx', 'length2', 'length4_ascii'])('framing %s', (framing) => {
    let address: string;
    let peer: RunningPeer;
    beforeAll(async () => {
      ({ address, peer } = await start(framing));
    });
    const ask = (how: string, ms = timeoutMs) => {
      far.behave(how);
      return attempt(ncpdp, { address, framing, ...identity }, ms);
    };

    test('it reads every field of our question where it belongs, and we read its reply', async () => {
      const result = await ask('52');
      expect(summary(result), peer.output()).toBe('ok');
      expect(result.notes['reject_codes']).toBe('52');
      const { DateOfService: date, ...rest } = far.heard();
      expect(date).toMatch(/^20\d{6}$/);
      expect(rest).toEqual({
        BinNumber: '999999',
        VersionReleaseNumber: 'D0',
        TransactionCode: 'E1',
        ProcessorControlNumber: 'TESTPCN   ',
        TransactionCount: '1',
        ServiceProviderIdQualifier: '01',
        ServiceProviderId: '1234567893     ',
        SoftwareVendorCertificationId: 'HOLTER0001',
        '01-C4': '19000101',
        '01-C5': '0',
        '01-CA': 'ZZTEST',
        '01-CB': 'ZZTEST',
        '01-CP': '00000',
        '04-C2': 'HOLTER-NO-SUCH',
        '04-C1': 'GRP01',
      });
    });

    test.each(['65', 'N1', '52+65', 'pieces', 'open'])('a switch that answers %s is well', async (how) => {
      expect(summary(await ask(how)), peer.output()).toBe('ok');
    });

    test.each([
      ['92', 'rejected: the payer rejects the question: reject code 92: the payer is unavailable'],
      ['52+99', 'rejected: the payer rejects the question: reject code 99: the payer has an error inside'],
      ['07', 'rejected: the payer rejects the question: reject code 07: is cardholder_id in our configuration as the switch has it?'],
      ['refuse', 'rejected: the switch refused the message before a payer saw it: reject code 04: is pcn in our configuration'],
      ['approve', 'content: patient data where none may be: coverage was found for a member that nobody is (A)'],
      ['otherdate', 'protocol: the reply does not repeat the date of service (401-D1): it is to another question'],
      ['garbage', 'protocol: '],
      ['drop', 'reset: '],
    ])('a switch that says %s', async (how, expected) => {
      expect(summary(await ask(how)), peer.output()).toContain(expected);
    });

    test('silent, frozen, stopped', async () => {
      expect(found(await ask('silent', shortMs))).toBe('timeout');
      await peer.freeze();
      expect(found(await ask('52', shortMs))).toBe('timeout');
      peer.signal('SIGCONT');
      expect(found(await ask('52'))).toBe('ok');
      await peer.stop();
      expect(found(await ask('52'))).toBe('refused');
    });
  });

  test('the date of service is that of the pharmacy, not of this machine', async () => {
    const { address } = await start('length2');
    far.behave('52');
    const dateIn = async (zone: string) => {
      const result = await attempt(ncpdp, { address, framing: 'length2', ...identity, time_zone: zone }, timeoutMs);
      expect(summary(result)).toBe('ok');
      return Number(far.heard()['DateOfService']);
    };
    // 25 hours apart: never the same day.
    expect(await dateIn('Pacific/Kiritimati')).toBeGreaterThan(await dateIn('Pacific/Pago_Pago'));
  });

  test('behind TLS', async () => {
    const life = { notBefore: Date.now() - 86_400_000, notAfter: Date.now() + 86_400_000 };
    const own = issueCertificate({ ...life, commonName: 'Switch', names: ['127.0.0.1'], authority: true });
    const files = { cert: join(folder.path, 'cert.pem'), key: join(folder.path, 'key.pem') };
    writeFileSync(files.cert, own.certificate);
    writeFileSync(files.key, own.key);
    const { address } = await start('length2', [files.cert, files.key]);
    far.behave('52');
    const ask = (tls: object | boolean) => attempt(ncpdp, { address, framing: 'length2', tls, ...identity }, timeoutMs);
    const result = await ask({ ca: own.certificate });
    expect(summary(result)).toBe('ok');
    expect(result.facts['certificate_expiry_seconds']).toBeGreaterThan(0);
    expect(found(await ask(true))).toBe('certificate');
  });

  test('by HTTP', async () => {
    const { address, peer } = await start('http');
    const ask = (how: string) => {
      far.behave(how);
      return attempt(ncpdp, { url: `http://${address}/d0`, framing: 'http', ...identity }, timeoutMs);
    };
    const result = await ask('52');
    expect(summary(result), peer.output()).toBe('ok');
    expect(result.facts['status_code']).toBe(200);
    expect(summary(await ask('approve'))).toContain('content: patient data where none may be');
    expect(summary(await ask('http503'))).toContain('rejected: eligibility: HTTP status 503');
    expect(summary(await ask('http401'))).toContain('auth: eligibility: HTTP status 401');
  });
});
