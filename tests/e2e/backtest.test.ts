// `holter backtest` as a process, on traces: what it prints, how it ends, and what it says of wrong calls.
import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { holter, scratch } from './holter.ts';

const files = scratch();
afterAll(() => files.clean());

const well = '0'.repeat(2880);
const line = (id: string, outcomes: string, more: object = {}) => `${JSON.stringify({ id, interval_s: 30, outcomes, ...more })}\n`;

function traces(): string {
  return files.write(
    'traces.jsonl',
    line('portal', `${well}${'1'.repeat(30)}${well}`, { start: '2026-11-01T00:00:00Z', faults: [[2880, 2909]] }) +
      line('lab', `${well}${well}`),
  );
}

describe('holter backtest', () => {
  test('prints the comparison, and writes the report', async () => {
    const html = files.path('report.html');
    const ended = await holter(['backtest', '--traces', traces(), '--html', html]);
    expect(ended.code, ended.stderr).toBe(0);
    expect(ended.stdout).toMatch(/^2 endpoints, /);
    expect(ended.stdout).toMatch(/^Holter, 12 false pages a year +1 +1 of 1 +60 s +60 s +1\.00 +0$/m);
    expect(ended.stdout).toMatch(/^ {2}2026-11-02 00:01 {2}down {10}portal: 30 of \d+ probes failed, for \d+ min$/m);
    expect(readFileSync(html, 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/);
  });

  test('reads standard input, goes on after a bad line, and ends with 3 for it', async () => {
    const ended = await holter(['backtest', '--traces', '-', '--format', 'json', '--false-pages', '1'], {
      input: `nonsense\n${line('a', well)}`,
    });
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/^standard input, line 1: a trace is an object/m);
    const { rules, endpoints } = JSON.parse(ended.stdout) as { readonly rules: { name: string }[]; readonly endpoints: { id: string }[] };
    expect([rules[0]?.name, endpoints.map(({ id }) => id)]).toEqual(['Holter, 1 false pages a year', ['a']]);
  });

  test.each<readonly [readonly string[], RegExp]>([
    [[], /give one of --prometheus URL, --traces FILE, --history/],
    [['--history', '--traces', 'x'], /give one of/],
    [['--traces', '/nowhere/x.jsonl'], /\/nowhere\/x\.jsonl cannot be read: ENOENT.*\[history\]/],
    [['--traces', '/dev/null'], /holds no trace/],
    [['--prometheus', 'http://user:pw@127.0.0.1'], /no credentials in the address/],
    [['--prometheus', 'http://127.0.0.1:1'], /http:\/\/127\.0\.0\.1:1 cannot be asked: .*ECONNREFUSED/],
    [['--prometheus', 'http://127.0.0.1:1', '--from', 'yesterday'], /Write now, so long ago/],
    [['--prometheus', 'http://127.0.0.1:1', '--from', '2026-01-02', '--to', '2026-01-01'], /--from must be before --to/],
    [['--prometheus', 'http://127.0.0.1:1', '--step', '0'], /Write a length from 1s to 1d/],
  ])('%j is told in a sentence and ends with 3', async (args, message) => {
    const ended = await holter(['backtest', ...args]);
    expect([ended.code, ended.stdout]).toEqual([3, '']);
    expect(ended.stderr).toMatch(message);
    expect(ended.stderr).not.toMatch(/a bug in Holter|:pw@/);
  });

  test('a report that cannot be written is told', async () => {
    const ended = await holter(['backtest', '--traces', traces(), '--html', '/nowhere/report.html']);
    expect(ended.code).toBe(3);
    expect(ended.stderr).toMatch(/could not be written to \/nowhere\/report\.html \(ENOENT\) \[write\]/);
  });
});
