// What a person may say of their Prometheus on the command line, and what they are told when it is wrong.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { dayMs, minuteMs } from '#model/time.ts';
import { accessOf, type PrometheusFlags } from './backtestprometheus.ts';
import { lengthOf, momentOf } from './backtestrange.ts';

const folder = mkdtempSync(join(tmpdir(), 'holter-access-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const secretFile = join(folder, 'secret');
writeFileSync(secretFile, 'user:päss\n');

const environment = { TOKEN: 't0ken', EMPTY: '', LINES: 'a\r\nb' };
const access = (flags: Partial<PrometheusFlags>) => accessOf({ prometheus: 'https://prometheus.example.org', ...flags }, environment);

describe('access', () => {
  test('an address may do without its scheme, and may be that of the API', () => {
    expect(access({ prometheus: 'localhost:9090' }).url.href).toBe('http://localhost:9090/');
    expect(access({ prometheus: 'http://a/prom/api/v1/query_range#x' }).url.href).toBe('http://a/prom');
  });

  test('credentials come from the environment or a file', () => {
    expect(access({ bearerToken: 'env:TOKEN', header: ['X-Scope-OrgID:  tenant', 'X-Key: env:TOKEN'] }).headers).toEqual({
      'X-Scope-OrgID': 'tenant',
      'X-Key': 't0ken',
      authorization: 'Bearer t0ken',
    });
    expect(access({ basicAuth: `file:${secretFile}` }).headers).toEqual({
      authorization: `Basic ${Buffer.from('user:päss').toString('base64')}`,
    });
    expect(access({ ca: secretFile }).ca).toBe('user:päss\n');
  });

  test.each<readonly [Partial<PrometheusFlags>, RegExp]>([
    [{ prometheus: 'ftp://a' }, /takes an address such as/],
    [{ prometheus: 'http://' }, /takes an address such as/],
    [{ prometheus: 'https://user:s3cret@a' }, /no credentials in the address/],
    [{ bearerToken: 's3cret' }, /takes env:VARIABLE or file:PATH/],
    [{ bearerToken: 'env:NOWHERE' }, /the environment has no NOWHERE/],
    [{ bearerToken: 'env:EMPTY' }, /the environment has no EMPTY/],
    [{ bearerToken: 'env:LINES' }, /a character that a header may not have/],
    [{ bearerToken: 'file:/nowhere/s3cret' }, /cannot be read \(ENOENT\)/],
    [{ basicAuth: 'env:TOKEN' }, /must be user:password/],
    [{ basicAuth: 'env:TOKEN', bearerToken: 'env:TOKEN' }, /not both/],
    [{ header: ['nonsense'] }, /takes "Name: value"/],
    [{ ca: '/nowhere' }, /--ca: \/nowhere cannot be read/],
    [{ prometheus: 'http://a.example', bearerToken: 'env:TOKEN' }, /over plain http/],
    [{ prometheus: 'http://a.example', header: ['Authorization: x'] }, /over plain http/],
  ])('%j is refused', (flags, message) => {
    expect(() => access(flags)).toThrow(message);
    expect(() => access(flags)).not.toThrow(/t0ken|user:s3cret/);
  });
});

describe('times', () => {
  const now = Date.UTC(2026, 10, 25, 12);

  test.each([
    ['now', now],
    ['30d', now - 30 * dayMs],
    ['90m', now - 90 * minuteMs],
    ['2026-11-01', Date.UTC(2026, 10, 1)],
    ['2026-11-01T06:30', Date.UTC(2026, 10, 1, 6, 30)],
    ['2026-11-01T06:30:10.5Z', Date.UTC(2026, 10, 1, 6, 30, 10, 500)],
    ['2026-11-01T06:30+02:00', Date.UTC(2026, 10, 1, 4, 30)],
  ])('%s is a moment', (text, at) => expect(momentOf(text, now)).toBe(at));

  test.each(['', 'soon', '30', '30y', '2026-13-01', '0d', '-1d'])('"%s" is none', (text) => expect(momentOf(text, now)).toBeUndefined());

  test('lengths', () => {
    expect(['30', '30s', '1.5m', '2h', '1w', '0', 'x', '1 m'].map(lengthOf)).toEqual([
      30_000,
      30_000,
      90_000,
      7_200_000,
      7 * dayMs,
      undefined,
      undefined,
      undefined,
    ]);
  });
});
