// Header fields of SIP (RFC 3261 7.3): folded lines, compact names, lists and parameters. Pure.

/** Compact forms of the fields that are read here (RFC 3261 7.3.3, 20). */
const compact: Readonly<Record<string, string>> = { f: 'from', i: 'call-id', l: 'content-length', t: 'to', v: 'via' };

/** Values by name in lower case and long form, in the order in which they came. */
export type Fields = ReadonlyMap<string, readonly string[]>;

/** Lines that are no field are passed over, as 7.3.2 wants it of what is not understood. */
export function readFields(lines: string): Fields {
  const fields = new Map<string, string[]>();
  // A line that begins with white space goes on with the one before it (7.3.1).
  for (const line of lines.replace(/\r\n[ \t]+/g, ' ').split('\r\n')) {
    const [, name, value] = /^([\w.!%*+`'~-]+)[ \t]*:(.*)$/s.exec(line) ?? [];
    if (name === undefined || value === undefined) continue;
    const key = compact[name.toLowerCase()] ?? name.toLowerCase();
    const known = fields.get(key);
    if (known === undefined) fields.set(key, [value.trim()]);
    else known.push(value.trim());
  }
  return fields;
}

/** The members of a list, whether they stand in one field or in several (7.3.1). */
export function listOf(fields: Fields, name: string): readonly string[] {
  return (fields.get(name) ?? []).flatMap((value) => splitOutside(value, ','));
}

/** The value of a field that may stand once only; empty when it is absent, or there twice and different. */
export function single(fields: Fields, name: string): string {
  const values = new Set(fields.get(name));
  const [value = ''] = values;
  return values.size === 1 ? value : '';
}

/** Parameters behind a value, by name in lower case; one without a value is the empty text. Those inside of `<...>` are the URI's. */
export function parametersOf(value: string): ReadonlyMap<string, string> {
  return new Map(
    splitOutside(value, ';')
      .slice(1)
      .map((parameter) => {
        const equals = parameter.indexOf('=');
        if (equals < 0) return [parameter.trim().toLowerCase(), ''];
        return [parameter.slice(0, equals).trim().toLowerCase(), parameter.slice(equals + 1).trim()];
      }),
  );
}

/** Splits where the separator stands neither in quotes nor in `<...>`; the parts are trimmed. */
function splitOutside(text: string, separator: ',' | ';'): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  // A quoted string with its escapes, an address in brackets, or the separator.
  for (const { 0: found, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|<[^>]*>?|[,;]/gs)) {
    if (found !== separator) continue;
    parts.push(text.slice(from, index).trim());
    from = index + 1;
  }
  return [...parts, text.slice(from).trim()];
}
