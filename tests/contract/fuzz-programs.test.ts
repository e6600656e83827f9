// Programs that say something else than they should: a probe without network reads no less carefully.
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Change, Changer, changes } from './changes.ts';
import { casesOf, expectClassified, type Lane, patienceMs, playAll } from './fuzz.ts';
import { attemptParsed, type RawOptions, type Subject, subjects } from './harness.ts';

interface Run {
  readonly changes: readonly Change[];
  readonly status: number;
  readonly toErrors: boolean;
}

const run: fc.Arbitrary<Run> = fc.record({ changes, status: fc.oneof(fc.nat(4), fc.nat(255)), toErrors: fc.nat(9).map((of) => of === 0) });

describe.each(subjects.filter(({ simulator }) => simulator.way === 'process'))('$name', (subject) => {
  test('outputs that are changed', { timeout: patienceMs }, async () => {
    const far = await subject.simulator.start();
    try {
      const [program = ''] = programsIn(far.options);
      const output = execFileSync(program);
      expect(output.length).toBeGreaterThan(0);
      // Conversations made up do not exist here: all of a kind's cases are changed answers.
      await playAll(run, 2 * casesOf(subject), () => laneOf(subject, { options: far.options, program, output }));
    } finally {
      await far.close();
    }
  });
});

interface Usual {
  readonly options: RawOptions;
  readonly program: string;
  readonly output: Buffer;
}

async function laneOf(subject: Subject, { options, program, output }: Usual): Promise<Lane<Run>> {
  const folder = mkdtempSync(join(tmpdir(), 'holter-fuzz-'));
  const ours = join(folder, 'program');
  const text = JSON.stringify(options).replaceAll(JSON.stringify(program), JSON.stringify(ours));
  const parsed = subject.kind.options.parse(JSON.parse(text));
  return {
    play: async (one) => {
      const said = Buffer.concat(new Changer(one.changes, output.length, 0).pass(output).pieces);
      writeFileSync(join(folder, 'said'), said);
      writeFileSync(ours, `#!/bin/sh\ncat ${join(folder, 'said')} ${one.toErrors ? '>&2' : ''}\nexit ${one.status}\n`);
      chmodSync(ours, 0o755);
      const { result } = await attemptParsed(subject.kind, parsed, 10_000);
      expectClassified(result, subject);
    },
    connections: () => 0,
    close: async () => rmSync(folder, { recursive: true }),
  };
}

/** Full paths among the options. */
function programsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.startsWith('/') ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(programsIn) : [];
}
