// `npm run generate`: writes the JSON Schema, the reference page and the option tables from the schemas in the code.
// With --check it writes nothing and fails when a file is not up to date.
import { readFileSync, writeFileSync } from 'node:fs';
import { kinds } from '#app/kinds.ts';
import { generate } from '#config/generate.ts';

const stale: string[] = [];
for (const [path, text] of generate(kinds, read)) {
  if (read(path) === text) continue;
  stale.push(path);
  if (!process.argv.includes('--check')) writeFileSync(path, text);
}
const words = process.argv.includes('--check') ? 'not up to date, run "npm run generate"' : 'written';
for (const path of stale) process.stdout.write(`${path}: ${words}\n`);
if (process.argv.includes('--check') && stale.length > 0) process.exitCode = 1;

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
