// What ends an incident, in sentences.
import { amount, span } from '#core/alert/words.ts';
import { secondMs } from '#model/time.ts';
import type { Explanation } from './contract.ts';
import { figure } from './views.ts';

export function closingLines(explanation: Explanation): readonly string[] {
  const { incident } = explanation;
  if (incident.trouble === 'blind') return [`It ${incident.state === 'open' ? 'closes' : 'closed'} when the self-check went well again.`];
  if (incident.trouble === 'credentials')
    return [`The first answer that takes our credentials ${incident.state === 'open' ? 'closes' : 'closed'} it.`];
  return incident.state === 'open' ? openLines(explanation) : closedLines(explanation);
}

function openLines({ closing, incident, replay }: Explanation): readonly string[] {
  const { successes, seconds, longest_run: longest, present_run: run, recovery } = closing;
  if (replay.probes === 0) return [];
  const unit = unitOf(incident);
  const lines =
    successes === null || seconds === null
      ? [`How many ${unit} without a failure it takes cannot be told, or more than a day of them.`]
      : [`It closes after about ${amount(successes)} ${unit} in a row from now, ${span(seconds * secondMs)}.`];
  lines.push(`The longest such run since the page was ${amount(longest)}${run === longest && run > 0 ? ', and it goes on' : ''}.`);
  if (recovery !== null) lines.push(`So far the evidence that it is steady again is ${figure(recovery)} of what closing needs.`);
  return lines;
}

function closedLines({ closing, incident, replay }: Explanation): readonly string[] {
  const { successes, seconds, longest_run: longest } = closing;
  if (successes === null || seconds === null || replay.probes === 0) return [];
  const lines = [
    `It closed after ${amount(successes)} ${unitOf(incident)} in a row, ${span(seconds * secondMs)}: a fault that goes on shows such a run once a week at most.`,
  ];
  if (longest > 0) lines.push(`Longest run before that which was not enough: ${amount(longest)}.`);
  return lines;
}

function unitOf({ scope, trouble }: Explanation['incident']): string {
  if (trouble === 'slow') return 'answers as usual';
  return scope.level === 'endpoint' ? 'successes' : 'rounds without a failure';
}
