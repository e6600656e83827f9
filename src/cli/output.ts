// What a command prints, and how it ends: exit status by the convention of monitoring plug-ins.
import { formatProblem, type Problem } from '#schema/problem.ts';

/** 0 up, 1 intermittent or slow, 2 down, 3 cannot tell: bad configuration, unknown name, wrong call. */
export const exitStatus = { up: 0, warning: 1, down: 2, unknown: 3 } as const;

/** Prints to standard output. A reader that went away (`| head -1`) ends the printing, not the program with an error. */
export function print(text: string): void {
  process.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
}

/** Says to the person what went wrong. */
export function complain(text: string): void {
  process.stderr.write(text.endsWith('\n') ? text : `${text}\n`);
}

/**
 * Ends quietly when whoever reads our output goes away. Output that cannot be written for another cause (a full disk) makes the status
 * "cannot tell", and never ends a daemon. Call once at the start.
 */
export function surviveClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', ({ code = 'unknown error' }: NodeJS.ErrnoException) => {
      if (code === 'EPIPE') process.exitCode ??= 0;
      else process.exitCode = exitStatus.unknown;
      if (code !== 'EPIPE' && stream === process.stdout) complain(`holter: the output could not be written (${code})`);
    });
  }
}

/** Every mistake in the configuration, one a line, and how many there are. */
export function complainAll(problems: readonly Problem[]): void {
  for (const problem of problems) complain(formatProblem(problem));
  complain(`${problems.length} ${problems.length === 1 ? 'mistake' : 'mistakes'} in the configuration`);
}
