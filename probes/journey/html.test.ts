// Pages as people and programs write them, and as nobody should.
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSelector, PageTooLarge, parsePage, select } from './html.ts';

const texts = (html: string, selector: string) =>
  parsePage(html)
    .querySelectorAll(selector)
    .map(({ textContent }) => textContent);

describe('a page is read as browsers read it', () => {
  test.each([
    ['<p>one<p>two', 'p', ['one', 'two']],
    ['<ul><li>one<li>two</ul>', 'ul > li', ['one', 'two']],
    ['<table><tr><td>a<td>b<tr><td>c</table>', 'tr > td', ['a', 'b', 'c']],
    ['<div><b>x</div>y<i>z</i>', 'i', ['z']],
    ['<DIV CLASS="A b">x</DIV>', 'div.b', ['x']],
    ['</p></div><i>z</i>', 'i', ['z']],
    ['<i>a &lt; b &amp; c</i>', 'i', ['a < b & c']],
    ['<i>a < b > c</i>', 'i', ['a < b > c']],
    ['<!-- <i>no</i> --><i>yes</i>', 'i', ['yes']],
    ['<!--><i>yes</i>', 'i', ['yes']],
    ['<!doctype html><?xml ?><i>yes</i>', 'i', ['yes']],
    ['<script>document.write("<i>no</i>")</script><i>yes</i>', 'i', ['yes']],
    ['<style>i > b {}</style><noscript><i>no</i></noscript><i>yes</i>', 'i', ['yes']],
    ['<textarea><i>no</i></textarea><i>yes</i>', 'i', ['yes']],
    ['<textarea><i>no</i></textarea>', 'textarea', ['<i>no</i>']],
    ['<title>a <b> c</title><b>yes</b>', 'b', ['yes']],
    ['<i>yes</i><!-- open', 'i', ['yes']],
    ['<i>yes</i><b c="', 'i', ['yes']],
    ['<i a=1 a=2>x</i >', 'i', ['x']],
    ['<br/><img src=a/b.png><i>yes</i>', 'i', ['yes']],
    ['<svg:rect/><i>yes</i>', 'i', ['yes']],
    [`<svg>${'<path d="M0 0"/>'.repeat(300)}</svg><i>yes</i>`, 'i', ['yes']],
    ['<constructor><keys><i>yes</i></keys></constructor>', 'i', ['yes']],
    ['<\u0130 a=">"><i>yes</i>', 'i', ['yes']],
    ['<i\u0130\u0130\u0130 a="<b>"><i>yes</i>', 'i', ['yes']],
    ['<div/><i>inside</i>', 'div > i', ['inside']],
    ['<a =x href=y>yes</a>', 'a[href=y]', ['yes']],
  ])('%s', (html, selector, wanted) => {
    expect(texts(html, selector)).toEqual(wanted);
  });

  test.each([
    [`<input value="a&quot;b&amp;c">`, 'a"b&c'],
    [`<input value='a"b>c'>`, 'a"b>c'],
    ['<input value=a/b=c>', 'a/b=c'],
    ['<input value = "x" disabled>', 'x'],
    ['<input\nvalue="line\n two">', 'line\n two'],
    [`<input title=' value="no"' value="yes">`, 'yes'],
    ['<input data-x="> <b" value="&#x27;&#39;&eacute;">', "''é"],
    ['<input VALUE="x" value="y">', 'x'],
    ['<input __proto__=a constructor=b hasOwnProperty=c value=x>', 'x'],
  ])('the attribute of %s', (html, wanted) => {
    expect(select(parsePage(html), 'input')?.getAttribute('value')).toBe(wanted);
  });

  test('what stands in an attribute is no id and no class', () => {
    const page = parsePage('<i title=" id=\'fake\' class=fake">x</i><i id="real">y</i>');
    expect(select(page, '#fake')).toBeUndefined();
    expect(select(page, '.fake')).toBeUndefined();
    expect(select(page, '#real')?.textContent).toBe('y');
  });
});

/** Everything that the selectors below name. */
const named =
  '<div><p><a id="a" class="b" href="/x y/z">z</a></p></div>' +
  '<form id="login-form" class="a b"><input name="csrf" type="hidden" value="1"></form>';

describe('selectors', () => {
  test.each([
    'form',
    '*',
    '#a',
    '.b',
    'form#login-form',
    'form.a.b > input[name="csrf"]',
    'input[type=hidden][name]',
    "a[href^='/x y']",
    'div p a',
  ])('%s may be used, and finds what it names', (text) => {
    expect(isSelector(text)).toBe(true);
    expect(select(parsePage(named), text)).toBeDefined();
    expect(select(parsePage('<i>x</i>'), text) === undefined).toBe(text !== '*');
  });

  test.each([
    '',
    ' ',
    'a, b',
    'a ~ b',
    'a + b',
    'a:has(b)',
    'a:nth-child(2)',
    '> a',
    'a >',
    'a[',
    'a[b=c d]',
    '##',
    `${'a '.repeat(12)}a`,
    'a'.repeat(400),
  ])('%j may not', (text) => {
    expect(isSelector(text)).toBe(false);
  });
});

const fill = (text: string, size = 300_000) => text.repeat(Math.ceil(size / text.length)).slice(0, size);
const hostile: Readonly<Record<string, string>> = {
  'open elements': fill('<div>'),
  'elements that close nothing': fill('</div>'),
  'crossed elements': fill('<div></p>'),
  'deep elements again and again': fill('<div>'.repeat(250) + '</div>'.repeat(250)),
  paragraphs: fill('<p>'),
  cells: fill('<td>'),
  signs: fill('<'),
  'signs that begin nothing': fill('< '),
  'closing signs': fill('</ '),
  'open comments': fill('<!--'),
  'open tags': fill('<a '),
  'open values': fill(`<a b='`),
  'a tag of spaces': `<a${fill(' ')}`,
  'a tag of slashes': `<a${fill('/')}>`,
  'a tag of equal signs': `<a${fill('=')}>`,
  'a tag of names': `<a${fill(' b')}>`,
  'a tag of quotes': `<a ${fill('"')}`,
  'a tag of attributes': `<a${fill(` b='c'`)}>`,
  'a name without end': `<${fill('a')}>`,
  'a value that looks like ids': `<a z="${fill(' id=')}">`,
  scripts: fill('<script></script>'),
  'open scripts': fill('<script>'),
  'open texts': fill('<textarea>'),
  entities: fill('&amp;'),
  'more than two million letters': fill('x', 2_000_001),
  'a large hidden field': `<form><input name=a value="${fill('x')}"></form>`,
};

test.each(Object.entries(hostile))('a page of %s is read in linear time, or refused', (_, html) => {
  try {
    const page = parsePage(html);
    select(page, 'body div i.b a div form.x input[name=q]');
    expect(page.textContent.length).toBeLessThanOrEqual(html.length);
  } catch (error) {
    expect(error).toBeInstanceOf(PageTooLarge);
  }
});

test('any page at all is read, and no element is deeper than said', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<',
      '>',
      '</',
      '<!--',
      '-->',
      '"',
      "'",
      '=',
      ' ',
      '/',
      '&',
      '<div>',
      '</div>',
      '<p>',
      '<li>',
      '<form id=a>',
      '</form>',
    ),
    fc.constantFrom(
      '<input name=b value="c">',
      '<textarea>',
      '</textarea>',
      '<script>',
      '</script>',
      '<td>',
      '<tr>',
      '<a b',
      "='",
      '<option>',
    ),
    fc.string({ maxLength: 5 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const page = parsePage(pieces.join(''));
      expect(page.querySelectorAll('*').length).toBeLessThanOrEqual(60);
      // Nothing of our own markup shows as text.
      if (!pieces.join('').includes('&')) expect(page.outerHTML).not.toContain('undefined');
    }),
    { seed: 20_261_123, numRuns: 500 },
  );
});
