// Why it was paged, asked of the daemon that runs, and of the store that it left.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { freePort } from '../support/peers.ts';
import { Holter, holter, Pager, Service, scratch, until } from './holter.ts';

let files: ReturnType<typeof scratch>;
let service: Service;
let pager: Pager;
let port: number;
let daemon: Holter | undefined;

beforeEach(async () => {
  files = scratch();
  service = await Service.start();
  pager = await Pager.start();
  port = await freePort();
});

afterEach(async () => {
  if (daemon?.ended === false) daemon.kill('SIGKILL');
  await daemon?.end();
  daemon = undefined;
  await service.stop();
  await pager.stop();
  files.clean();
});

function configuration(system = 'Explained'): string {
  return files.write(
    'holter.yaml',
    `
system: ${system}
listen: 127.0.0.1:${port}
data: ${JSON.stringify(files.path('data'))}
paging: { false_pages: 1000 per year, grace: 2s }
services:
  ehr:
    endpoints:
      portal: { probe: http, url: ${JSON.stringify(service.url)}, every: 1s, timeout: 500ms }
receivers:
  pager: { webhook: { url: ${JSON.stringify(pager.url)} } }
`,
  );
}

interface Told {
  readonly incident: { readonly id: string; readonly state: string };
  readonly replay: { readonly agrees: boolean };
  readonly points: readonly unknown[];
}

describe('holter explain', () => {
  test('tells of a service that fails at 40 %, while the daemon runs and when it has ended', { timeout: 240_000 }, async () => {
    const config = configuration();
    daemon = new Holter(['run', '-c', config, '--log-level', 'info']);
    const url = await daemon.url();
    await until('a few probes went well', () => service.requests >= 8);
    // Two in five, each alone.
    service.answer = (request) => (request % 5 === 0 || request % 5 === 2 ? 'ill' : 'well');
    await until('the page', () => pager.received.length > 0, 120_000);

    const live = await holter(['explain', 'latest', '-c', config]);
    expect(live).toMatchObject({ code: 0, stderr: '' });
    expect(live.stdout).toContain('ehr/portal has been intermittent since');
    expect(live.stdout).toMatch(/failed \(rejected: .*\): evidence [\d.]+ -> [\d.,]+/);
    expect(live.stdout).toMatch(/It closes after about \d+ successes in a row from now/);
    expect(live.stdout).toContain('decided as the daemon did, at the same probe');
    expect(live.stdout).toContain('^ paged');

    const { incident, replay } = JSON.parse((await holter(['explain', 'ehr/portal', '-c', config, '--format', 'json'])).stdout) as Told;
    expect(replay.agrees).toBe(true);
    const picture = await fetch(new URL(`/api/v1/incidents/${encodeURIComponent(incident.id)}/explanation.svg`, url));
    expect([picture.status, picture.headers.get('content-type')]).toEqual([200, 'image/svg+xml; charset=utf-8']);
    expect(await picture.text()).toMatch(/^<svg /);

    const unknown = await holter(['explain', 'ehr/potral', '--url', url]);
    expect(unknown.code).toBe(3);
    expect(unknown.stderr).toBe(`holter: there is no incident "ehr/potral"\nPerhaps one of these is meant:\n  ${incident.id}\n`);

    daemon.kill('SIGTERM');
    expect(await daemon.end()).toMatchObject({ code: 0 });
    const output = files.path('incident.html');
    const stored = await holter(['explain', incident.id, '-c', config, '--format', 'html', '-o', output]);
    expect(stored).toMatchObject({ code: 0, stdout: '' });
    expect(stored.stderr).toBe(`holter: no daemon answers at http://127.0.0.1:${port}: read from the store in ${files.path('data')}\n`);
    expect(readFileSync(output, 'utf8')).toContain('<h2>Why it was paged</h2>');
    const unwritable = await holter(['explain', 'latest', '-c', config, '-o', files.path('none/incident.txt')]);
    expect(unwritable.code).toBe(3);
    expect(unwritable.stderr).toMatch(/none\/incident\.txt could not be written: .* \[write\]/);
    const byData = await holter(['explain', 'latest', '-c', config, '--data', files.path('data'), '--format', 'svg']);
    expect(byData).toMatchObject({ code: 0, stderr: '' });
    expect(byData.stdout).toMatch(/^<svg .*<\/svg>\n$/s);
  });

  test('says what is wrong: no store, nobody there, another program there, a wrong address', {
    timeout: 120_000,
  }, async () => {
    const config = configuration();
    const nothing = await holter(['explain', 'latest', '-c', config]);
    expect(nothing.code).toBe(3);
    expect(nothing.stderr).toContain('there is no store in it; is this the data folder of the daemon? [store_unreadable]');
    const nobody = await holter(['explain', 'latest', '--url', `http://127.0.0.1:${port}`]);
    expect(nobody.code).toBe(3);
    expect(nobody.stderr).toMatch(/nobody listens at http:\/\/127\.0\.0\.1:\d+; without --url the store is read \[unreachable\]/);
    const other = createServer((_request, response) => response.end('hello'));
    other.listen(port, '127.0.0.1');
    const stranger = await holter(['explain', 'latest', '-c', config]);
    other.close();
    expect(stranger.code).toBe(3);
    expect(stranger.stderr).toMatch(
      /what answers at http:\/\/127\.0\.0\.1:\d+ is no Holter, or one without explanations: read from the store in/,
    );
    const wrong = await holter(['explain', 'latest', '--url', 'nonsense']);
    expect(wrong.stderr).toContain('"nonsense" is no address; write http://host:port [unreachable]');
  });
});
