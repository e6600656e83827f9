// `${name}` in addresses, headers and fields: where a variable of an earlier step goes. Pure.

/** Values that earlier steps extracted, by name. They count as secrets. */
export type Variables = ReadonlyMap<string, string>;

const use = /\$\{([a-z_][a-z0-9_]{0,31})\}/g;

/** The names that a text uses. */
export function variablesIn(text: string): readonly string[] {
  return [...text.matchAll(use)].map(([, name = '']) => name);
}

/** The text with the values in it, each as `write` gives it. Undefined: one of them was never extracted. */
export function fillIn(text: string, variables: Variables, write: (value: string) => string = (value) => value): string | undefined {
  let missing = false;
  const filled = text.replace(use, (_, name: string) => {
    const value = variables.get(name);
    missing ||= value === undefined;
    return write(value ?? '');
  });
  return missing ? undefined : filled;
}

/**
 * An address with the values in it: the one it begins with is an address or a beginning of one, and stands as it is; every other is a part of
 * a path or query, and is encoded so that it stays one part.
 */
export function fillInUrl(text: string, variables: Variables): string | undefined {
  const [first = ''] = /^\$\{[a-z_][a-z0-9_]{0,31}\}/.exec(text) ?? [];
  const beginning = fillIn(first, variables);
  const rest = fillIn(text.slice(first.length), variables, encodeURIComponent);
  return beginning === undefined || rest === undefined ? undefined : beginning + rest;
}
