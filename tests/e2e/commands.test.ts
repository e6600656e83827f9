// The commands that end by themselves, as processes: what they print and how they end.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { holter, Service, scratch } from './holter.ts';

const files = scratch();
let well: Service;
let ill: Service;

beforeAll(async () => {
  well = await Service.start();
  ill = await Service.start();
  ill.answer = () => 'ill';
});

afterAll(async () => {
  await well.stop();
  await ill.stop();
  files.clean();
});

function configuration(): string {
  return files.write(
    'holter.yaml',
    `
system: Commands
regions: { norcal: Northern California }
services:
  ehr:
    endpoints:
      portal: { probe: http, url: ${JSON.stringify(well.url)}, regions: [norcal] }
  pharmacy:
    endpoints:
      payment: { probe: http, url: ${JSON.stringify(ill.url)} }
receivers:
  pager: { webhook: { url: "http://127.0.0.1:9/", headers: { authorization: !env HOLTER_TEST_SECRET } } }
`,
  );
}

const env = { HOLTER_TEST_SECRET: 'swordfish-swordfish' };

describe('holter check', () => {
  test('ends with 0 where all is well, and says so', async () => {
    const ended = await holter(['check', '-c', configuration(), '--service', 'ehr'], { env });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toMatch(/^up +ehr\/portal\/norcal \(http\) \d+ ms\n1 endpoint: 1 up\n$/);
  });

  test('ends with 2 where something is down, in JSON on request', async () => {
    const ended = await holter(['check', '-c', configuration(), '--format', 'json'], { env });
    expect(ended.code).toBe(2);
    const report = JSON.parse(ended.stdout) as {
      readonly state: string;
      readonly endpoints: readonly { readonly id: string; readonly state: string; readonly reason: string }[];
    };
    expect(report.state).toBe('down');
    expect(report.endpoints.map(({ id, state, reason }) => ({ id, state, reason }))).toEqual([
      { id: 'ehr/portal/norcal', state: 'up', reason: '' },
      { id: 'pharmacy/payment', state: 'down', reason: 'rejected' },
    ]);
  });

  test('ends with 3 for a name that does not exist, with the nearest right one', async () => {
    const ended = await holter(['check', '-c', configuration(), '--service', 'pharmcy'], { env });
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('did you mean "pharmacy"?');
  });

  test('ends with 3 for a wrong call and for a configuration that cannot be read', async () => {
    expect((await holter(['check', '--frmat', 'json'])).code).toBe(3);
    const missing = await holter(['check', '-c', files.path('nowhere.yaml')]);
    expect(missing.code).toBe(3);
    expect(missing.stderr).toContain('nowhere.yaml');
  });
});

describe('holter validate', () => {
  test('says what a configuration amounts to, and never a secret', async () => {
    const ended = await holter(['validate', '-c', configuration(), '--print'], { env });
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({ system: 'Commands' });
    expect(ended.stdout + ended.stderr).not.toContain('swordfish');
    const brief = await holter(['validate', '-c', configuration()], { env });
    expect(brief.stdout).toContain('2 endpoints of 2 services in 1 region');
  });

  test('says how soon it finds which fault, as JSON on request', async () => {
    const args = ['validate', '-c', configuration(), '--data', files.path('nothing-yet')];
    const pretty = await holter(args, { env });
    expect(pretty).toMatchObject({ code: 0, stderr: '' });
    expect(pretty.stdout).toMatch(/2 endpoints every 30 s(, \S+ s if suspected)? +\d+ s +[\d.]+ min \([\d.]+ min\) +\S+ (min|h) \(/);
    expect(pretty.stdout).toContain('less than a day has been learned');
    const json = await holter([...args, '--format', 'json'], { env });
    expect(JSON.parse(json.stdout)).toMatchObject({
      false_pages_per_year: 12,
      endpoints: [
        {
          id: 'ehr/portal/norcal',
          interval_seconds: 30,
          false_pages_per_year: 3,
          healthy_failure_ratio: 0.001,
          learned_seconds: null,
          faults: [{ failure_ratio: 1 }, { failure_ratio: 0.1, median_seconds: expect.any(Number) as number }, { failure_ratio: 0.02 }],
        },
        { id: 'pharmacy/payment' },
      ],
      groups: [],
    });
  });

  test('refuses parts of the dial that add up to more than it, with figures and place', async () => {
    const file = files.write(
      'spent.yaml',
      'system: S\nservices: { ehr: { false_pages: 13, endpoints: { a: { probe: tcp, address: "127.0.0.1:1" } } } }\n',
    );
    const ended = await holter(['validate', '-c', file]);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/spent\.yaml:2:20 services\.ehr\.false_pages: .*13 false pages a year.*only 12 .*at least 13/);
  });

  test('names the variable that is missing', async () => {
    const ended = await holter(['validate', '-c', configuration()], { env: { HOLTER_TEST_SECRET: '' } });
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/holter\.yaml:\d+:\d+ .*HOLTER_TEST_SECRET/);
  });
});

describe('holter init', () => {
  test('writes a configuration that validates, and never over one that exists', async () => {
    const file = files.path('new/first.yaml');
    const args = ['init', '-o', file, '--system', 'Clinic "North"', '--watch', `portal=${well.url}`, '--watch', 'lab=127.0.0.1:2575'];
    expect((await holter(args)).code).toBe(0);
    expect((await holter(['validate', '-c', file])).code).toBe(0);
    const again = await holter(args);
    expect(again.code).toBe(3);
    expect(again.stderr).toContain('exists already');
  });
});

describe('holter detect', () => {
  test('judges each trace with the detector, tells bad lines by number and goes on', async () => {
    const down = { id: 'down', interval_s: 30, outcomes: `${'0'.repeat(400)}${'1'.repeat(20)}` };
    const quiet = { id: 'quiet', interval_s: 30, outcomes: '0'.repeat(400) };
    const input = `${JSON.stringify(down)}\nnonsense\n\n${JSON.stringify(quiet)}\n`;
    const ended = await holter(['detect', '--false-pages', '1'], { input });
    const lines = ended.stdout
      .trim()
      .split('\n')
      .map(
        (line) => JSON.parse(line) as { readonly id: string; readonly events: readonly { readonly i: number; readonly state: string }[] },
      );
    expect(lines.map((line) => line.id)).toEqual(['down', 'quiet']);
    expect(lines[0]?.events.map((event) => event.state)).toEqual(['down']);
    expect(lines[0]?.events[0]?.i).toBeGreaterThanOrEqual(402);
    expect(lines[1]?.events).toEqual([]);
    expect(ended.stderr).toContain('line 2');
    expect(ended.code).toBe(3);
  });
});

describe('holter', () => {
  test('tells its version and its commands', async () => {
    expect((await holter(['--version'])).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
    const help = await holter(['--help']);
    expect(help.code).toBe(0);
    for (const command of ['run', 'check', 'validate', 'detect', 'init', 'demo']) expect(help.stdout).toContain(`  ${command} `);
  });

  test('an unknown command ends with 3 and the nearest right one', async () => {
    const ended = await holter(['chek']);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toContain('check');
  });
});

describe('holter demo', () => {
  test('tells the story: pages in the terminal, the first one whole, and a count of what common rules would have done', {
    timeout: 120_000,
  }, async () => {
    const ended = await holter(['demo', '--pace', '60', '--for', '30']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('the health system of ');
    expect(ended.stdout).toContain('A line card in the Northern California data center begins to drop packets');
    expect(ended.stdout.match(/^OPENED .*$/gm)).toHaveLength(1);
    const address = /states +(http:\S+)/.exec(ended.stdout)?.[1] ?? '';
    expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d{2,5}\/$/);
    expect(ended.stdout).toContain(`Open incidents: ${address}api/v1/incidents`);
    const pages = Number(/^ +Holter +(\d+)/m.exec(ended.stdout)?.[1]);
    expect(pages).toBeGreaterThan(0);
    expect(ended.stdout.match(/^ +\d+ min {2}page \d+: .*$/gm) ?? []).toHaveLength(pages - 1);
    const anyFailure = Number(/^ +any failure +(\d+)/m.exec(ended.stdout)?.[1]);
    expect(anyFailure).toBeGreaterThan(pages);
  });

  test('in the calm nobody is paged', { timeout: 60_000 }, async () => {
    const ended = await holter(['demo', '--scenario', 'calm', '--pace', '20', '--for', '10']);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(ended.stdout).toContain('Nobody was paged.');
    expect(ended.stdout).not.toContain('OPENED');
  });

  test('names the scenarios and the paces that there are', async () => {
    const scenario = await holter(['demo', '--scenario', 'earthquake']);
    expect(scenario.code).toBe(3);
    expect(scenario.stderr).toContain('story, balancer, slow-rise, outage, certificate, systemic, calm');
    const pace = await holter(['demo', '--pace', 'brisk']);
    expect(pace.code).toBe(3);
    expect(pace.stderr).toContain('Write real, or a number');
  });
});
