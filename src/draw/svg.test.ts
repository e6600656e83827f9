import { describe, expect, test } from 'vitest';
import { svgOf } from './picture.ts';
import { element, escape, number, short, text, through } from './svg.ts';

describe('the element builder', () => {
  test('closes what it opens, escapes attributes and texts, and leaves no hostile text alive', () => {
    const hostile = `</title><script>alert('x')</script>"&`;
    const made = element('g', { 'aria-label': hostile, x: 1 }, element('title', {}, text(hostile)), element('line', { x1: 0.123456 }));
    expect(made).toBe(
      '<g aria-label="&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;" x="1">' +
        '<title>&lt;/title&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;</title><line x1="0.12"/></g>',
    );
  });

  test.each([
    [1 / 3, '0.33'],
    [-0, '0'],
    [-0.004, '0'],
    [12, '12'],
    [Number.NaN, '0'],
    [Number.POSITIVE_INFINITY, '1000000'],
    [Number.NEGATIVE_INFINITY, '-1000000'],
    [1e300, '1000000'],
    [1e-9, '0'],
  ])('writes %d as %s', (value, written) => {
    expect(number(value)).toBe(written);
  });

  test('characters that XML cannot carry are replaced, others stay', () => {
    expect(escape('a\u0000b\u000Bc\uFFFEd\uD800e\tf😀')).toBe('a\uFFFDb\uFFFDc\uFFFDd\uFFFDe\tf😀');
  });

  test('a line through no point is no line', () => {
    expect(through([])).toBe('');
    expect(
      through([
        [0, 1],
        [2.005, Number.NaN],
      ]),
    ).toBe('M0 1L2.01 0');
  });

  test('names are cut by characters, and direction characters do not turn a line round', () => {
    expect(short('a\u202Eb\nc', 10)).toBe('a b c');
    expect(short('😀😀😀😀', 3)).toBe('😀😀…');
    expect(short('x'.repeat(1_000_000), 5)).toBe('xxxx…');
  });
});

describe('a picture', () => {
  const picture = { title: '<b>', description: 'a & b', width: 10, height: 10.123, body: element('g', {}) };

  test('names itself for a screen reader, in a document of its own', () => {
    const svg = svgOf(picture);
    expect(svg).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 10 10.12" width="10" height="10.12" role="img" aria-label="&lt;b&gt;"/,
    );
    expect(svg).toContain('<title>&lt;b&gt;</title><desc>a &amp; b</desc><style>');
    expect(svg).toContain('@media (prefers-color-scheme:dark)');
    expect(svgOf(picture)).toBe(svg);
  });
});
