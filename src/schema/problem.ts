// A mistake in the configuration: a value, collected and shown together with all others, never thrown.

/** Stable codes; each has a row in the operator's guide (config/reference.md). */
export const problemCodes = {
  unreadable: 'the file or folder cannot be read',
  too_large: 'the file, its nesting or its aliases exceed the bounds',
  syntax: 'the text is not YAML',
  unknown_key: 'the key is not known here',
  missing_key: 'a key that is needed is not there',
  wrong_type: 'the value has another type than the key takes',
  wrong_value: 'the value is outside of what the key takes',
  unknown_kind: 'no probe or receiver of this name exists',
  unknown_reference: 'a region, service, receiver or endpoint of this name is not configured',
  duplicate: 'the same thing is configured twice',
  circle: 'services depend on one another in a circle',
  impossible_schedule: 'the schedule cannot be kept',
  too_hard: 'one address is probed harder than the limits allow',
  unheard: 'the pages of a service would reach nobody',
  secret: 'a secret is missing, empty, or written out in the file',
} as const;

export type ProblemCode = keyof typeof problemCodes;

/** One mistake: where it is, what was found, what is allowed, and the nearest right word. */
export interface Problem {
  readonly code: ProblemCode;
  readonly file: string;
  /** From 1; 0 where the mistake has no place inside the file. */
  readonly line: number;
  readonly column: number;
  /** Dotted path of keys, for instance `services.ehr.endpoints.fhir.timeout`. */
  readonly path: string;
  /** One sentence: what was found and what is allowed. Never holds a secret. */
  readonly message: string;
  /** What to write instead, when something is near: `did you mean "timeout"?`. */
  readonly hint?: string;
}

/** `file:line:column path: message (hint)`. */
export function formatProblem(problem: Problem): string {
  const place = problem.line > 0 ? `${problem.file}:${problem.line}:${problem.column}` : problem.file;
  const path = problem.path === '' ? '' : ` ${problem.path}:`;
  const hint = problem.hint === undefined ? '' : ` (${problem.hint})`;
  return `${place}${path} ${problem.message}${hint} [${problem.code}]`;
}
