// Draws a run of the demo as the README's picture: text on standard input, SVG on standard output. What repeats itself is left out, and "..."
// stands in its place.
// holter demo | node tests/support/picture.ts > .github/demo.svg
import { text } from 'node:stream/consumers';

const columns = 112;
const lineHeight = 17;
const charWidth = 7.8;
const margin = 16;
/** Pages in one line that are shown, and of the lines that say how it stands every so-manieth. */
const mostPages = 6;
const everyStanding = 4;
const standing = /^ *\d+ min {2}.* probes failed/;

const lines = shorten((await text(process.stdin)).trim().split('\n')).flatMap(wrap);
const width = Math.ceil(columns * charWidth + 2 * margin);
const height = lines.length * lineHeight + 2 * margin;
const rows = lines.map(
  (line, index) => `<text x="${margin}" y="${margin + (index + 1) * lineHeight - 4}"${styleOf(line)}>${escapeXml(line)}</text>`,
);
process.stdout.write(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" aria-label="holter demo in a terminal">
<style>text{font:13px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;fill:#d6deeb;white-space:pre}.bad{fill:#ff8f8f;font-weight:bold}.page{fill:#ff8f8f}.good{fill:#8fe3a8;font-weight:bold}.told{fill:#ffd68a}</style>
<rect width="100%" height="100%" rx="8" fill="#101820"/>
${rows.join('\n')}
</svg>
`);

function shorten(all: readonly string[]): readonly string[] {
  let pages = 0;
  let standings = 0;
  const kept = all.map((line) => {
    const isPage = /^ *\d+ min {2}page \d+:/.test(line);
    if (isPage) pages += 1;
    const isStanding = standing.test(line);
    if (isStanding) standings += 1;
    return (isPage && pages > mostPages) || (isStanding && standings % everyStanding !== 1) ? '       ...' : line;
  });
  return kept.filter((line, index) => line !== '       ...' || kept[index - 1] !== line);
}

function styleOf(line: string): string {
  if (line.startsWith('OPENED')) return ' class="bad"';
  if (/^ *\d+ min {2}resolved:/.test(line)) return ' class="good"';
  if (/^ *\d+ min {2}page/.test(line)) return ' class="page"';
  return /^ *\d+ min {2}/.test(line) && !standing.test(line) ? ' class="told"' : '';
}

/** Breaks at spaces; what follows is indented as the terminal's reader would like it. */
function wrap(line: string): string[] {
  if (line.length <= columns) return [line];
  const cut = line.lastIndexOf(' ', columns);
  const at = cut > columns / 2 ? cut : columns;
  return [line.slice(0, at), ...wrap(`      ${line.slice(at).trimStart()}`)];
}

function escapeXml(line: string): string {
  return line.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
