// Node is started with the same flags from a checkout and in the image.
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const text = (file: string) => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8');

test('package.json and the Dockerfile bound the young generation alike', () => {
  const { scripts } = JSON.parse(text('package.json')) as { scripts: Record<string, string> };
  const flag = /--max-semi-space-size=\d+/;
  const [bound] = flag.exec(scripts['holter'] ?? '') ?? [];
  expect(bound).toBeDefined();
  expect(flag.exec(scripts['demo'] ?? '')?.[0]).toBe(bound);
  const entry = /^ENTRYPOINT (\[.*\])$/m.exec(text('Dockerfile'))?.[1] ?? '[]';
  expect(JSON.parse(entry)).toContain(bound);
});
