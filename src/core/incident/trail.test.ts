import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { failResult } from '../../../tests/support/results.ts';
import { freshTrail, noteFailure, noteMissing, noteOk, reasonsSince, stripCounts, stripText, stripWordLimit } from './trail.ts';

function trailOf(outcomes: string) {
  const trail = freshTrail();
  outcomes.split('').forEach((outcome, at) => {
    if (outcome === '0') noteOk(trail, at);
    else if (outcome === '?') noteMissing(trail, at);
    else noteFailure(trail, failResult('ehr/fhir', at % 2 === 0 ? 'reset' : 'tls', { scheduledAt: at, message: `number ${at}` }));
  });
  return trail;
}

test('the strip is the last 60 outcomes, newest last', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('0', '1', '?'), maxLength: 150 }), (outcomes) => {
      const trail = trailOf(outcomes);
      const strip = outcomes.slice(-60);
      expect(stripText(trail)).toBe(strip);
      const failures = strip.replaceAll(/[^1]/g, '').length;
      expect(stripCounts(trail)).toEqual({ failures, probes: failures + strip.replaceAll(/[^0]/g, '').length });
      expect(trail.okRun).toBe(outcomes.slice(outcomes.lastIndexOf('1') + 1).replaceAll('?', '').length);
      for (const word of trail.strip) expect(word).toBeLessThanOrEqual(stripWordLimit);
    }),
  );
});

test('it survives JSON', () => {
  const trail = trailOf('0010?'.repeat(20));
  expect(JSON.parse(JSON.stringify(trail))).toEqual(trail);
});

test('three samples and 24 reasons are kept, however much fails', () => {
  const trail = trailOf('1'.repeat(1000));
  expect(trail.samples.map((sample) => sample.message)).toEqual(['number 997', 'number 998', 'number 999']);
  expect(trail.recent.length).toBe(24);
  expect(reasonsSince(trail, 990)).toEqual({ reset: 5, tls: 5 });
});

test('a message is kept to its bound', () => {
  const trail = freshTrail();
  noteFailure(trail, failResult('ehr/fhir', 'tls', { message: 'x'.repeat(5000) }));
  expect(trail.samples[0]?.message.length).toBe(200);
});

test('a missing probe that is told twice counts once', () => {
  const trail = trailOf('00');
  noteMissing(trail, 7);
  noteMissing(trail, 7);
  expect(stripText(trail)).toBe('00?');
});
