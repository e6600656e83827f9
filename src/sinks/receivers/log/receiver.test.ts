// What the log receiver prints.
import { expect, test } from 'vitest';
import type { Alert } from '../door.ts';
import { log } from './receiver.ts';

const alert: Alert = {
  id: 'ehr/fhir/norcal@1#1',
  key: 'ehr/fhir/norcal',
  incident: 'ehr/fhir/norcal@1',
  event: 'opened',
  at: Date.UTC(2026, 5, 1, 12),
  receivers: ['terminal'],
  labels: { service: 'ehr' },
  page: {
    title: 'EHR is intermittent in Northern California',
    lines: ['17 of the last 60 probes failed.', 'A line\u001b[31m that\nbreaks out\u202e.'],
    service: 'ehr',
    serviceName: 'Electronic health records',
    region: 'norcal',
    regionName: 'Northern California',
    state: 'intermittent',
    severity: 'error',
    since: Date.UTC(2026, 5, 1, 11, 50),
    rate: '28 %',
    reasons: '9 reset',
    pattern: '',
    features: ['records', 'billing'],
    downtime: 'paper forms',
    runbook: 'https://runbooks.example.org/ehr',
    links: [{ name: 'Status', url: 'http://127.0.0.1:9715/' }],
    strip: '0010',
  },
};

async function printed(options: object): Promise<string> {
  const lines: string[] = [];
  const context = { signal: new AbortController().signal, now: 0, print: (text: string) => void lines.push(text) };
  const outcome = await log.open(log.options.parse(options)).send(alert, context);
  expect(outcome).toEqual({ outcome: 'delivered' });
  return lines.join('');
}

test('a page for people: one block, its sentences, links and id', async () => {
  expect(await printed({})).toBe(`${'-'.repeat(72)}
OPENED [error] EHR is intermittent in Northern California

17 of the last 60 probes failed.
A line [31m that breaks out .

Status: http://127.0.0.1:9715/
Alert: ehr/fhir/norcal@1#1
${'-'.repeat(72)}
`);
});

test('a page for programs: the whole alert on one line', async () => {
  const text = await printed({ format: 'json' });
  expect(text.split('\n')).toHaveLength(2);
  expect(JSON.parse(text)).toEqual(alert);
});
