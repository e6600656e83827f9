// A picture and its look: light or dark as the reader's screen is, and told apart without colour.
import { element, type Markup, number, text } from './svg.ts';

/** What is drawn, in a box of `width` by `height` pixels; `title` and `description` are what a screen reader says. */
export interface Picture {
  readonly title: string;
  readonly description: string;
  readonly width: number;
  readonly height: number;
  readonly body: Markup;
}

/** A whole SVG document, to be served as it is or put into a page. Holds no script, no link and no id. */
export function svgOf({ title, description, width, height, body }: Picture): string {
  return element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      viewBox: `0 0 ${number(width)} ${number(height)}`,
      width,
      height,
      role: 'img',
      'aria-label': title,
      class: 'hp',
    },
    element('title', {}, text(title)),
    element('desc', {}, text(description)),
    element('style', {}, text(pictureStyle)),
    element('rect', { class: 'hp-back', width, height }),
    body,
  );
}

/** Margins that all pictures share, so that time stands above time where they are stacked. */
export const left = 76;
export const right = 20;
export const top = 34;

/** Pictures below one another, told as one. */
export function stacked(title: string, pictures: readonly Picture[]): Picture {
  let height = 0;
  const parts = pictures.map((picture) => {
    const part = element('g', { transform: `translate(0 ${number(height)})` }, picture.body);
    height += picture.height;
    return part;
  });
  return {
    title,
    description: pictures.map((picture) => `${picture.title}. ${picture.description}`).join('\n'),
    width: Math.max(1, ...pictures.map((picture) => picture.width)),
    height: Math.max(1, height),
    body: element('g', {}, ...parts),
  };
}

/** Colours of one look. Text and lines reach 4.5:1 on their ground (WCAG 2.2, 1.4.3), the pale ones 1.5:1. */
interface Colours {
  readonly back: string;
  readonly ink: string;
  readonly soft: string;
  readonly pale: string;
  readonly bad: string;
  readonly good: string;
  readonly mark: string;
  readonly lines: readonly string[];
}

const light: Colours = {
  back: '#ffffff',
  ink: '#1b1f24',
  soft: '#57606a',
  pale: '#d0d7de',
  bad: '#a40e26',
  good: '#116329',
  mark: '#0550ae',
  lines: ['#0550ae', '#a40e26', '#116329', '#7d4e00', '#6639ba', '#1b7c83', '#57606a'],
};
const dark: Colours = {
  back: '#0d1117',
  ink: '#e6edf3',
  soft: '#9198a1',
  pale: '#3d444d',
  bad: '#ff7b72',
  good: '#56d364',
  mark: '#79c0ff',
  lines: ['#79c0ff', '#ff7b72', '#56d364', '#e3b341', '#d2a8ff', '#76e3ea', '#9198a1'],
};

/** How many colours lines have, before they begin anew. */
export const lineColours = light.lines.length;

/** One name space (`hp-`), since the style of a picture in a page holds for the whole page; equal in all pictures. */
export const pictureStyle = `.hp{font:12px system-ui,sans-serif}.hp-title{font-size:14px;font-weight:600}${rules(light)}@media (prefers-color-scheme:dark){${rules(dark)}}`;

function rules({ back, ink, soft, pale, bad, good, mark, lines }: Colours): string {
  return [
    `.hp-back{fill:${back}}`,
    `.hp text{fill:${ink}}.hp .hp-soft{fill:${soft}}.hp .hp-marked{fill:${mark}}`,
    `.hp .hp-over{paint-order:stroke;stroke:${back};stroke-width:3px}`,
    `.hp-grid{stroke:${pale};fill:none}.hp-axis{stroke:${soft};fill:none}`,
    `.hp-level{stroke:${bad};fill:none}.hp-mark{stroke:${mark};fill:none}`,
    `.hp-ok{fill:${good}}.hp-failed{fill:${bad}}.hp-slow{stroke:${ink};fill:none}.hp-missing{stroke:${soft};fill:none}.hp-maintenance{stroke:${mark};fill:none}`,
    ...lines.map((colour, index) => `.hp-l${index}{stroke:${colour};fill:none}.hp-p${index}{fill:${colour};stroke:${colour}}`),
  ].join('');
}
