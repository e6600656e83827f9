// A good configuration, damaged at random: never thrown, every mistake placed, no secret shown.
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { loadPlan } from '#config/load.ts';
import { printPlan } from '#config/print.ts';
import { formatProblem, problemCodes } from '#schema/problem.ts';
import { loadOptions } from './kinds.ts';
import { memoryFiles } from './memory.ts';

const secret = 'hunter2-is-the-secret';
const good = `system: Example Health
schedule: { every: 30s, timeout: 10s }
paging: { false_pages: 12 per year, grace: 60s }
limits: { host_rate: 5 }
regions:
  norcal: Northern California
  nw: Portland
services:
  network: &net
    endpoints:
      gate: { probe: line, address: "gate.{region}.example.org:443", regions: all }
  ehr:
    name: Electronic health records
    features: [records, billing]
    depends_on: [network]
    owner: ops
    endpoints:
      site:
        probe: web
        url: https://ehr.example.org/
        headers: { Authorization: !env TOKEN, Accept: text/html }
        tls: { key: !file key.pem }
        facts: { certificate_expiry_seconds: { warn: 864000 } }
receivers:
  ops: { webhook: { url: "https://hooks.example.org/", secret: !env TOKEN } }
routes:
  - { services: [ehr], to: [ops] }
  - { to: [ops] }
maintenance:
  - { services: [ehr], cron: "0 4 * * SUN", for: 3h, timezone: America/Los_Angeles, why: patching }
tokens:
  deploy: { secret: !env TOKEN, rights: [reload] }
`;

const load = (text: string) =>
  loadPlan(['h.yaml'], {
    ...loadOptions,
    cronInterval: () => 604_800_000,
    environment: { TOKEN: secret },
    files: memoryFiles({ 'h.yaml': text, 'key.pem': secret }),
  });

const words = [
  '',
  'x',
  '[',
  '{',
  '}',
  ': ',
  '\n',
  '  ',
  '- ',
  '!env ',
  '!file ',
  '*net',
  '&a ',
  '<<: ',
  'null',
  '0',
  '-1',
  '1e99',
  'all',
  '{region}',
  '"',
  "'",
  '#',
  '\t',
  '---\n',
  '__proto__: 1',
  'constructor',
  '\u0000',
  '\u2028',
  '\ud800',
];

const damage = fc.record({
  at: fc.nat(good.length),
  length: fc.oneof(fc.constant(0), fc.nat(12), fc.nat(200)),
  text: fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 }), fc.constantFrom(...good.split(/\s+/))),
});

test('the good configuration is good', async () => {
  expect('plan' in (await load(good))).toBe(true);
});

test('damage is told, never thrown, and no secret appears', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 4 }), async (damages) => {
      let text = good;
      for (const { at, length, text: piece } of damages) text = text.slice(0, at) + piece + text.slice(at + length);
      const outcome = await load(text);
      const shown = 'plan' in outcome ? printPlan(outcome.plan) : outcome.problems.map(formatProblem).join('\n');
      expect(shown).not.toContain('hunter2');
      if ('plan' in outcome) return;
      expect(outcome.problems.length).toBeGreaterThan(0);
      for (const problem of outcome.problems) {
        expect(Object.keys(problemCodes)).toContain(problem.code);
        expect(problem.line).toBeLessThanOrEqual(text.split('\n').length + 1);
        expect(problem.message).not.toMatch(/undefined|\[object|NaN/);
      }
    }),
    { numRuns: 400 },
  );
});

test('a text written where a secret belongs is never shown', async () => {
  const places = ['Authorization: [hunter2]', 'Authorization: { a: hunter2 }'];
  for (const place of places) {
    const outcome = await load(good.replace('Authorization: !env TOKEN', place));
    expect(JSON.stringify(outcome)).not.toContain('hunter2');
  }
  for (const tag of ['!env TOKEN', '!file key.pem']) {
    const outcome = await load(good.replaceAll(tag, 'hunter2'));
    const text = 'problems' in outcome ? outcome.problems.map(formatProblem).join('\n') : '';
    expect(text).toContain('[secret]');
    expect(text).not.toContain('hunter2');
  }
});
