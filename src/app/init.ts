// `holter init`: a first configuration from a few answers, checked before it is given away.

import { loadPlan } from '#config/load.ts';
import type { Files } from '#config/read.ts';
import { type StarterAnswers, starterConfig } from '#config/starter.ts';
import { HolterError } from '#model/error.ts';
import { cronRules } from '#schedule/cron.ts';
import { formatProblem } from '#schema/problem.ts';
import { kinds } from './kinds.ts';

export interface InitAnswers {
  readonly system: string;
  readonly regions: readonly string[];
  /** `service=target`, target being a URL or host:port. */
  readonly watch: readonly string[];
}

const sample: StarterAnswers['services'] = [{ name: 'Website', target: 'https://www.example.org/' }];

/** The text; throws HolterError `init` when an answer makes no valid configuration. */
export async function starter(answers: InitAnswers): Promise<string> {
  const text = starterConfig({
    system: answers.system,
    regions: answers.regions.map((name) => ({ id: name, name })),
    services: answers.watch.length === 0 ? sample : answers.watch.map(service),
  });
  const outcome = await loadPlan(['holter.yaml'], {
    catalog: kinds,
    hostname: 'localhost',
    environment: {},
    files: oneFile(text),
    ...cronRules,
  });
  if ('problems' in outcome) {
    throw new HolterError('init', `these answers make no valid configuration: ${outcome.problems.map(formatProblem).join('; ')}`, {
      retryable: false,
    });
  }
  return text;
}

function service(answer: string): { readonly name: string; readonly target: string } {
  const sign = answer.indexOf('=');
  if (sign < 1) {
    throw new HolterError(
      'init',
      `"${answer}" does not say what to watch; write service=address, for instance ehr=https://ehr.example.org/`,
      {
        retryable: false,
      },
    );
  }
  return { name: answer.slice(0, sign), target: answer.slice(sign + 1) };
}

/** A file system of one file, in memory. */
function oneFile(text: string): Files {
  const bytes = new TextEncoder().encode(text);
  return {
    look: async () => ({ size: bytes.length }),
    read: async (_path, most) => bytes.subarray(0, most),
  };
}
