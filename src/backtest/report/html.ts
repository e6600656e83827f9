// The report as one HTML file that needs nothing else: light or dark as the reader's screen is, no script, no link, every name escaped.
import { svgOf } from '#draw/picture.ts';
import type { StripCell, StripLane } from '#draw/strip.ts';
import { stripOf } from '#draw/strippicture.ts';
import { escape, short } from '#draw/svg.ts';
import type { Backtest } from '../backtest.ts';
import { type History, noCounts, outcome, timeAt } from '../history.ts';
import { defaults } from '../rules/defaults.ts';
import { type Page, type Spell, spellsOf } from '../verdict.ts';
import { columns, count, courseOf, legendOf, length, minute, rowOf, subjectOf, summaryOf } from './words.ts';

/** Endpoints with a picture: those that Holter paged most often, then those that failed most often. */
const mostPictures = 50;
/** Endpoints without one, and pages, that are listed. */
const mostRows = 1000;
const nameLimit = 120;

const style = `:root{color-scheme:light dark;--back:#fff;--ink:#1b1f24;--soft:#57606a;--pale:#d0d7de;--first:#ddf4ff}
@media (prefers-color-scheme:dark){:root{--back:#0d1117;--ink:#e6edf3;--soft:#9198a1;--pale:#3d444d;--first:#12283f}}
body{background:var(--back);color:var(--ink);font:15px/1.5 system-ui,sans-serif;margin:2em auto;padding:0 1em;max-width:70em}
h1{font-size:1.6em}h2{font-size:1.25em;margin-top:2em}table{border-collapse:collapse;display:block;overflow-x:auto}
th,td{padding:.25em .8em;border-bottom:1px solid var(--pale);text-align:right;white-space:nowrap}
th:first-child,td:first-child,.left td{text-align:left}tr.first{background:var(--first);font-weight:600}
.soft{color:var(--soft)}svg{max-width:100%;height:auto;border:1px solid var(--pale);margin:.5em 0}li{overflow-wrap:anywhere}`;

/** `made`: when, for the reader. Pieces in order, so that a large report is never one string. */
export function* htmlOf(backtest: Backtest, made: string): Generator<string> {
  const places = worstFirst(backtest);
  const drawn = places.slice(0, mostPictures);
  yield `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Holter backtest</title><style>${style}</style></head><body>
<h1>What Holter would have told</h1>\n${summaryOf(backtest).map(paragraph).join('\n')}
<h2>Holter and common rules on the same probes</h2>\n${comparison(backtest)}\n`;
  yield pageList(backtest);
  yield `<h2>${drawn.length === places.length ? 'Endpoints' : `The ${drawn.length} endpoints with the most trouble`}</h2>\n`;
  for (const place of drawn) yield `${picture(backtest, place)}\n`;
  yield rest(backtest, places.slice(mostPictures));
  yield `${sources(backtest)}<p class="soft">Made by holter backtest, ${escape(made)}.</p></body></html>\n`;
}

function paragraph(sentence: string): string {
  return `<p>${escape(sentence)}</p>`;
}

function comparison(backtest: Backtest): string {
  const head = columns.map((name) => `<th scope="col">${escape(name)}</th>`).join('');
  const rows = backtest.scores.map((score, i) => `<tr${i === 0 ? ' class="first"' : ''}>${rowOf(score).map(cell).join('')}</tr>`);
  return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table>\n<p class="soft">${legendOf(backtest).map(escape).join('<br>')}</p>`;
}

function cell(content: string): string {
  return `<td>${escape(content)}</td>`;
}

function pageList({ judgement: { pages } }: Backtest): string {
  if (pages.length === 0) return '<h2>Pages</h2>\n<p>Holter would have paged nobody.</p>\n';
  const shown = pages.slice(-mostRows);
  const which = shown.length === pages.length ? '' : `, the last ${count(shown.length)} of ${count(pages.length)}`;
  const rows = shown.map(
    (page) => `<tr>${[minute(page.at), page.worst, short(subjectOf(page), nameLimit), courseOf(page)].map(cell).join('')}</tr>`,
  );
  return `<h2>Pages of Holter, UTC${which}</h2>\n<table class="left"><tbody>${rows.join('\n')}</tbody></table>\n`;
}

function worstFirst({ histories, judgement, counts }: Backtest): readonly number[] {
  const spells = (place: number) => judgement.spells[place]?.length ?? 0;
  const failed = (place: number) => counts[place]?.failed ?? 0;
  return [...histories.keys()].toSorted((a, b) => spells(b) - spells(a) || failed(b) - failed(a));
}

function picture({ histories, judgement, counts }: Backtest, place: number): string {
  const history = histories[place];
  if (history === undefined) return '';
  const { failed, known: probes, missing } = counts[place] ?? noCounts;
  const rules = defaults.map((rule): StripLane => lane(rule.name, spellsOf(rule, history)));
  const strip = stripOf({
    title: history.name,
    cells: cellsOf(history),
    interval: history.interval,
    marks: judgement.pages.filter(({ places }) => places.includes(place)).map(markOf),
    lanes: [lane('Holter', judgement.spells[place] ?? []), ...rules],
  });
  const share = probes === 0 ? '' : ` (${Number(((100 * failed) / probes).toPrecision(2))} %)`;
  return `<h3>${escape(short(history.name, nameLimit))}</h3>
<p class="soft">${count(probes)} probes, a probe every ${length(history.interval)}; ${count(failed)} failed${share}, ${count(missing)} missing</p>\n${svgOf(strip)}`;
}

function markOf({ at, worst, level, name }: Page) {
  return { at, label: level === 'endpoint' ? worst : `${worst}, with ${level} ${name}` };
}

function lane(name: string, spells: readonly Spell[]): StripLane {
  const label = spells.length === 1 ? '1 page' : `${count(spells.length)} pages`;
  return { name: `${name}: ${label}`, spans: spells.map(({ from, until }) => ({ from, until, label: 'firing' })) };
}

const names = { [outcome.ok]: 'ok', [outcome.failed]: 'failed', [outcome.missing]: 'missing' } as const;

function cellsOf(history: History): readonly StripCell[] {
  return Array.from(history.outcomes, (code, i) => ({ at: timeAt(history, i), outcome: names[code as 0 | 1 | 2] }));
}

function rest({ histories, counts, judgement, episodes }: Backtest, places: readonly number[]): string {
  if (places.length === 0) return '';
  const shown = places.slice(0, mostRows);
  const head = ['endpoint', 'probes', 'failed', 'missing', 'episodes', "Holter's incidents"].map(
    (name) => `<th scope="col">${escape(name)}</th>`,
  );
  const rows = shown.map((place) => {
    const { failed, known: probes, missing } = counts[place] ?? noCounts;
    const figures = [probes, failed, missing, episodes[place]?.length ?? 0, judgement.spells[place]?.length ?? 0];
    return `<tr>${[short(histories[place]?.name ?? '', nameLimit), ...figures.map(count)].map(cell).join('')}</tr>`;
  });
  const left = places.length - shown.length;
  const more = left === 0 ? '' : `\n<p>And ${count(left)} more.</p>`;
  return `<h2>The other endpoints</h2>\n<table><thead><tr>${head.join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table>${more}\n`;
}

/** Where each rule is from, so that a reader can check it. */
function sources({ scores }: Backtest): string {
  const items = scores.slice(1).map(({ name, source }) => `<li>${escape(name)}: ${escape(source)}</li>`);
  return `<h2>Where the rules are from</h2>\n<ul class="soft">${items.join('\n')}</ul>\n`;
}
