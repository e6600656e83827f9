#!/usr/bin/env node
// The command line: one file a command; this one lists them and turns every ending into an exit status.
import './threads.ts'; // oxlint-disable-line import/no-unassigned-import -- must run before anything else is loaded
import { Command, CommanderError } from 'commander';
import { version } from '#app/version.ts';
import { HolterError } from '#model/error.ts';
import { backtestCommand } from './backtest.ts';
import { checkCommand } from './check.ts';
import { demoCommand } from './demo.ts';
import { detectCommand } from './detect.ts';
import { explainCommand } from './explain.ts';
import { initCommand } from './init.ts';
import { complain, exitStatus, surviveClosedPipes } from './output.ts';
import { runCommand } from './run.ts';
import { validateCommand } from './validate.ts';

const leastNode = 24;

async function main(): Promise<void> {
  surviveClosedPipes();
  if (Number.parseInt(process.versions.node, 10) < leastNode) {
    complain(
      `holter needs Node ${leastNode} or newer; this is ${process.versions.node}. From a checkout, run "npm ci" and then "npm run --silent holter -- ..." which brings it.`,
    );
    process.exitCode = exitStatus.unknown;
    return;
  }
  const program = new Command('holter')
    .description('Probes services on a schedule and pages once when one of them fails intermittently.')
    .version(version, '-V, --version', 'print the version')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(add --help for what is possible)')
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit status: 0 well, 1 intermittent or slow, 2 down, 3 cannot tell (bad configuration, unknown name, wrong call).',
    );
  for (const command of [
    runCommand(),
    checkCommand(),
    validateCommand(),
    detectCommand(),
    explainCommand(),
    backtestCommand(),
    initCommand(),
    demoCommand(),
  ]) {
    program.addCommand(command.exitOverride().showSuggestionAfterError(true));
  }
  try {
    await program.parseAsync();
  } catch (error) {
    process.exitCode = ending(error);
  }
}

/** Commander has printed its own errors already; ours are one sentence; anything else is a bug and shows its stack. */
function ending(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitStatus.up : exitStatus.unknown;
  if (error instanceof HolterError) {
    complain(`holter: ${error.message} [${error.code}]`);
    return exitStatus.unknown;
  }
  complain(`holter: this is a bug in Holter, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  return exitStatus.unknown;
}

await main();
