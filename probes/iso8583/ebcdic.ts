// EBCDIC as far as these messages need it. Pure.

/** EBCDIC, code page 037, of the signs that these fields hold. */
const ebcdicRuns: readonly (readonly [string, number])[] = [
  ['0123456789', 0xf0],
  ['ABCDEFGHI', 0xc1],
  ['JKLMNOPQR', 0xd1],
  ['STUVWXYZ', 0xe2],
  ['abcdefghi', 0x81],
  ['jklmnopqr', 0x91],
  ['stuvwxyz', 0xa2],
  [' ', 0x40],
  ['.', 0x4b],
  ['-/', 0x60],
  [',', 0x6b],
  ['_', 0x6d],
  [':', 0x7a],
  ['=', 0x7e],
];
const toCode = new Map(ebcdicRuns.flatMap(([run, first]) => run.split('').map((sign, i) => [sign, first + i] as const)));
const toSign = new Map([...toCode].map(([sign, code]) => [code, sign]));

export function toEbcdic(value: string): Buffer {
  return Buffer.from(value.split('').map((sign) => toCode.get(sign) ?? 0x6f));
}

export function fromEbcdic(raw: Buffer): string {
  return [...raw].map((code) => toSign.get(code) ?? '?').join('');
}
