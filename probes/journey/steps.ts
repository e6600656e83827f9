// One step of a visit, as the configuration has it.
import { HttpExpectations, jsonPath, maybeSecret, pattern, requestHeaders, s, secret } from '#prober/door.ts';
import { isSelector } from './html.ts';

/** Names that the connection's own phases have. */
const connectionPhases: ReadonlySet<string> = new Set(['resolve', 'connect', 'tls', 'processing', 'transfer']);

const stepName = s
  .string()
  .regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, 'is not a name: lower case letters, digits, `_` and `-`, at most 32')
  .refine((name) => !connectionPhases.has(name), { error: 'is the name of a phase of the connection' });

function selector() {
  return s
    .string()
    .refine(isSelector, {
      error: 'is not a selector that may be used here: names, `#id`, `.class`, `[attribute="value"]`, with a space or `>` between',
    })
    .meta({ words: 'a CSS selector' });
}

const fieldName = s.string().min(1).max(200);
const variableName = s
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,31}$/, 'is not the name of a variable: lower case letters, digits and `_`')
  .refine((name) => name !== 'region', { error: 'is not a name for a variable: `{region}` stands for the region of the endpoint' });
const text = s.string().min(1).max(200);

const Extraction = s
  .strictObject({
    json: jsonPath().optional().describe('JSONPath query that gives exactly one text, number or boolean of the body.'),
    selector: selector().optional().describe('The first element of the page that this CSS selector finds: its text, or its `attribute`.'),
    attribute: text.optional().describe('Attribute of the element. `href`, `src` and `action` are given as whole addresses.'),
    header: text.optional().describe('Header of the answer.'),
    cookie: text.optional().describe('Cookie that would be sent to the address of the answer, decoded (`%3D` is `=`).'),
    pattern: pattern()
      .optional()
      .describe('Regular expression over what the other key gives, or over the body: its first group, or the whole match without one.'),
  })
  .refine((from) => [from.json, from.selector, from.header, from.cookie].filter((key) => key !== undefined).length <= 1, {
    error: 'takes one of `json`, `selector`, `header` and `cookie`',
  })
  .refine((from) => Object.values(from).some((key) => key !== undefined), {
    error: 'needs one of `json`, `selector`, `header`, `cookie` and `pattern`',
  })
  .refine((from) => from.attribute === undefined || from.selector !== undefined, { path: ['attribute'], error: 'needs `selector`' });

export type Extraction = s.output<typeof Extraction>;

/** What the steps and the logout have in common. */
const common = {
  method: s
    .enum(['GET', 'HEAD', 'POST'])
    .default('GET')
    .describe('Method. POST stands in steps with `login: true` or `idempotent: true` and in the logout.'),
  url: s
    .string()
    .min(1)
    .max(4000)
    .optional()
    .describe(
      "Address, whole or relative to the `url` of the site, or `${variable}`. Default: the form's own with `form_from`, else the `url` of the site.",
    ),
  headers: requestHeaders()
    .optional()
    .describe('Further headers. One that holds a secret or a variable goes to the site and `origins` only.'),
  form: s
    .record(fieldName, maybeSecret())
    .refine((fields) => Object.keys(fields).length <= 100, { error: 'at most 100 fields' })
    .optional()
    .describe('Fields that are filled in, by name: the body of a POST, the query of a GET.'),
  form_from: selector()
    .optional()
    .describe('The form of the page before, by CSS selector: its hidden and preset fields are sent too, `form` lies over them.'),
  json: s
    .record(fieldName, s.union([s.string(), s.number(), s.boolean(), s.null(), secret()]))
    .refine((members) => Object.keys(members).length <= 100, { error: 'at most 100 members' })
    .optional()
    .describe('Members of a JSON object that is the body of the POST.'),
  follow_redirects: s.boolean().default(true).describe('Follow up to 10 redirects. Never from https to http.'),
  expect: HttpExpectations.prefault({}).describe('What must hold of the answer.'),
};

export const Step = s.strictObject({
  name: stepName.describe('Name of the step: of its phase, and the beginning of its message.'),
  ...common,
  login: s
    .boolean()
    .default(false)
    .describe('This step logs in: an answer that is not as expected counts as `auth`, and two of them in a row pause the endpoint.'),
  locked: pattern()
    .optional()
    .describe('The words by which the answer to a login says that the account is locked: the endpoint is then left alone at once.'),
  idempotent: s.boolean().default(false).describe('You vouch that the POST changes nothing, however often it is repeated.'),
  extract: s
    .record(variableName, Extraction)
    .refine((variables) => Object.keys(variables).length <= 20, { error: 'at most 20 variables' })
    .optional()
    .describe(
      'Variables for later steps, by name; written `${name}` in addresses, headers, `form` and `json`. Nothing shows their values.',
    ),
});

export const Logout = s.strictObject({
  name: stepName.default('logout').describe('Name of its phase, and the beginning of its message.'),
  ...common,
});

export type Step = s.output<typeof Step>;
export type Logout = s.output<typeof Logout>;
