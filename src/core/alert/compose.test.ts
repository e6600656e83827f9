// The exact words of pages. Read them as the person on call would.
import { describe, expect, test } from 'vitest';
import type { Severity } from '#model/alert.ts';
import type { Incident } from '#model/incident.ts';
import type { ServicePlan } from '#model/plan.ts';
import type { Pattern } from '#model/verdict.ts';
import { planOf } from '../../../tests/support/plan.ts';
import { epoch, incidentOf, verdictOf } from '../../../tests/support/results.ts';
import { alertOf, severityOf } from './alerts.ts';
import { pageOf } from './compose.ts';
import type { Facts } from './facts.ts';

const minute = 60_000;
const [endpoint] = planOf([{ service: 'ehr', name: 'fhir', region: 'norcal' }]).endpoints;
if (endpoint === undefined) throw new Error('the plan has no endpoint');
const strip = '000100101000000110'.repeat(4).slice(0, 60);

const ehr: ServicePlan = {
  id: 'ehr',
  name: 'EHR',
  features: ['records', 'message center', 'e-visits', 'billing'],
  dependsOn: ['identity', 'network'],
  owner: 'ehr-oncall',
  runbook: 'https://runbooks.example.org/ehr',
  downtime: 'Read-only EHR on the business-continuity PCs; orders on paper forms D-1 to D-4',
  criticality: 'critical',
};

const bursts: Pattern = {
  kind: 'bursts',
  share: 0.91,
  spellSeconds: 120,
  gapSeconds: 540,
  alternatives: [{ kind: 'steady', share: 0.09 }],
};

function incident(more: Partial<Incident> = {}): Incident {
  return incidentOf(endpoint as NonNullable<typeof endpoint>, {
    verdict: verdictOf('ehr/fhir/norcal', { state: 'intermittent', evidenceRatio: 1.31, pattern: bursts }),
    reasons: { connect_timeout: 9, reset: 5, dns: 2, tls: 1 },
    samples: [
      { at: epoch + 9 * minute, reason: 'reset', message: 'the connection was closed' },
      { at: epoch + 10 * minute, reason: 'connect_timeout', message: 'no answer from 10.0.0.1:443\r\n\u202einjected' },
    ],
    strip,
    ...more,
  });
}

function facts(more: Partial<Facts> = {}): Facts {
  return {
    event: 'opened',
    at: epoch + 12 * minute,
    clockOffset: 0,
    incident: incident(),
    openedFor: 'failing',
    known: 'intermittent',
    spell: { onset: epoch, pausedAt: null, attempts: 60, failures: 17, worstStretch: { failures: 23, probes: 60 } },
    okRun: 0,
    access: { locked: false, until: null },
    notices: { reminders: 0, remindAt: null },
    why: '',
    service: ehr,
    regionName: 'Northern California',
    falsePagesPerYear: 0.012,
    fallback: false,
    surroundings: { needs: [], dependents: [], alsoUnwell: [], wellElsewhere: [], unwellElsewhere: [] },
    publicUrl: 'http://holter.example.org:9715/',
    ...more,
  };
}

const down = {
  ...verdictOf('ehr/fhir/norcal', { state: 'down', evidenceRatio: 1, healthyRate: 0.0001 }),
  pattern: { kind: 'down', share: 1, alternatives: [] },
} as const;
const worded = (pattern: Pattern) => page({ incident: incident({ verdict: { ...incident().verdict, pattern } }) }).pattern;
const page = (more: Partial<Facts> = {}) => pageOf(facts(more), 'critical');

describe('an intermittent service', () => {
  test('with everything that is known', () => {
    const surroundings = {
      needs: [
        { name: 'Single sign-on', state: 'up' },
        { name: 'Network', state: 'intermittent' },
      ],
      dependents: ['Pharmacy', 'Laboratory'],
      alsoUnwell: ['Network', 'Pharmacy'],
      wellElsewhere: ['Southern California', 'Portland'],
      unwellElsewhere: ['Maryland'],
    } as const;
    const { lines, title } = page({ surroundings, fallback: true });
    expect(title).toBe('EHR fhir intermittent in Northern California');
    expect(lines).toEqual([
      'EHR (fhir) in Northern California has been intermittent since 2027-01-15 08:00:00 UTC, for 12 min.',
      '17 of the last 60 probes failed, about 28 % (19 to 39 %). When it is well, about 0.1 % fail.',
      'Commonest reasons: 9 connect_timeout (the connection was not accepted in time), 5 reset (the connection was closed before the answer was complete) and 2 dns (the name could not be resolved).',
      'Pattern: bursts of about 2 min every 11 min.',
      `Last 60 probes, newest last, 1 is a failure: ${strip}`,
      'Latest failures:',
      '  08:09:00 UTC reset: the connection was closed',
      '  08:10:00 UTC connect_timeout: no answer from 10.0.0.1:443 injected',
      'Patients lose at times: records, message center, e-visits and billing.',
      'What depends on it: Pharmacy and Laboratory.',
      'It depends on Single sign-on (up) and Network (intermittent).',
      'Also unwell in Northern California: Network and Pharmacy.',
      'The same endpoint is unwell in Maryland too.',
      'The same endpoint is well in Southern California and Portland.',
      'Downtime procedure: Read-only EHR on the business-continuity PCs; orders on paper forms D-1 to D-4',
      'Runbook: https://runbooks.example.org/ehr',
      'Evidence: 1.3 times what a page needs; this endpoint may cost at most one false page in 83 years.',
      'No route matches this service and region, so every receiver is told.',
    ]);
  });

  test('the members of the page say the same, one by one', () => {
    expect(page()).toMatchObject({
      service: 'ehr',
      serviceName: 'EHR',
      region: 'norcal',
      regionName: 'Northern California',
      state: 'intermittent',
      severity: 'critical',
      since: epoch,
      rate: '17 of the last 60 probes failed, about 28 % (19 to 39 %)',
      reasons: '9 connect_timeout, 5 reset, 2 dns',
      pattern: 'bursts of about 2 min every 11 min',
      features: ['records', 'message center', 'e-visits', 'billing'],
      downtime: 'Read-only EHR on the business-continuity PCs; orders on paper forms D-1 to D-4',
      runbook: 'https://runbooks.example.org/ehr',
      strip,
      links: [
        { name: 'Open incidents', url: 'http://holter.example.org:9715/api/v1/incidents' },
        { name: 'Runbook', url: 'https://runbooks.example.org/ehr' },
      ],
    });
  });

  test('with nothing but the least: no region, no features, no runbook', () => {
    const bare: ServicePlan = { ...ehr, name: 'lab', features: [], runbook: '', downtime: '' };
    const { pattern: _, ...verdict } = incident().verdict;
    const least = incident({ verdict, reasons: {}, samples: [], strip: '0110' });
    const { title, lines, links } = page({ service: bare, regionName: '', incident: least, publicUrl: '', falsePagesPerYear: 2 });
    expect(title).toBe('lab fhir intermittent');
    expect(lines).toEqual([
      'lab (fhir) has been intermittent since 2027-01-15 08:00:00 UTC, for 12 min.',
      '17 of the last 60 probes failed, about 28 % (19 to 39 %). When it is well, about 0.1 % fail.',
      'Last 4 probes, newest last, 1 is a failure: 0110',
      'Evidence: 1.3 times what a page needs; this endpoint may cost at most 2 false pages a year.',
    ]);
    expect(links).toEqual([]);
  });
});

describe('the pattern', () => {
  test.each<[string, Pattern]>([
    ['single failures spread evenly', { kind: 'steady', share: 0.95, alternatives: [{ kind: 'bursts', share: 0.05 }] }],
    ['nearly every probe fails', { kind: 'down', share: 0.8, alternatives: [] }],
    [
      'bursts of about 45 s every 11 min (62 % likely; else single failures spread evenly 30 %, nearly every probe fails 8 %)',
      {
        kind: 'bursts',
        share: 0.62,
        spellSeconds: 45,
        gapSeconds: 610,
        alternatives: [
          { kind: 'steady', share: 0.3 },
          { kind: 'down', share: 0.08 },
        ],
      },
    ],
    ['bursts', { kind: 'bursts', share: 0.9, alternatives: [] }],
  ])('%s', (text, pattern) => {
    expect(worded(pattern)).toBe(text);
  });
});

describe('a service that is down', () => {
  const spell = { ...facts().spell, attempts: 3, failures: 3 };
  const fault = incident({ verdict: { ...down, failureRate: { mean: 1, low: 0.354, high: 0.9999 } }, worst: 'down' });

  test('from the start', () => {
    const { title, lines } = page({ incident: fault, spell, at: epoch + 61_000 });
    expect(title).toBe('EHR fhir down in Northern California');
    expect(lines.slice(0, 2)).toEqual([
      'EHR (fhir) in Northern California has been down since 2027-01-15 08:00:00 UTC, for 61 s.',
      'All of the last 3 probes failed (35 to over 99 %). When it is well, about 0.01 % fail.',
    ]);
    expect(lines).toContain('Patients lose: records, message center, e-visits and billing.');
    expect(lines).toContain('Evidence: just what a page needs; this endpoint may cost at most one false page in 83 years.');
  });

  test('after it was intermittent', () => {
    const { title, lines } = page({ event: 'worsened', incident: fault });
    expect(title).toBe('EHR fhir now down in Northern California');
    expect(lines[0]).toBe(
      'EHR (fhir) in Northern California went from intermittent to down. The trouble began at 2027-01-15 08:00:00 UTC, 12 min ago.',
    );
  });
});

describe('later notices', () => {
  test('a reminder counts itself and names the next', () => {
    const at = epoch + 7 * 60 * minute;
    const spell = { ...facts().spell, attempts: 840, failures: 235 };
    const { title, lines } = page({ event: 'reminder', at, spell, notices: { reminders: 2, remindAt: at + 4 * 60 * minute } });
    expect(title).toBe('EHR fhir still intermittent in Northern California');
    expect(lines[0]).toBe(
      'EHR (fhir) in Northern California is still intermittent. The trouble began at 2027-01-15 08:00:00 UTC, 7 h ago.',
    );
    expect(lines[1]).toBe('235 of the last 840 probes failed, about 28 % (19 to 39 %). When it is well, about 0.1 % fail.');
    expect(lines.at(-1)).toBe('This is reminder 2; the next comes in 4 h unless it is over.');
    expect(lines.join('\n')).not.toContain('Evidence');
  });

  test('a reminder without fresh results says that', () => {
    const silent = incident({ verdict: { ...incident().verdict, state: 'unknown' } });
    const { title, lines } = page({ event: 'reminder', incident: silent });
    expect(title).toBe('EHR fhir still without fresh results in Northern California');
    expect(lines[0]).toBe(
      'EHR (fhir) in Northern California gives no fresh results, and its incident stays open. The trouble began at 2027-01-15 08:00:00 UTC, 12 min ago.',
    );
  });

  test('trouble that came back', () => {
    const spell = { ...facts().spell, onset: epoch + 60 * minute, pausedAt: epoch + 40 * minute };
    const { title, lines } = page({ event: 'reopened', at: epoch + 65 * minute, spell });
    expect(title).toBe('EHR fhir intermittent again in Northern California');
    expect(lines[0]).toBe(
      'EHR (fhir) in Northern California is intermittent again since 2027-01-15 09:00:00 UTC, for 5 min. It was thought over at 2027-01-15 08:40:00 UTC; the incident goes on.',
    );
  });
});

describe('a resolve', () => {
  const well = incident({ state: 'resolved', verdict: verdictOf('ehr/fhir/norcal', { state: 'up' }) });
  const spell = { onset: epoch, pausedAt: epoch + 34 * minute, attempts: 68, failures: 41, worstStretch: { failures: 38, probes: 60 } };
  const over = { event: 'resolved', incident: well, at: epoch + 34 * minute, spell, okRun: 22 } as const;

  test('says how long, how bad, and why it is thought steady', () => {
    const { title, lines, rate } = page(over);
    expect(title).toBe('EHR fhir steady again in Northern California after 34 min');
    expect(rate).toBe('41 of 68 probes failed, about 60 %');
    expect(lines).toEqual([
      'EHR (fhir) in Northern California is steady again. The trouble lasted 34 min, from 2027-01-15 08:00:00 UTC to 2027-01-15 08:34:00 UTC.',
      '41 of 68 probes failed, about 60 %; in the worst stretch 38 of 60 (63 %). The worst state was intermittent.',
      'The last 22 probes went well; a fault that went on would look as well as this at most once in 7 days.',
      'Commonest reasons: 9 connect_timeout (the connection was not accepted in time), 5 reset (the connection was closed before the answer was complete) and 2 dns (the name could not be resolved).',
      `Last 60 probes, newest last, 1 is a failure: ${strip}`,
      'Downtime procedure that may still be in force: Read-only EHR on the business-continuity PCs; orders on paper forms D-1 to D-4',
    ]);
  });

  test('of trouble that had come back says when it first began', () => {
    expect(page({ ...over, spell: { ...spell, onset: epoch + 10 * minute } }).lines).toContain(
      'It had come back: the incident first began at 2027-01-15 08:00:00 UTC.',
    );
  });

  test('that a reload forced claims nothing', () => {
    const { title, lines, state } = page({ ...over, why: 'removed from the configuration' });
    expect(title).toBe('EHR fhir no longer judged in Northern California after 34 min');
    expect(lines[0]).toBe(
      'EHR (fhir) in Northern California: removed from the configuration. Nothing is proven; the trouble was open for 34 min, from 2027-01-15 08:00:00 UTC to 2027-01-15 08:34:00 UTC.',
    );
    expect(lines.join('\n')).not.toMatch(/steady|went well/);
    expect(state).toBe('unknown');
  });
});

test('names without end make a page with bounds', () => {
  const long = 'x'.repeat(5000);
  const service = { ...ehr, name: long, downtime: long, runbook: long, features: Array.from({ length: 50 }, () => long) };
  const { title, lines } = page({ service, regionName: long });
  expect(title.length).toBeLessThanOrEqual(120);
  for (const line of lines) expect(line.length).toBeLessThan(1000);
});

test.each<[ServicePlan['criticality'], Severity, Severity]>([
  ['critical', 'critical', 'critical'],
  ['high', 'error', 'critical'],
  ['normal', 'warning', 'critical'],
  ['low', 'warning', 'error'],
])('a service of %s criticality is %s while intermittent and %s when down', (criticality, intermittent, whenDown) => {
  expect(severityOf(criticality, { trouble: 'failing', worst: 'intermittent' })).toBe(intermittent);
  expect(severityOf(criticality, { trouble: 'failing', worst: 'down' })).toBe(whenDown);
});

test('labels stay as they were at the opening, while the page follows the worst state', () => {
  const notices = { reminders: 0, remindAt: null, receivers: ['pager'], severity: 'warning' } as const;
  const alert = alertOf({ ...facts({ event: 'worsened', incident: incident({ worst: 'down' }) }), id: 'i#2', notices });
  expect(alert.labels).toEqual({ service: 'ehr', region: 'norcal', endpoint: 'fhir', severity: 'warning' });
  expect(alert.page.severity).toBe('critical');
  expect(alert.receivers).toEqual(['pager']);
});
