// A page as a tree that selectors can be asked of, in time and memory that grow linearly with the page, whoever wrote it. Pure.
//
// The parser of node-html-parser is quadratic in what a hostile page may hold (20 KB of `<div>` took it 0.9 s), and does not close what
// browsers close. So one pass of our own comes first: it reduces the page to well-formed markup of bounded depth and size.
import { type HTMLElement, parse } from 'node-html-parser';

/** The page is larger, or nested deeper, than any page that people are meant to use. */
export class PageTooLarge extends Error {}

/** Longest page, in characters. */
const longest = 2_000_000;
/** Most elements of a page. */
const mostElements = 20_000;
/** Most elements inside of each other. */
const deepest = 256;
/** Attributes of an element beyond this are left out. */
const mostAttributes = 100;

/** Compound selectors and the combinators ` ` and `>`: what costs no more than one look at each element and those around it. */
const step = String.raw`(?:\*|[A-Za-z][\w-]*)?(?:[#.][\w-]+|\[[\w:-]+(?:[~|^$*]?=(?:"[^"\\]*"|'[^'\\]*'|[\w-]+))?\])*`;
const simpleSelector = new RegExp(String.raw`^(?=[*\w#.[])${step}(?:(?: *> *| +)(?=[*\w#.[])${step})*$`);

/** Whether it is a selector that `select` takes: names, `#id`, `.class`, `[attribute]`, with a space or `>` between. */
export function isSelector(text: string): boolean {
  return text.length <= 300 && text.trim() === text && simpleSelector.test(text) && (text.match(/ +/g)?.length ?? 0) <= 10;
}

/** The page as a tree. Throws PageTooLarge. */
export function parsePage(html: string): HTMLElement {
  if (html.length > longest) throw new PageTooLarge();
  return parse(new Outline(html).write(), { blockTextElements: {} });
}

/** The first element that the selector finds. */
export function select(page: HTMLElement, selector: string): HTMLElement | undefined {
  return page.querySelector(selector) ?? undefined;
}

const voidElements = new Set('area base br col embed hr img input link meta param source track wbr'.split(' '));
/** Their text is no markup, and none of it is looked at. */
const silentElements = new Set('script style noscript iframe noembed noframes xmp'.split(' '));
/** Their text is no markup, but text. */
const textElements = new Set(['textarea', 'title']);
const endTags = new Map([...silentElements, ...textElements].map((name) => [name, new RegExp(`</${name}[\\s/>]`, 'gi')]));

/** What an element that begins closes, where it stands open innermost (HTML 13.1.2.4). */
const closedByOpening: ReadonlyMap<string, readonly string[]> = new Map([
  ...'p div form table ul ol dl section article header footer main nav fieldset h1 h2 h3 h4 h5 h6 hr pre'
    .split(' ')
    .map((block): [string, string[]] => [block, ['p']]),
  ['li', ['li', 'p']],
  ['option', ['option']],
  ['optgroup', ['option', 'optgroup']],
  ['dt', ['dt', 'dd', 'p']],
  ['dd', ['dt', 'dd', 'p']],
  ['td', ['td', 'th', 'p']],
  ['th', ['td', 'th', 'p']],
  ['tr', ['td', 'th', 'tr', 'p']],
  ['tbody', ['td', 'th', 'tr', 'thead', 'tbody', 'p']],
  ['tfoot', ['td', 'th', 'tr', 'thead', 'tbody', 'p']],
]);

/** A sign that is followed by anything else is text. */
const markupStart = /<(?=[A-Za-z/!?])/g;
const startTag = /<([A-Za-z][^\s/>]*)/y;
const tagEnd = /[\s/]*>/y;
/** Each alternative begins with another sign and none can be split in two ways: time is linear. */
const attribute = /[\s/]*([^\s/>][^\s/>=]*)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>"'][^\s>]*)|(?=>)))?/y;

/** One pass over a page. What is malformed is read as browsers read it (HTML 13.2.5), as far as forms and texts need it. */
class Outline {
  readonly #html: string;
  #at = 0;
  #out: string[] = [];
  readonly #open: string[] = [];
  /** How many of each name are open: a closing tag without its opening one costs nothing. */
  readonly #counts = new Map<string, number>();
  #elements = 0;

  constructor(html: string) {
    this.#html = html;
  }

  write(): string {
    for (;;) {
      markupStart.lastIndex = this.#at;
      const next = markupStart.exec(this.#html)?.index;
      this.#text(this.#at, next ?? this.#html.length);
      if (next === undefined) break;
      this.#at = next;
      if (!this.#markup()) break;
    }
    while (this.#open.length > 0) this.#close();
    return this.#out.join('');
  }

  #text(from: number, to: number): void {
    if (to > from) this.#out.push(this.#html.slice(from, to).replaceAll('<', '&lt;').replaceAll('>', '&gt;'));
  }

  /** Whatever begins with `<`. False: the page ends inside of it. */
  #markup(): boolean {
    const html = this.#html;
    // `<!-->` is a whole comment.
    if (html.startsWith('<!--', this.#at)) return this.#skip('-->', this.#at + 2);
    const sign = html.charAt(this.#at + 1);
    if (sign === '!' || sign === '?') return this.#skip('>', this.#at);
    if (sign === '/') return this.#endTag();
    startTag.lastIndex = this.#at;
    const name = startTag.exec(html)?.[1] ?? '';
    return this.#startTag(name.toLowerCase(), this.#at + 1 + name.length);
  }

  #skip(end: string, from: number): boolean {
    const found = this.#html.indexOf(end, from);
    this.#at = found + end.length;
    return found >= 0;
  }

  #endTag(): boolean {
    const name = /^[A-Za-z][^\s/>]{0,40}/.exec(this.#html.slice(this.#at + 2, this.#at + 44))?.[0].toLowerCase() ?? '';
    if (!this.#skip('>', this.#at)) return false;
    if (this.#isOpen(name)) while (this.#close() !== name);
    return true;
  }

  /** `from`: where its attributes begin. */
  #startTag(name: string, from: number): boolean {
    const attributes = this.#attributes(from);
    if (attributes === undefined) return false;
    this.#elements += 1;
    if (this.#elements > mostElements) throw new PageTooLarge();
    const closed = closedByOpening.get(name) ?? [];
    while (closed.includes(this.#open.at(-1) ?? '')) this.#close();
    if (silentElements.has(name)) return this.#rawText(name, undefined);
    if (!/^[a-z][a-z0-9-]*$/.test(name) || isInherited(name)) return true;
    this.#out.push(`<${name}${attributes}>`);
    if (voidElements.has(name)) return true;
    return this.#enter(name);
  }

  /** An element that begins and is not void. */
  #enter(name: string): boolean {
    this.#open.push(name);
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    if (this.#open.length > deepest) throw new PageTooLarge();
    if (this.#isOpen('svg') || this.#isOpen('math')) {
      // `<path/>` ends itself in a drawing, `<div/>` elsewhere does not.
      if (this.#html[this.#at - 2] === '/') this.#close();
      return true;
    }
    return textElements.has(name) ? this.#rawText(name, this.#at) : true;
  }

  #isOpen(name: string): boolean {
    return (this.#counts.get(name) ?? 0) > 0;
  }

  /** Text up to the end tag of its element, whatever it looks like; `from` where it is kept. */
  #rawText(name: string, from: number | undefined): boolean {
    const end = endTags.get(name) ?? /$/g;
    end.lastIndex = this.#at;
    const found = end.exec(this.#html)?.index;
    if (from !== undefined) this.#text(from, found ?? this.#html.length);
    this.#at = found ?? this.#html.length;
    return found !== undefined;
  }

  /** The attributes from here on, written again so that nothing in them can be mistaken. Undefined: the page ends before the tag does. */
  #attributes(from: number): string | undefined {
    const html = this.#html;
    let written = '';
    let count = 0;
    attribute.lastIndex = from;
    for (;;) {
      const at = attribute.lastIndex;
      const found = attribute.exec(html);
      if (found === null) {
        attribute.lastIndex = at;
        break;
      }
      count += 1;
      if (count <= mostAttributes) written += writeAttribute(found);
    }
    tagEnd.lastIndex = attribute.lastIndex;
    if (!tagEnd.test(html)) return undefined;
    this.#at = tagEnd.lastIndex;
    return written;
  }

  /** Closes the innermost element and gives its name. */
  #close(): string {
    const name = this.#open.pop() ?? '';
    this.#counts.set(name, (this.#counts.get(name) ?? 1) - 1);
    this.#out.push(`</${name}>`);
    return name;
  }
}

function writeAttribute([, raw = '', double, single, bare]: RegExpExecArray): string {
  const name = raw.toLowerCase();
  if (!/^[a-z_][\w:.-]{0,100}$/.test(name) || isInherited(name)) return '';
  const value = (double ?? single ?? bare ?? '').replaceAll('"', '&quot;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
  return ` ${name}="${value}"`;
}

/** A name that every object has: the parser keeps its tables and attributes in plain objects. */
function isInherited(name: string): boolean {
  return name in Object.prototype;
}
