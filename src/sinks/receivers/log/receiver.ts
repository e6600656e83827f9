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

/** The page's own sentences say all that its fields hold; the links and the alert's id stand below them. */
function formatPage({ event, page, id }: Alert): string {
  const head = `${event.toUpperCase()} [${page.severity}] ${plain(page.title)}`;
  const below = [...page.links.map((link) => `${link.name}: ${link.url}`), `Alert: ${id}`];
  return `${[rule, head, '', ...page.lines.map(plain), '', ...below.map(plain), rule].join('\n')}\n`;
}

/** Untrusted text must not move the cursor or begin a line. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ');
}
