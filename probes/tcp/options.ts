// Where to connect, what to say, and what to hear.
import { maybeSecret, pattern, reveal, type Secret, s, targetKeys } from '#prober/door.ts';
import type { Expectation } from './judge.ts';

/** Most bytes of an answer that are read in one step. */
export const answerLimit = 4096;
/** Most steps of one conversation. */
const stepLimit = 10;

const hex = s
  .string()
  .max(answerLimit * 3)
  .regex(/^\s*([0-9A-Fa-f]{2}\s*)+$/, 'is not hexadecimal: pairs of digits, spaces allowed');

const stepShape = {
  send: maybeSecret().optional().describe('Text to send, as it stands: write "\\r\\n" in double quotes where lines end so.'),
  send_hex: hex.optional().describe('Bytes to send, hexadecimal.'),
  expect: pattern().optional().describe('Regular expression that must match anywhere in the answer.'),
  expect_line: pattern().optional().describe('Regular expression that the next line must match; another line is wrong at once.'),
  expect_exact: s
    .string()
    .min(1)
    .max(answerLimit)
    .optional()
    .describe('Text that the answer must begin with; anything else is wrong at once.'),
  expect_hex: hex.optional().describe('Bytes that the answer must begin with, hexadecimal; anything else is wrong at once.'),
};

const Step = s.strictObject(stepShape).superRefine((step, check) => {
  if (Object.keys(step).length === 0) check.addIssue({ code: 'custom', message: 'sends nothing and expects nothing' });
  for (const message of conflicts(step)) check.addIssue({ code: 'custom', message });
});

type StepOptions = s.output<typeof Step>;

export const Options = s
  .strictObject({
    ...targetKeys,
    ...stepShape,
    steps: s
      .array(Step)
      .min(1)
      .max(stepLimit)
      .optional()
      .describe('Several sendings and answers in order, each with the keys above; each looks only at what came after the one before.'),
  })
  .superRefine((options, check) => {
    for (const message of conflicts(options)) check.addIssue({ code: 'custom', message });
    const top = Object.keys(stepShape).filter((key) => key in options);
    if (options.steps !== undefined && top.length > 0) {
      check.addIssue({ code: 'custom', path: ['steps'], message: `cannot stand beside ${top.join(', ')}: move them into the first step` });
    }
  });

export type TcpOptions = s.output<typeof Options>;

/** One sending and one answer, either of which may be absent. */
export interface Exchange {
  readonly send?: Buffer;
  readonly expect?: Expectation;
}

/** The conversation that the options ask for; empty: connecting is all. */
export function conversation(options: TcpOptions): readonly Exchange[] {
  if (options.steps !== undefined) return options.steps.map(exchange);
  const only = exchange(options);
  return only.send === undefined && only.expect === undefined ? [] : [only];
}

function exchange(step: StepOptions): Exchange {
  const send = payload(step.send, step.send_hex);
  const expect = expectation(step);
  return { ...(send !== undefined && { send }), ...(expect !== undefined && { expect }) };
}

function payload(text: string | Secret | undefined, digits: string | undefined): Buffer | undefined {
  if (text !== undefined) return Buffer.from(reveal(text));
  return digits === undefined ? undefined : bytesOf(digits);
}

function expectation(step: StepOptions): Expectation | undefined {
  if (step.expect !== undefined) return { kind: 'anywhere', pattern: step.expect };
  if (step.expect_line !== undefined) return { kind: 'line', pattern: step.expect_line };
  if (step.expect_exact !== undefined) return { kind: 'exact', bytes: Buffer.from(step.expect_exact) };
  return step.expect_hex === undefined ? undefined : { kind: 'exact', bytes: bytesOf(step.expect_hex) };
}

function bytesOf(digits: string): Buffer {
  return Buffer.from(digits.replace(/\s+/g, ''), 'hex');
}

function conflicts(step: Partial<StepOptions>): readonly string[] {
  const given = (keys: readonly (keyof StepOptions)[]) => keys.filter((key) => step[key] !== undefined);
  return [given(['send', 'send_hex']), given(['expect', 'expect_line', 'expect_exact', 'expect_hex'])]
    .filter((keys) => keys.length > 1)
    .map((keys) => `${keys.join(' and ')} exclude one another`);
}
