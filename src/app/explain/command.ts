// `holter explain`: of the daemon that runs, or of the store that it left.
import type { Plan } from '#model/plan.ts';
import { openReader } from '#sinks/store/reader.ts';
import { systemClock } from '../time.ts';
import { askDaemon } from './ask.ts';
import type { Explanation, NotFound } from './contract.ts';
import { explainIncident } from './explain.ts';
import { explanationPage } from './page.ts';
import { explanationSvg } from './picture.ts';
import { storedSource } from './source.ts';
import { explanationText } from './text.ts';

export const explanationForms = ['text', 'json', 'svg', 'html'] as const;
export type ExplanationForm = (typeof explanationForms)[number];

/** Of the daemon at this address; undefined where nobody listens. Throws HolterError `unreachable`. */
export async function explainRemotely(url: string, incident: string): Promise<Explanation | NotFound | undefined> {
  return askDaemon(url, incident);
}

/** Of the daemon that listens where the plan says and is of its system; else of the store. Throws HolterError `store_unreadable`. */
export async function explainLocally(plan: Plan, incident: string, say: (text: string) => void): Promise<Explanation | NotFound> {
  const { host, port } = plan.listen;
  if (port !== 0) {
    const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
    const told = await askDaemon(url, incident);
    if (told !== undefined && (!('system' in told) || told.system === plan.system)) return told;
    say(
      told === undefined
        ? `no daemon answers at ${url}: read from the store in ${plan.data}`
        : `the daemon at ${url} is of another system: read from the store in ${plan.data}`,
    );
  }
  return explainStored(plan, incident);
}

/** Of the store, whether a daemon runs or not. Throws HolterError `store_unreadable`. */
export async function explainStored(plan: Plan, incident: string): Promise<Explanation | NotFound> {
  const clock = systemClock();
  const reader = openReader(plan.data, plan.vantage);
  try {
    return await explainIncident(
      storedSource(reader, plan, () => clock.monotonic()),
      incident,
    );
  } finally {
    reader.close();
  }
}

const writers: Readonly<Record<ExplanationForm, (explanation: Explanation) => string>> = {
  text: explanationText,
  json: (explanation) => `${JSON.stringify(explanation, null, 2)}\n`,
  svg: explanationSvg,
  html: explanationPage,
};

/** The whole document. */
export function explanationAs(form: ExplanationForm, explanation: Explanation): string {
  return writers[form](explanation);
}
