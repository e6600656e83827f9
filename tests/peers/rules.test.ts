// Prometheus' own rules, told by promtool over the same outcomes: they fire when our copies of them do.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { alertFor, averageBelow } from '#backtest/rules/prometheus.ts';
import type { Rule } from '#backtest/rules/rule.ts';
import { describeWithPeers, peer, temporaryFolder } from '../support/peers.ts';

/** Seconds. No window ends at a sample with it: whether such a one is in changed with Prometheus 3.0 (ours is as that has it). */
const interval = 31;
const folder = temporaryFolder('rules');
afterAll(() => folder.remove());

/** Well, and now and then some failures or silence: the same for one seed. */
function outcomes(seed: number): string {
  let state = seed;
  const next = (below: number) => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return Math.floor(state / 65536) % below;
  };
  return Array.from({ length: 40 }, () => '010??11111'.charAt(next(10)).repeat(1 + next(next(3) === 0 ? 25 : 4))).join('');
}

/** The name of the alert, our rule, and Prometheus' own. */
const rules: readonly (readonly [name: string, rule: Rule, yaml: string])[] = [
  ['Now', alertFor(0), 'expr: probe_success == 0'],
  ['For2m', alertFor(120_000), 'expr: probe_success == 0, for: 2m'],
  ['For5m', alertFor(300_000), 'expr: probe_success == 0, for: 5m'],
  ['Kept', alertFor(60_000, 180_000), 'expr: probe_success == 0, for: 1m, keep_firing_for: 3m'],
  ['Average', averageBelow(300_000, 0.9), 'expr: "avg_over_time(probe_success[5m]) < 0.9"'],
];

/** The series as promtool writes it: `_` is no sample. */
const series = (text: string) => text.replaceAll(/./g, (code) => `${code === '?' ? '_' : code === '1' ? '0' : '1'} `).trim();

function expectations(text: string): readonly string[] {
  return rules.flatMap(([name, rule]) => {
    const watcher = rule.start(interval * 1000);
    return text.split('').map((code, i) => {
      const firing = watcher.observe(code === '?' ? undefined : code === '1');
      const alerts = firing ? '[{exp_labels: {instance: a}}]' : '[]';
      return `      - {eval_time: ${i * interval}s, alertname: ${name}, exp_alerts: ${alerts}}`;
    });
  });
}

describeWithPeers(['promtool'], 'rules of Prometheus', () => {
  test.each([1, 2, 3])('fire at the very probes that our copies say, seed %i', { timeout: 60_000 }, (seed) => {
    const text = `0000000000${outcomes(seed)}`;
    const written = rules.map(([name, , yaml]) => `      - {alert: ${name}, ${yaml}}`);
    writeFileSync(join(folder.path, 'rules.yml'), `groups:\n  - name: ours\n    rules:\n${written.join('\n')}\n`);
    const head = `rule_files: [rules.yml]\nevaluation_interval: ${interval}s\ntests:\n  - interval: ${interval}s\n    input_series:\n`;
    const input = `      - {series: 'probe_success{instance="a"}', values: '${series(text)}'}\n    alert_rule_test:\n`;
    writeFileSync(join(folder.path, 'test.yml'), `${head}${input}${expectations(text).join('\n')}\n`);
    const told = execFileSync(peer('promtool') ?? '', ['test', 'rules', join(folder.path, 'test.yml')], {
      cwd: folder.path,
      encoding: 'utf8',
    });
    expect(told).toContain('SUCCESS');
    expect(expectations(text).filter((line) => line.includes('instance')).length).toBeGreaterThan(100);
  });
});
