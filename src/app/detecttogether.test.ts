import { describe, expect, test } from 'vitest';
import { judgeTogether, type LabelledTrace, readLabelledTrace } from './detecttogether.ts';

const options = { falsePagesPerYear: 1, grace: 60_000 };
const services = ['ehr', 'laboratory', 'pharmacy'];
const regions = ['norcal', 'socal'];

/** Well for a day; then `outcomes`, said of each service and region. */
function traces(outcomes: (service: string, region: string) => string): readonly LabelledTrace[] {
  return services.flatMap((service) =>
    regions.map((region) => ({
      id: `${service}-${region}`,
      interval_s: 30,
      outcomes: '0'.repeat(2880) + outcomes(service, region),
      labels: { service, region, host: '' },
    })),
  );
}

const well = '0'.repeat(240);

test('a region that goes down is told as one, at the level of the region, and its members by it', () => {
  const verdicts = judgeTogether(
    traces((_, region) => (region === 'norcal' ? '1'.repeat(60) + well : '0'.repeat(300))),
    options,
  );
  const group = verdicts.find(({ id }) => id === 'region/norcal');
  expect(group?.members?.toSorted()).toEqual(['ehr-norcal', 'laboratory-norcal', 'pharmacy-norcal']);
  expect(group?.events.map(({ state }) => state)).toEqual(['down', 'up']);
  expect(group?.events[0]?.i).toBeLessThanOrEqual(2880 + 4);
  for (const { id, events } of verdicts.slice(0, 6)) {
    if (!id.endsWith('norcal')) expect(events).toEqual([]);
    else expect(events[0]).toMatchObject({ state: 'down', level: 'region' });
  }
});

test('one trace that fails is told of itself alone', () => {
  const verdicts = judgeTogether(
    traces((service, region) => (service === 'ehr' && region === 'norcal' ? '00100'.repeat(60) : '0'.repeat(300))),
    options,
  );
  expect(verdicts).toHaveLength(6);
  expect(verdicts[0]?.events[0]).toMatchObject({ state: 'intermittent', level: 'endpoint' });
});

test('traces of other intervals and lengths are judged by their own time', () => {
  const slow = { id: 'slow', interval_s: 60, outcomes: `${'0'.repeat(1440)}11111`, labels: { service: '', region: '', host: '' } };
  const [first] = judgeTogether([slow, ...traces(() => '')], options);
  expect(first?.events).toHaveLength(1);
  expect(first?.events[0]).toMatchObject({ state: 'down', level: 'endpoint' });
  // At its third failure, or one probe later where others might be failing with it.
  expect([1442, 1443]).toContain(first?.events[0]?.i);
});

describe('a line', () => {
  const line = { id: 'a', interval_s: 30, outcomes: '01?' };

  test.each([
    [undefined, { service: '', region: '', host: '' }],
    ['ehr', { service: 'ehr', region: '', host: '' }],
    [
      { region: 'norcal', colour: 'red' },
      { service: '', region: 'norcal', host: '' },
    ],
  ])('with the group %j', (group, labels) => {
    expect(readLabelledTrace({ ...line, ...(group !== undefined && { group }) })).toMatchObject({ trace: { labels } });
  });

  test.each([3, null, ['ehr'], { service: 3 }])('with the group %j is refused', (group) => {
    expect(readLabelledTrace({ ...line, group })).toMatchObject({ error: expect.stringContaining('"group"') });
  });
});

test('of traces with latencies events say whether they are slow, and the others are as ever', () => {
  const outcomes = '0'.repeat(3200);
  const latency_ms = Array.from(outcomes, (_, i) => (i % 50 === 7 ? null : (i >= 3000 && i < 3100 ? 900 : 100) + ((i * 37) % 41)));
  const labels = { service: 'lab', region: '', host: '' };
  const verdicts = judgeTogether(
    [
      { id: 'a', interval_s: 30, outcomes, latency_ms, labels },
      { id: 'b', interval_s: 30, outcomes, labels },
    ],
    options,
  );
  expect(verdicts.map(({ id, events }) => [id, events.map(({ state, slow }) => `${state} ${slow}`)])).toEqual([
    ['a', ['up true', 'up false']],
    ['b', []],
  ]);
});
