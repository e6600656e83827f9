// An explanation as one page that needs nothing else: to be mailed, or kept with the notes of an incident.
import { stripText } from '#draw/strip.ts';
import { escape } from '#draw/svg.ts';
import type { Explanation } from './contract.ts';
import { explanationSvg, stripOfPoints } from './picture.ts';
import { headline, sections } from './text.ts';

const style = [
  ':root{color-scheme:light dark}',
  'body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}',
  'h1{font-size:1.4rem}h2{font-size:1.1rem;margin-bottom:.3rem}p{margin:.2rem 0}',
  'svg{max-width:100%;height:auto}pre{overflow-x:auto;font-size:.8rem}code{font-size:.85rem;overflow-wrap:anywhere}',
].join('');

/** HTML with everything inside; no script, no link. Every text from outside is escaped. */
export function explanationPage(explanation: Explanation): string {
  const title = escape(headline(explanation));
  const parts = sections(explanation).map(({ heading, lines }) => {
    const text = lines.filter((line) => line !== '').map((line) => `<p>${escape(line)}</p>`);
    return `<section>\n<h2>${escape(heading)}</h2>\n${text.join('\n')}\n</section>\n`;
  });
  const strip = stripText(stripOfPoints(explanation), { columns: 60, rows: 20 });
  return [
    `<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<meta name="viewport" content="width=device-width, initial-scale=1">\n`,
    `<title>${title}</title>\n<style>${style}</style>\n</head>\n<body>\n<h1>${title}</h1>\n<p><code>${escape(explanation.incident.id)}</code></p>\n`,
    explanation.points.length === 0 ? '' : `${explanationSvg(explanation)}\n`,
    ...parts,
    strip.length === 0 ? '' : `<section>\n<h2>Outcomes</h2>\n<pre>${strip.map(escape).join('\n')}</pre>\n</section>\n`,
    `<p>${escape(explanation.system)}, ${escape(explanation.at)}. Times are UTC.</p>\n</body>\n</html>\n`,
  ].join('');
}
