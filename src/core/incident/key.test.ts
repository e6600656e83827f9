import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { eventId, incidentId, incidentKey } from './key.ts';

const scope = (name: string) => ({ level: 'endpoint', name }) as const;

test('the key is system, scope and kind of trouble, never a time', () => {
  expect(incidentKey('Example Health', scope('ehr/fhir/norcal'), 'failing')).toBe('Example+Health/endpoint/ehr/fhir/norcal/failing');
});

test('ids are made of the key, the second of the onset, and the sequence', () => {
  expect(eventId(incidentId('k', 1_800_000_000_999), 3)).toBe('k@1800000000#3');
});

const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 80 }), fc.string({ unit: 'grapheme', minLength: 100, maxLength: 400 }));

test('whatever the names, keys and ids are printable ASCII of at most 255 characters', () => {
  fc.assert(
    fc.property(name, name, (system, endpoint) => {
      const key = incidentKey(system, scope(endpoint), 'failing');
      expect(key).toMatch(/^[\x21-\x7e]+$/);
      expect(eventId(incidentId(key, 8_640_000_000_000_000), Number.MAX_SAFE_INTEGER).length).toBeLessThanOrEqual(255);
    }),
  );
});

test('two endpoints never share a key, however long or odd their names', () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      fc.pre(one.toWellFormed() !== other.toWellFormed());
      expect(incidentKey('s', scope(one), 'failing')).not.toBe(incidentKey('s', scope(other), 'failing'));
    }),
  );
});

test('names that differ only in what is cut off, in blanks or in signs of the encoding stay apart', () => {
  const long = 'x'.repeat(300);
  const keys = [`${long}a`, `${long}b`, 'a b', 'a+b', 'a%20b', 'a~b', 'a%7Eb', 'ä'].map((each) => incidentKey('s', scope(each), 'failing'));
  expect(new Set(keys).size).toBe(keys.length);
});

test('half of a surrogate pair in a name does not throw', () => {
  expect(incidentKey('\ud800', scope('\udc00'), 'failing')).toBe('%EF%BF%BD/endpoint/%EF%BF%BD/failing');
});
