// `holter explain`: of the daemon that runs, or of the store that it left.
import { HolterError } from '#model/error.ts';
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

/**
 * Of the daemon that listens where the plan says and is of its system; else of the store, which is said. Throws HolterError `store_unreadable`.
 */
export async function explainLocally(plan: Plan, incident: string, say: (text: string) => void): Promise<Explanation | NotFound> {
  const { host, port } = plan.listen;
  const url = `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const told = port === 0 ? 'the configuration leaves the port open' : await tryDaemon(url, incident);
  if (typeof told !== 'string' && (!('system' in told) || told.system === plan.system)) return told;
  const why = typeof told === 'string' ? told : `the daemon at ${url} is of another system`;
  say(`${why}: read from the store in ${plan.data}`);
  return explainStored(plan, incident);
}

/** Or why it cannot be asked. */
async function tryDaemon(url: string, incident: string): Promise<Explanation | NotFound | string> {
  try {
    return (await askDaemon(url, incident)) ?? `no daemon answers at ${url}`;
  } catch (error) {
    if (error instanceof HolterError) return error.message;
    throw error;
  }
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
