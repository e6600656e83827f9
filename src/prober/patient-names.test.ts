import { expect, test } from 'vitest';
import { patientsInFields, patientsInUrl } from './patient-names.ts';

test.each([
  ['https://fhir.example.org/r4/Patient/123', ['123']],
  ['/r4/Patient/12%2F3/$everything', ['12/3']],
  ['/r4/Patient/50%', ['50%']],
  ['https://fhir.example.org/r4/Patient?identifier=urn:mrn|123&_count=1', ['123']],
  ['/Patient?family:exact=Doe&birthdate=1970-01-01', ['Doe']],
  ['/Patient/_search?_id=1,2', ['1', '2']],
  ['/Observation?patient=Patient/7&code=a', ['7']],
  ['/Observation?subject:Patient=7', ['7']],
  ['/Observation?patient.identifier=urn:mrn|7', ['7']],
  ['https://pacs.example.org/rs/studies?PatientID=77&limit=1', ['77']],
  ['chart?medical_record_number=77', ['77']],
  ['/chart?mrn=${mrn}', []],
  ['/Patient/${id}', []],
  ['${next}?mrn=', []],
  ['/Patient', []],
  ['/Practitioner?identifier=7&name=Smith', []],
  ['/search?name=opening-hours', []],
  ['http://[', []],
])('%s sends %j', (url, sent) => {
  expect(patientsInUrl(url)).toEqual(sent);
});

test('fields are known by their names, secrets and variables are not looked at', () => {
  const fields = {
    'Member-ID': '12',
    patient_id: 34,
    user: 'zztest',
    subject: 'a message',
    mrn: '${mrn}',
    subscriberId: { reveal: () => '56' },
    ssn: null,
  };
  expect(patientsInFields(fields)).toEqual(['12', '34']);
});
