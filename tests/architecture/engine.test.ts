// The suite runs under the Node that the project brings: with `npm ci --ignore-scripts` the outer one would run it without a word.
import { expect, test } from 'vitest';
import { textOf } from '../support/tree.ts';

const manifest = JSON.parse(textOf('package.json')) as { engines: { node: string }; devDependencies: Record<string, string> };
const numbers = (version: string) => version.split('.').map(Number);

test('the running Node is 24 or newer, as package.json asks', () => {
  expect(manifest.engines.node).toBe('>=24');
  expect(numbers(process.versions.node)[0]).toBeGreaterThanOrEqual(24);
});

test('the running Node is the one that the project brings, or a newer one', () => {
  const [pinned = [], running = []] = [manifest.devDependencies['node'] ?? '', process.versions.node].map(numbers);
  const difference = pinned.map((number, index) => (running[index] ?? 0) - number).find((each) => each !== 0) ?? 0;
  expect(difference).toBeGreaterThanOrEqual(0);
});
