// kill -9 in the middle of writing: what returned is there, the file is whole.
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../tests/support/peers.ts';
import { endpoint, noon, storeOptions } from '../../../tests/support/store-samples.ts';
import { openStore } from './store.ts';

const writer = join(import.meta.dirname, '../../../tests/support/store-writer.ts');
const rounds = 20;

/** Writes from number `first` on, is killed at a random moment, and gives what it had told by then. */
async function writeAndDie(folder: string, first: number): Promise<{ readonly returned: number[]; readonly flushed: number }> {
  const child = spawn(process.execPath, [writer, 'kill', folder, String(first)], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    if (text === '') setTimeout(() => child.kill('SIGKILL'), Math.random() * 120);
    text += chunk.toString();
  });
  const signal = await new Promise((resolve) => child.once('close', (_code, name) => resolve(name)));
  expect(signal).toBe('SIGKILL');
  // The last line may have been cut in the middle.
  const lines = text.split('\n').slice(0, -1);
  const numbers = (word: string) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => Number(line.slice(word.length + 1)));
  return { returned: numbers('returned'), flushed: Math.max(-1, ...numbers('flushed')) };
}

test(`killed ${rounds} times: every transition that returned is there, with every result before it, and the file is whole`, {
  timeout: 120_000,
}, async () => {
  const folder = temporaryFolder('crash');
  const returned: number[] = [];
  let first = 0;
  for (let round = 0; round < rounds; round += 1) {
    const told = await writeAndDie(folder.path, first);
    expect(told.returned.length).toBeGreaterThan(0);
    returned.push(...told.returned);

    const store = openStore(folder.path, storeOptions().options);
    expect(store.health()).toEqual({ ok: true });
    const owed = new Set(store.outbox.pending('hook', 1_000_000).map(({ alert }) => alert.key));
    expect(returned.filter((n) => !owed.has(`k${n}`))).toEqual([]);
    expect(returned.slice(-20).filter((n) => store.course(`k${n}@1`).length !== 1)).toEqual([]);
    const last = Math.max(told.flushed, ...told.returned);
    const found = new Set(store.results({ endpoint, since: noon + first * 10, limit: 100_000 }).map(({ result }) => result.scheduledAt));
    const lost = Array.from({ length: last - first + 1 }, (_, i) => noon + (first + i) * 10).filter((at) => !found.has(at));
    expect(lost).toEqual([]);
    store.close();

    const db = new DatabaseSync(join(folder.path, 'holter.db'));
    expect(db.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    db.close();
    // Numbers that the dead process may have used without telling are left out.
    first = Math.ceil((last + 1000) / 50) * 50;
  }
  folder.remove();
});
