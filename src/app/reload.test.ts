import { expect, test } from 'vitest';
import { planOf } from '../../tests/support/plan.ts';
import { changedFixed, keepFixed, located } from './reload.ts';

const present = planOf([{ service: 'a', name: 'x' }]);

test('socket, store and vantage stay as they were at the start; everything else is taken', () => {
  const next = { ...present, listen: { host: '::1', port: 9 }, data: 'elsewhere', vantage: 'moved', system: 'Renamed' };
  expect(changedFixed(present, next)).toEqual(['listen', 'data', 'vantage']);
  expect(keepFixed(present, next)).toEqual({ ...present, system: 'Renamed' });
  expect(changedFixed(present, { ...present })).toEqual([]);
});

test('links lead to the port that the machine chose, and to the configured address otherwise', () => {
  expect(located({ ...present, publicUrl: 'http://127.0.0.1:0' }, 'http://127.0.0.1:40123').publicUrl).toBe('http://127.0.0.1:40123');
  expect(located({ ...present, publicUrl: 'https://holter.example.org' }, 'http://127.0.0.1:40123').publicUrl).toBe(
    'https://holter.example.org',
  );
});
