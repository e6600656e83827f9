// Prints a page where the daemon runs: on the terminal, or in whatever collects its output.
import { type Alert, defineReceiver } from '../door.ts';
import { Options } from './options.ts';

export const log = defineReceiver({
  kind: 'log',
  summary: 'Prints each page to the standard output.',
  options: Options,
  open({ format }) {
    return {
      send(alert, context) {
        context.print(format === 'json' ? `${JSON.stringify(alert)}\n` : formatPage(alert));
        return Promise.resolve({ outcome: 'delivered' });
      },
    };
  },
});

const rule = '-'.repeat(72);

function formatPage({ event, page, id }: Alert): string {
  const place = page.regionName === '' ? page.serviceName : `${page.serviceName}, ${page.regionName}`;
  const facts: readonly (readonly [string, string])[] = [
    ['Where', place],
    ['State', `${page.state}, since ${new Date(page.since).toISOString()}`],
    ['Rate', page.rate],
    ['Reasons', page.reasons],
    ['Pattern', page.pattern],
    ['Patients', page.features.join(', ')],
    ['Downtime', page.downtime],
    ['Runbook', page.runbook],
    ...page.links.map((link) => [link.name, link.url] as const),
    ['Outcomes', page.strip],
  ];
  const known = facts.filter(([, value]) => value !== '').map(([name, value]) => `${`${name}:`.padEnd(10)} ${plain(value)}`);
  const head = `${event.toUpperCase()} [${page.severity}] ${plain(page.title)}`;
  const lines = page.lines.map((line) => plain(line));
  return `${[rule, head, '', ...lines, ...(lines.length === 0 ? [] : ['']), ...known, `${'Alert:'.padEnd(10)} ${plain(id)}`, rule].join('\n')}\n`;
}

/** Untrusted text must not move the cursor or begin a line. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}
