// SVG as text: a closed list of elements and attributes, every text escaped, numbers of two decimals. The same picture gives the same bytes.

declare const made: unique symbol;
/** A finished piece of SVG. Made here alone, so that text which is not escaped gets into no picture. */
export type Markup = string & { readonly [made]: true };

/** No element that runs, loads or links anything. */
type ElementName = 'svg' | 'g' | 'path' | 'line' | 'rect' | 'circle' | 'text' | 'title' | 'desc' | 'style';
type AttributeName =
  | 'xmlns'
  | 'viewBox'
  | 'role'
  | 'aria-label'
  | 'class'
  | 'transform'
  | 'd'
  | 'text-anchor'
  | 'stroke-dasharray'
  | 'stroke-width'
  | Geometry;
type Geometry = 'x' | 'y' | 'x1' | 'y1' | 'x2' | 'y2' | 'cx' | 'cy' | 'r' | 'width' | 'height';
type Attributes = Readonly<Partial<Record<AttributeName, string | number>>>;

/** Children in order; they are finished pieces: texts come from `text`. */
export function element(name: ElementName, attributes: Attributes, ...children: readonly Markup[]): Markup {
  let start = `<${name}`;
  for (const [key, value] of Object.entries(attributes)) {
    start += ` ${key}="${typeof value === 'number' ? number(value) : escape(value)}"`;
  }
  return (children.length === 0 ? `${start}/>` : `${start}>${children.join('')}</${name}>`) as Markup;
}

/** Any text, escaped. */
export function text(content: string): Markup {
  return escape(content) as Markup;
}

/** At most two decimals and never an exponent; what is not finite or beyond a million becomes 0 or a million: a picture is never broken by it. */
export function number(value: number): string {
  if (Number.isNaN(value)) return '0';
  const bounded = Math.max(-1e6, Math.min(1e6, value));
  return String(Math.round(bounded * 100) / 100 + 0);
}

/** A line through these points: the `d` of a path. '' for none. */
export function through(points: readonly (readonly [x: number, y: number])[]): string {
  return points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${number(x)} ${number(y)}`).join('');
}

/** Safe as text and inside double quotes, in SVG and in HTML; what XML 1.0 (2.2) cannot carry becomes U+FFFD. */
export function escape(content: string): string {
  return content
    .toWellFormed()
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

/** One line of at most `limit` characters of a name that others wrote: control and direction characters become blanks, a cut shows an ellipsis. */
export function short(name: string, limit: number): string {
  const line = name
    .slice(0, 8 * limit)
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim();
  const characters = Array.from(line);
  return characters.length <= limit
    ? line
    : `${characters
        .slice(0, limit - 1)
        .join('')
        .trimEnd()}…`;
}
