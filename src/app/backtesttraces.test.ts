// Lines as histories: when they began, which faults there were, and what is wrong with a line.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { readTraces, traceBytes } from './backtesttraces.ts';

const folder = mkdtempSync(join(tmpdir(), 'holter-traces-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function read(...lines: readonly string[]) {
  const bad: string[] = [];
  const input = Readable.from([Buffer.from(lines.join('\n'))]);
  const { histories } = await readTraces(input, (line, message) => bad.push(`${line}: ${message}`));
  return { bad, histories };
}

const line = (more: object) => JSON.stringify({ id: 'a', interval_s: 30, outcomes: '0110?', ...more });

test('a line is a history; one that does not say when it began begins at 0', async () => {
  const { histories } = await read(
    line({}),
    line({
      id: 'b',
      start: '2026-11-25T10:00:00Z',
      group: { service: 's', region: 'r', host: 'h' },
      faults: [
        [1, 2],
        [4, 4],
      ],
      latency_ms: null,
    }),
  );
  expect(histories).toEqual([
    { name: 'a', labels: { service: '', region: '', host: '' }, start: 0, interval: 30_000, outcomes: Uint8Array.of(0, 1, 1, 0, 2) },
    {
      name: 'b',
      labels: { service: 's', region: 'r', host: 'h' },
      start: Date.UTC(2026, 10, 25, 10),
      interval: 30_000,
      outcomes: Uint8Array.of(0, 1, 1, 0, 2),
      faults: [
        [1, 2],
        [4, 4],
      ],
    },
  ]);
});

test('two of one name can be told apart', async () => {
  const { histories } = await read(line({}), line({}), line({}));
  expect(histories.map(({ name }) => name)).toEqual(['a', 'a (2)', 'a (3)']);
});

test('bad lines are told with their number and left out', async () => {
  const { bad, histories } = await read(
    line({ start: 'yesterday' }),
    line({ start: 5 }),
    line({ faults: [[3, 2]] }),
    line({ faults: [[0, 5]] }),
    line({
      faults: [
        [2, 3],
        [1, 4],
      ],
    }),
    line({ faults: [[0.5, 1]] }),
    line({ faults: [[1]] }),
    line({ faults: 'none' }),
    '{',
    line({}),
  );
  expect(bad.map((one) => one.split(': ')[0])).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9']);
  expect(bad[0]).toContain('"start" must be a date');
  expect(bad[2]).toContain('"faults" must be [first, last] pairs');
  expect(histories).toHaveLength(1);
});

test('a file may be packed; one that is not there is told', async () => {
  const packed = join(folder, 'a.jsonl.gz');
  writeFileSync(packed, gzipSync(`${line({})}\n`));
  const none = Readable.from([]);
  const { histories } = await readTraces(traceBytes(packed, none), () => undefined);
  expect(histories).toHaveLength(1);
  const missing = (path: string) => readTraces(traceBytes(join(folder, path), none), () => undefined);
  await expect(missing('b.jsonl')).rejects.toThrow(/b\.jsonl cannot be read: ENOENT/);
  await expect(missing('b.jsonl.gz')).rejects.toThrow(/b\.jsonl\.gz cannot be read: ENOENT/);
  writeFileSync(join(folder, 'c.gz'), 'not packed');
  await expect(missing('c.gz')).rejects.toThrow(/c\.gz cannot be read: incorrect header check/);
});
