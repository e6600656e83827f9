// What a monitoring plug-in says (Monitoring Plugins Development Guidelines, "plugin output" and "performance data"). Pure.
import type { Failure, ProgramEnd } from '#prober/door.ts';

const textLimit = 160;
const figuresLimit = 200;

export interface Said {
  /** The first line, without performance data. */
  readonly text: string;
  /** Figures in base units, by label. */
  readonly figures: ReadonlyMap<string, number>;
}

/** The first line's text, and the figures behind every bar. */
export function readOutput(stdout: string): Said {
  const [first = '', ...more] = stdout.split('\n');
  const [text = '', data = ''] = split(first);
  const later = more.map((line) => split(line)[1] ?? '');
  return { text: text.trim().slice(0, textLimit), figures: readFigures([data, ...later].join(' ')) };
}

function split(line: string): readonly string[] {
  const at = line.indexOf('|');
  return at < 0 ? [line] : [line.slice(0, at), line.slice(at + 1)];
}

/** `'label'=value[UOM];warn;crit;min;max`, parted by blanks. */
function readFigures(data: string): ReadonlyMap<string, number> {
  const figures = new Map<string, number>();
  for (const [, quoted, bare, value, unit = ''] of data.matchAll(
    /(?:'((?:[^']|''){1,100})'|([^\s'=]{1,100}))=(-?\d{1,30}(?:\.\d{1,30})?)(?![\d.])([A-Za-z%]*)(?:;\S*)?/g,
  )) {
    if (figures.size >= figuresLimit) break;
    const factor = units[unit.toLowerCase()];
    if (factor !== undefined) figures.set((quoted ?? bare ?? '').replaceAll("''", "'"), Number(value) * factor);
  }
  return figures;
}

/** To seconds, bytes and ratios. `c` is a counter. */
const units: Readonly<Record<string, number>> = {
  '': 1,
  c: 1,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  '%': 0.01,
  b: 1,
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
};

/** Undefined: well. A text: the plug-in could not tell, which counts for nothing. */
export function judge({ status }: ProgramEnd, { text }: Said, warning: 'ok' | 'fail'): Failure | string | undefined {
  const words = text === '' ? '' : `: ${text}`;
  if (status === 0) return undefined;
  if (status === 1) return warning === 'ok' ? undefined : { reason: 'rejected', message: `warning${words}` };
  if (status === 2) return { reason: 'rejected', message: `critical${words}` };
  if (status === 3) return `the plug-in cannot tell${words}`;
  if (status === null) return { reason: 'protocol', message: 'the program was ended by a signal' };
  return { reason: 'protocol', message: `status ${status} is none that a plug-in may end with` };
}
