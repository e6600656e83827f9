// Identifiers of patients in what is written out for a request of HTTP, as far as names give them away. Pure.

/** Parameters and fields that hold an identifier of a patient: of FHIR R4, DICOMweb (PS3.18 8.3.4) and portals; without case and separators. */
const names: ReadonlySet<string> = new Set([
  'cardholderid',
  'chartnumber',
  'healthrecordnumber',
  'hrn',
  'medicalrecordnumber',
  'memberid',
  'membernumber',
  'mrn',
  'nhsnumber',
  'patient',
  'patientid',
  'patientidentifier',
  'patientname',
  'patientnumber',
  'socialsecuritynumber',
  'ssn',
  'subscriberid',
]);

/** Of a search of the patients themselves (FHIR R4 Patient, "Search Parameters"). */
const searched: ReadonlySet<string> = new Set(['_id', 'email', 'family', 'given', 'identifier', 'name', 'phone', 'telecom']);

/** In an address, whole or relative. A part with `${` is a site's own answer, and left out. */
export function patientsInUrl(text: string): readonly string[] {
  const url = URL.parse(text, 'http://site.invalid/');
  if (url === null) return [];
  const segments = url.pathname.split('/').filter((segment) => segment !== '');
  const at = segments.lastIndexOf('Patient');
  const resource = segments[at + 1];
  const isSearch = at >= 0 && (resource === undefined || resource === '_search');
  const found = [...url.searchParams].filter(
    ([name]) => isPatientName(name) || stem(name) === 'subject' || (isSearch && searched.has(stem(name))),
  );
  const read = at < 0 || resource === undefined || /^[_$]/.test(resource) ? [] : [decode(resource)];
  return [...read, ...found.flatMap(([, value]) => identifiersIn(value))].filter(isWrittenOut);
}

/** In a form or a JSON body. Secrets are not looked at: a mistake is told with its value. */
export function patientsInFields(fields: Readonly<Record<string, unknown>>): readonly string[] {
  return Object.entries(fields).flatMap(([name, value]) => {
    const isText = typeof value === 'string' || typeof value === 'number';
    return isPatientName(name) && isText ? identifiersIn(String(value)).filter(isWrittenOut) : [];
  });
}

function isPatientName(name: string): boolean {
  return names.has(
    stem(name)
      .toLowerCase()
      .replaceAll(/[^a-z]/g, ''),
  );
}

/** Without a modifier or a chain (FHIR R4 search 3.1.1.4, 3.1.1.5): `identifier:exact`, `patient.identifier`. */
function stem(name: string): string {
  return name.split(/[.:]/)[0] ?? '';
}

/** Of `a,b`, `system|value` and `Patient/id` (FHIR R4 search 3.1.1.3). */
function identifiersIn(value: string): readonly string[] {
  return value.split(',').map((one) => one.slice(one.lastIndexOf('|') + 1).replace(/^.*Patient\//, ''));
}

function isWrittenOut(value: string): boolean {
  return value !== '' && !value.includes('${');
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // URIError: a lone per cent sign. As it stands it is an identifier like any other.
    return text;
  }
}
