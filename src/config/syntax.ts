// What breaks a YAML text, in our own words: the parser's own messages may quote the text, and the text may be a secret.
const words: Readonly<Record<string, readonly [message: string, hint?: string]>> = {
  ALIAS_PROPS: ['an alias takes no anchor and no tag'],
  BAD_ALIAS: ['an alias or an anchor is not written rightly', 'put a text that starts with * or & in quotes'],
  BAD_DIRECTIVE: ['has a % directive that is not known', 'remove the line, or put a text that starts with % in quotes'],
  BAD_DQ_ESCAPE: ['a backslash inside double quotes begins something unknown', 'double the backslash, or use single quotes'],
  BAD_INDENT: ['is not indented like the lines that it belongs to, or a bracket before it is not closed'],
  BAD_PROP_ORDER: ['an anchor or a tag stands in the wrong place'],
  BAD_SCALAR_START: ['a plain text may not start with this character', 'put the text in quotes'],
  BLOCK_AS_IMPLICIT_KEY: [
    'a second "key: value" stands on the line of a first, or a line is indented too far',
    'put a text that holds ": " in quotes',
  ],
  BLOCK_IN_FLOW: ['an indented block stands inside of brackets'],
  DUPLICATE_KEY: ['the same key stands here twice'],
  KEY_OVER_1024_CHARS: ['a key is longer than 1024 characters'],
  MISSING_CHAR: ['a quote, a bracket, a colon or a comma is missing'],
  MULTILINE_IMPLICIT_KEY: ['a key runs over several lines', 'look for a missing ":" on the line before'],
  MULTIPLE_ANCHORS: ['a value has two anchors'],
  MULTIPLE_TAGS: ['a value has two tags', 'use !env or !file, not both'],
  TAB_AS_INDENT: ['is indented with a tab', 'YAML is indented with spaces'],
  UNEXPECTED_TOKEN: ['something stands here that YAML does not expect', 'look for a bracket or quote too many, or wrong indentation'],
  BAD_COLLECTION_TYPE: ['a tag does not fit the value behind it'],
  RESOURCE_EXHAUSTION: ['is nested too deeply'],
};

/** The message and the hint for one of the parser's codes. */
export function syntaxProblem(code: string): { readonly message: string; readonly hint?: string } {
  const [message, hint] = words[code] ?? ['is not YAML here'];
  return { message, ...(hint === undefined ? {} : { hint }) };
}
