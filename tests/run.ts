// `npm test`: installs the real peers where it may, runs every check and every suite, and ends with the line
// "N passed, N failed". What had to be left out is said aloud; where CI is set, leaving something out is a failure.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
}

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numFailedTestSuites: number;
}

const checks = ['format', 'lint', 'types', 'walls', 'unused', 'generated'] as const;
const ci = (process.env['CI'] ?? '') !== '';

function main(): void {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0 };
  const peersReady = run('bash', ['tests/support/install-peers.sh']);
  if (!peersReady) say('Real peers are missing: their suites are left out below, each said as skipped.');
  for (const check of checks) count(tally, `check:${check}`, run('npm', ['run', '--silent', `check:${check}`]));
  suites(tally);
  container(tally, peersReady);
  const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
  say(`${tally.passed} passed, ${tally.failed} failed${skipped}`);
  process.exitCode = tally.failed > 0 ? 1 : 0;
}

function suites(tally: Tally): void {
  const folder = mkdtempSync(join(tmpdir(), 'holter-test-'));
  const file = join(folder, 'report.json');
  const green = run('vitest', ['run', '--reporter=default', '--reporter=json', `--outputFile=${file}`, ...process.argv.slice(2)]);
  const report = readReport(file);
  rmSync(folder, { recursive: true });
  tally.passed += report.numPassedTests;
  tally.skipped += report.numPendingTests;
  // A suite that could not be loaded, or an error outside of any test, has no failed test of its own.
  tally.failed += Math.max(report.numFailedTests, green ? 0 : 1);
}

function readReport(file: string): VitestReport {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  } catch (error) {
    say(`vitest left no report: ${String(error)}`);
    return { numPassedTests: 0, numFailedTests: 1, numPendingTests: 0, numFailedTestSuites: 1 };
  }
}

function container(tally: Tally, peersReady: boolean): void {
  const allowed = process.platform === 'linux' && process.getuid?.() === 0 && peersReady;
  if (!allowed && !ci) {
    say('Left out: the container image (needs Debian, root, buildah and debootstrap).');
    tally.skipped += 1;
    return;
  }
  count(tally, 'container image', run('bash', ['tests/container/prove.sh']));
}

function count(tally: Tally, name: string, green: boolean): void {
  say(`${green ? 'ok' : 'FAILED'}: ${name}`);
  if (green) tally.passed += 1;
  else tally.failed += 1;
}

function run(command: string, args: readonly string[]): boolean {
  return spawnSync(command, args, { stdio: ['ignore', 'inherit', 'inherit'] }).status === 0;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

main();
