// Replies of SMTP (RFC 5321 4.2): one or more lines with one code. Pure.

/** Most lines of one reply. */
const linesLimit = 100;

export interface Reply {
  readonly code: number;
  /** The texts of the lines, without code and line end. */
  readonly lines: readonly string[];
}

/** Where the reply that begins the bytes ends; undefined while it is not complete, -1 when it is none. */
export function replyEnd(bytes: Buffer): number | undefined {
  for (let at = 0, count = 0; count < linesLimit; count += 1) {
    const start = bytes.toString('latin1', at, at + 4);
    if (!/^(\d{0,3}|\d{3}[ \r\n-])$/.test(start)) return -1;
    const end = bytes.indexOf(0x0a, at);
    if (end < 0) return undefined;
    if (!/^\d{3}/.test(start)) return -1;
    at = end + 1;
    if (start[3] !== '-') return at;
  }
  return -1;
}

/** Reads a whole reply; undefined when its lines are of different codes. */
export function decodeReply(bytes: Buffer): Reply | undefined {
  const lines = bytes.toString('latin1').split(/\r?\n/).slice(0, -1);
  const codes = new Set(lines.map((line) => line.slice(0, 3)));
  const [code = ''] = codes;
  return codes.size === 1 && /^[2-5]\d\d$/.test(code) ? { code: Number(code), lines: lines.map((line) => line.slice(4)) } : undefined;
}

/** Keywords of EHLO in upper case, and what stands behind each (RFC 5321 4.1.1.1). */
export function extensionsOf({ lines }: Reply): ReadonlyMap<string, string> {
  return new Map(
    lines.slice(1).map((line) => {
      const [word = '', ...rest] = line.trim().split(/[ =]/);
      return [word.toUpperCase(), rest.join(' ').toUpperCase()];
    }),
  );
}

/** The argument of AUTH PLAIN (RFC 4616). */
export function plainResponse(username: string, password: string): string {
  return Buffer.from(`\0${username}\0${password}`).toString('base64');
}
