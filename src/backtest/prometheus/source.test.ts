// Histories from a Prometheus that holds a few series in memory: what is asked, what becomes of the answers.
import { describe, expect, test } from 'vitest';
import { HolterError } from '#model/error.ts';
import { hourMs, minuteMs } from '#model/time.ts';
import type { Answer, Prometheus, Range } from './client.ts';
import { nameSeries } from './names.ts';
import { type PrometheusQuery, readPrometheus } from './source.ts';

const to = Date.UTC(2026, 10, 25);
const from = to - 6 * hourMs;

interface Stored {
  readonly metric: Readonly<Record<string, string>>;
  /** Time in seconds, and the value. */
  readonly samples: readonly (readonly [number, string])[];
}

/** Samples from `from` on: `1` well, `0` failed, `_` not scraped. */
function stored(metric: Readonly<Record<string, string>>, pattern: string, everyS: number, offS = 0): Stored {
  const samples = pattern.split('').flatMap((value, i) => (value === '_' ? [] : [[from / 1000 + offS + i * everyS, value] as const]));
  return { metric: { __name__: 'probe_success', ...metric }, samples };
}

interface Fake extends Prometheus {
  readonly asked: string[];
}

/** As Prometheus answers: at each step the latest sample of the last five minutes. `selector` false: it gives no samples. */
function fake(all: readonly Stored[], { selector = true, mostPoints = 11_000 } = {}): Fake {
  const asked: string[] = [];
  const series = (values: (one: Stored) => Stored['samples']): Answer => ({
    warnings: ['partial'],
    series: all.map((one) => ({ metric: { ...one.metric }, values: values(one) })).filter(({ values: own }) => own.length > 0),
  });
  return {
    asked,
    close: () => undefined,
    range: async (query, range) => {
      asked.push(`range ${query} ${range.step / 1000}`);
      if ((range.to - range.from) / range.step + 1 > mostPoints) throw new HolterError('history', 'query timed out', { retryable: true });
      return series(({ samples }) => steps(range).flatMap((at) => seen(samples, at)));
    },
    samples: async (query, after, until) => {
      asked.push(`samples ${query}`);
      if (!selector) throw new HolterError('history', 'ranges only allowed for vector selectors', { retryable: false });
      return series(({ samples }) => samples.filter(([at]) => at * 1000 > after && at * 1000 <= until));
    },
  };
}

function steps({ from: first, to: last, step }: Range): readonly number[] {
  return Array.from({ length: Math.floor((last - first) / step) + 1 }, (_, i) => (first + i * step) / 1000);
}

function seen(samples: Stored['samples'], at: number): readonly (readonly [number, string])[] {
  const latest = samples.findLast(([time]) => time <= at && time > at - 300);
  return latest === undefined ? [] : [[at, latest[1]]];
}

const wanted: PrometheusQuery = {
  query: 'probe_success',
  from,
  to,
  step: undefined,
  names: { service: '', region: '', endpoint: '' },
  most: 10,
};

async function read(prometheus: Prometheus, more: Partial<PrometheusQuery> = {}) {
  const notes: string[] = [];
  const histories = await readPrometheus(
    prometheus,
    { ...wanted, ...more },
    { progress: () => undefined, note: (text) => notes.push(text) },
  );
  return { notes, histories: histories.map((one) => ({ ...one, text: Array.from(one.outcomes, (code) => '01?'[code]).join('') })) };
}

describe('a selector', () => {
  test('is read sample by sample, each series at its own interval, from its first sample to its last', async () => {
    const a = stored({ job: 'web', instance: 'a' }, `11011_1${'1'.repeat(50)}0`, 30, 7.3);
    const b = stored({ job: 'web', instance: 'b' }, `1_01${'1'.repeat(40)}`, 60, 59.9);
    const { histories } = await read(fake([a, b]));
    expect(histories.map(({ name, interval, start, text }) => [name, interval, start, text])).toEqual([
      ['web/a', 30_000, from + 7300, `00100?0${'0'.repeat(50)}1`],
      ['web/b', 60_000, from + 59_900, `0?10${'0'.repeat(40)}`],
    ]);
  });

  test('may be scraped a little early or late', async () => {
    const pattern = '10'.repeat(100);
    const late = stored({ instance: 'a' }, pattern, 30);
    const samples = late.samples.map(([at, value], i) => [at + ((i * 7) % 11) - 5, value] as const);
    const { histories } = await read(fake([{ ...late, samples }]));
    expect(histories[0]?.text).toBe('01'.repeat(100));
  });

  test('with a step that is longer than the scrapes are apart is asked for its values at each step', async () => {
    const { histories } = await read(fake([stored({ instance: 'a' }, '1110'.repeat(180), 30)]), { step: 2 * minuteMs });
    expect(histories[0]).toMatchObject({ interval: 120_000, text: `${'0'.repeat(180)}1` });
  });

  test('that is much too fast for the others is looked at more seldom', async () => {
    const fast = stored({ instance: 'fast' }, `0${'1'.repeat(3000)}`, 1);
    const slow = ['x', 'y', 'z'].map((instance) => stored({ instance }, '1'.repeat(100), 60));
    const { histories } = await read(fake([...slow, fast]));
    expect(histories.map(({ interval }) => interval)).toEqual([15_000, 60_000, 60_000, 60_000]);
    expect(histories[0]?.text.startsWith('10')).toBe(true);
  });
});

describe('an expression', () => {
  test('is asked for its values every 30 s, and says so, unless a step is given', async () => {
    const prometheus = fake([stored({ instance: 'a' }, '1110111'.repeat(10), 30)], { selector: false });
    const { histories, notes } = await read(prometheus, { query: 'min(probe_success)' });
    // The look-back of five minutes: nine more at the end.
    expect(histories[0]).toMatchObject({ interval: 30_000, text: `${'0001000'.repeat(10)}000000000` });
    expect(notes).toEqual([
      'Prometheus warns: partial',
      'how often it was scraped cannot be told from this query; every 30 s is assumed (--step says otherwise)',
    ]);
    expect((await read(prometheus, { step: minuteMs })).notes).toEqual(['Prometheus warns: partial']);
  });

  test('that is too hard in one piece is asked in halves', async () => {
    const prometheus = fake([stored({ instance: 'a' }, '10'.repeat(360), 30)], { selector: false, mostPoints: 362 });
    const { histories } = await read(prometheus);
    expect(histories[0]?.text.slice(0, 720)).toBe('01'.repeat(360));
    expect(prometheus.asked.filter((one) => one.endsWith(' 30')).length).toBe(3);
  });
});

describe('what cannot be judged', () => {
  test.each([
    ['0.5', /probe_success\{instance="a"\} is 0\.5 at 2026-11-24T18:00:00\.000Z; 1 \(well\) and 0 \(failed\) are expected/],
    ['-1', / is -1 at /],
    ['+Inf', / is \+Inf at /],
  ])('a value %s is an error that names it', async (value, message) => {
    const odd = { metric: { __name__: 'probe_success', instance: 'a' }, samples: [[from / 1000, value] as const] };
    await expect(read(fake([odd]))).rejects.toThrow(message);
  });

  test('no number is no outcome', async () => {
    const one = stored({ instance: 'a' }, '1111', 30);
    const samples = one.samples.map(([at, value], i) => [at, i === 2 ? 'NaN' : value] as const);
    expect((await read(fake([{ ...one, samples }]))).histories[0]?.text).toBe('00?0');
  });

  test('nothing, or too many series, is said', async () => {
    await expect(read(fake([]))).rejects.toThrow(/gives nothing from 2026-11-24T18:00:00\.000Z to 2026-11-25/);
    const many = Array.from({ length: 11 }, (_, i) => stored({ instance: `${i}` }, '11', 30));
    await expect(read(fake(many))).rejects.toThrow(/11 series; more than 10, .*--max-series/);
  });

  test('other trouble than with the question is no answer', async () => {
    const broken: Prometheus = { ...fake([]), samples: () => Promise.reject(new TypeError('a bug')) };
    await expect(read(broken)).rejects.toThrow('a bug');
  });
});

describe('names', () => {
  const usual = wanted.names;

  test('are service, endpoint and region, by the labels that people use', () => {
    expect(nameSeries([{ job: 'blackbox', instance: 'https://u:p@a.example:8443/x?y', region: 'norcal', module: 'http' }], usual)).toEqual([
      { name: 'blackbox/https://u:p@a.example:8443/x?y/norcal', labels: { service: 'blackbox', region: 'norcal', host: 'a.example' } },
    ]);
    const own = { job: 'holter', instance: 'holter:9715', service: 'ehr', endpoint: 'fhir', region: 'socal', vantage: 'oakland' };
    expect(nameSeries([own], usual)[0]?.name).toBe('ehr/fhir/socal');
    expect(nameSeries([{ app: 'x', dc: 'east', url: '[::1]:443' }], { service: 'app', region: 'dc', endpoint: 'url' })[0]).toEqual({
      name: 'x/[::1]:443/east',
      labels: { service: 'x', region: 'east', host: '::1' },
    });
    expect(nameSeries([{ __name__: 'up', zone: 'a' }], usual)[0]?.name).toBe('up{zone="a"}');
  });

  test('that would be alike carry the labels that differ', () => {
    const named = nameSeries(
      [
        { job: 'b', instance: 'a', module: 'tcp' },
        { job: 'b', instance: 'a', module: 'http' },
        { job: 'b', instance: 'c' },
      ],
      usual,
    );
    expect(named.map(({ name }) => name)).toEqual(['b/a{module="tcp"}', 'b/a{module="http"}', 'b/c']);
  });
});
