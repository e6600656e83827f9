import { expect, test } from 'vitest';
import { Secret } from '#schema/secret.ts';
import { judgeStudies } from './judge.ts';
import { Options } from './options.ts';

test.each([
  [[], undefined],
  [[{}], 'search: patient data where none may be: 1 study'],
  [[{}, {}], 'search: patient data where none may be: 2 studies'],
  [{}, 'search: the answer is no list of studies'],
  [undefined, 'search: the answer is no list of studies'],
])('the answer %o', (body, message) => {
  expect(judgeStudies(body)?.message).toBe(message);
});

const url = 'https://pacs.example.org/dicom-web';
test.each([[{ url }], [{ url, auth: { bearer: new Secret('a') } }]])('%o is well', (options) => {
  expect(Options.safeParse(options).success).toBe(true);
});

test.each([[{ url, patient: '*' }], [{ url, patient: 'A&PatientName=*' }], [{ url, patient: '' }], [{ url, auth: {} }], [{ url: 'pacs' }]])(
  '%o is a mistake',
  (options) => {
    expect(Options.safeParse(options).success).toBe(false);
  },
);
