// Which program, with what, and what its figures are called.
import { maybeSecret, s } from '#prober/door.ts';

/** Facts that a figure of a plug-in may become: declared, so that metrics can name them. */
export const figureFacts = ['queue_depth', 'age_seconds', 'usage_ratio', 'value_1', 'value_2', 'value_3', 'value_4'] as const;

export const Options = s.strictObject({
  command: s
    .array(s.string().max(4096))
    .min(1, 'must name a program')
    .max(100)
    .refine(([program = '']) => program.startsWith('/') && !program.includes('\0'), { error: 'must begin with the full path of a program' })
    .describe(
      'The program by its full path, then its arguments, one an entry. No shell looks at them; secrets do not belong here, for every user of the machine sees them.',
    ),
  env: s
    .record(s.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,99}$/, 'is not the name of a variable'), maybeSecret())
    .default({})
    .describe(
      'Variables of its environment: the place for secrets, by `!env` or `!file`. It gets PATH and LC_ALL besides, and nothing else.',
    ),
  warning: s.enum(['ok', 'fail']).default('ok').describe('What a warning (status 1) is: `ok` with the fact `plugin_status`, or a failure.'),
  perfdata: s
    .record(s.string().min(1).max(100), s.enum(figureFacts))
    .default({})
    .describe(
      'Figures behind the bar that become facts, by their label: `{ messages: queue_depth }`. Times become seconds, sizes bytes, percentages ratios.',
    ),
});

export type ExecOptions = s.output<typeof Options>;
