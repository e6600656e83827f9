import { expect, test } from 'vitest';
import { Options } from './options.ts';
import { ncpdp } from './probe.ts';

const least = { address: 'claims.example.org:5000', consent: 'contract 4711', bin: '999999', pcn: 'TEST', provider_id: '1234567893' };
const web = { ...least, address: undefined, framing: 'http', url: 'https://claims.example.org/d0' };
const parse = (options: object) => Options.safeParse({ ...least, ...options });
const patients = (options: object) => ncpdp.patients(Options.parse({ ...least, ...options }));
const problems = (options: object) => parse(options).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];

test('nobody is asked without consent, test identities and a pharmacy', () => {
  for (const key of ['consent', 'bin', 'pcn', 'provider_id']) expect(problems({ [key]: undefined })[0]).toContain(key);
  expect(parse({}).data).toMatchObject({ framing: 'none', provider_qualifier: '01', expect: ['52', '65', 'N1'] });
});

test.each([[{ bin: '011727' }], [{ bin: '012361' }], [{ pcn: '2222222222' }]])(
  'the Medicare Part D facilitator is never asked: %o',
  (options) => {
    expect(problems(options)).toEqual([
      `${Object.keys(options)[0]}: belongs to the Medicare Part D eligibility facilitator, which must never be asked by a monitor`,
    ]);
  },
);

test('every identifier and name that is sent must be on the synthetic list', () => {
  expect(patients({})).toEqual(['HOLTER-NO-SUCH', 'ZZTEST', 'ZZTEST']);
  expect(patients({ cardholder_id: '998877665', first_name: 'JOHN', last_name: 'DOE' })).toEqual(['998877665', 'DOE', 'JOHN']);
  expect(patients({ first_name: '' })).toEqual(['HOLTER-NO-SUCH', 'ZZTEST']);
});

test.each([
  [{}],
  [{ pcn: '' }],
  [{ provider_qualifier: '07', provider_id: '1234567' }],
  [{ tls: true, framing: 'length2' }],
  [web],
  [{ ...web, tls: { min_version: 'TLSv1.3' } }],
  [{ time_zone: 'America/Los_Angeles' }],
])('%o is well', (options) => {
  expect(problems(options)).toEqual([]);
});

test.each([
  [{ bin: '12345' }],
  [{ bin: 123_456 }],
  [{ pcn: 'ELEVENSIGNS' }],
  [{ provider_id: '1234567893\u001c' }],
  [{ provider_id: '1234567' }],
  [{ cardholder_id: 'Ä-HOLTER' }],
  [{ last_name: 'ZZTEST\u001e' }],
  [{ birth_date: '1900-13-01' }],
  [{ expect: [] }],
  [{ expect: ['PAID'] }],
  [{ time_zone: 'Mars/Olympus' }],
  [{ address: undefined }],
  [{ url: 'https://claims.example.org/d0' }],
  [{ ...web, url: undefined }],
  [{ ...web, address: 'claims.example.org:5000' }],
  [{ ...web, tls: true }],
  [{ ...web, url: 'http://claims.example.org/d0', tls: { insecure: true } }],
  [{ transaction: 'B1' }],
])('%o is a mistake', (options) => {
  expect(problems(options).length).toBeGreaterThan(0);
});

test('caps count by host and port', () => {
  expect(ncpdp.host(Options.parse(least))).toBe('claims.example.org:5000');
  expect(ncpdp.host(Options.parse(web))).toBe('claims.example.org:443');
});
