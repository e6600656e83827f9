// Reads the files and folders of a configuration, within bounds, and says in words what cannot be read.

import { isUtf8 } from 'node:buffer';
import { type FileHandle, open, readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Problem } from '#schema/problem.ts';

const mostFiles = 1000;
const mostFileBytes = 4 * 1024 * 1024;
const mostBytes = 32 * 1024 * 1024;

/** What the configuration needs of a file system. Every call may throw an error with a `code`, as Node's do. */
export interface Files {
  /** The names in a folder and no size, or the size of what is not a folder (0 where it is not known before reading). */
  look(path: string): Promise<{ readonly names: readonly string[] } | { readonly size: number }>;
  /** The first bytes, at most `most`. */
  read(path: string, most: number): Promise<Uint8Array>;
}

/** The file system of this machine. */
export const localFiles: Files = {
  async look(path) {
    const found = await stat(path);
    return found.isDirectory() ? { names: await readdir(path) } : { size: found.size };
  },
  async read(path, most) {
    const file = await open(path, 'r');
    try {
      return await readUpTo(file, most);
    } finally {
      await file.close();
    }
  },
};

async function readUpTo(file: FileHandle, most: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(most);
  let length = 0;
  while (length < most) {
    const { bytesRead } = await file.read(bytes, length, most - length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return bytes.subarray(0, length);
}

export interface Text {
  readonly file: string;
  readonly text: string;
}

/** The texts of all files named, folders opened and sorted; a file that is named twice is read once. */
export async function readTexts(
  paths: readonly string[],
  files: Files,
): Promise<{ readonly texts: readonly Text[]; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const names = await findFiles(paths, files, problems);
  const texts: Text[] = [];
  let total = 0;
  for (const name of names) {
    const bytes = await readBounded(name, files, problems);
    if (bytes === undefined) continue;
    total += bytes.length;
    if (total > mostBytes) {
      problems.push(
        wholeFile('too_large', name, `with this file the configuration is larger than ${megabytes(mostBytes)}, the most that is read`),
      );
      break;
    }
    const text = decode(name, bytes, problems);
    if (text !== undefined) texts.push({ file: name, text });
  }
  return { texts, problems };
}

async function findFiles(paths: readonly string[], files: Files, problems: Problem[]): Promise<readonly string[]> {
  const found = new Map<string, string>();
  for (const path of paths) {
    for (const name of await openPath(path, files, problems)) {
      const whole = resolve(name);
      if (!found.has(whole)) found.set(whole, name);
    }
  }
  const names = [...found.values()];
  const extra = names[mostFiles];
  if (extra === undefined) return names;
  problems.push(wholeFile('too_large', extra, `is one of ${names.length} files; at most ${mostFiles} are read`));
  return names.slice(0, mostFiles);
}

async function openPath(path: string, files: Files, problems: Problem[]): Promise<readonly string[]> {
  try {
    const found = await files.look(path);
    if (!('names' in found)) return [path];
    const names = found.names.filter((name) => /^[^.].*\.ya?ml$/.test(name)).toSorted();
    if (names.length === 0) problems.push(wholeFile('unreadable', path, 'the folder holds no .yaml or .yml file'));
    return names.map((name) => join(path, name));
  } catch (error) {
    problems.push(unreadable(path, error));
    return [];
  }
}

async function readBounded(name: string, files: Files, problems: Problem[]): Promise<Uint8Array | undefined> {
  try {
    const found = await files.look(name);
    if ('names' in found) throw Object.assign(new Error('a folder'), { code: 'EISDIR' });
    const bytes = found.size > mostFileBytes ? undefined : await files.read(name, mostFileBytes + 1);
    if (bytes !== undefined && bytes.length <= mostFileBytes) return bytes;
    const size = bytes === undefined ? `is ${megabytes(found.size)} large` : 'is larger';
    problems.push({
      ...wholeFile('too_large', name, `${size}; at most ${megabytes(mostFileBytes)} of one file are read`),
      hint: 'divide it into several files in one folder',
    });
  } catch (error) {
    problems.push(unreadable(name, error));
  }
  return undefined;
}

function megabytes(bytes: number): string {
  return `${Number((bytes / 1_048_576).toFixed(1))} MB`;
}

/** The text without a byte-order mark. */
function decode(file: string, bytes: Uint8Array, problems: Problem[]): string | undefined {
  if (isUtf8(bytes) && !bytes.includes(0)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  }
  const isUtf16 = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  const isBinary = !isUtf16 && bytes.includes(0);
  const { line, column } = isUtf16 ? { line: 0, column: 0 } : firstBadByte(bytes);
  problems.push({
    code: 'unreadable',
    file,
    line,
    column,
    path: '',
    message: isUtf16 ? 'is UTF-16 text; Holter reads UTF-8' : isBinary ? 'is no text: it holds a zero byte' : 'is not UTF-8 text here',
    hint: isBinary ? 'name a YAML file' : 'save the file as UTF-8',
  });
  return undefined;
}

function firstBadByte(bytes: Uint8Array): { readonly line: number; readonly column: number } {
  let line = 1;
  for (let start = 0; start <= bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, start);
    const end = newline === -1 ? bytes.length : newline;
    const text = bytes.subarray(start, end);
    if (!isUtf8(text) || text.includes(0)) return { line, column: 1 };
    start = end + 1;
  }
  return { line: 0, column: 0 };
}

const plainWords: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EPERM: 'may not be read by this user',
  ENOTDIR: 'does not exist: a part of the path before it is a file and not a folder',
  EISDIR: 'is a folder',
  ELOOP: 'is a symbolic link that leads back to itself',
  ENAMETOOLONG: 'is too long for the name of a file',
  EMFILE: 'cannot be opened: this process has too many files open',
  EIO: 'cannot be read: the disk or the network file system failed',
  ENXIO: 'is a socket or a device that cannot be read',
};

/** `does not exist (ENOENT)` of an error that the file system threw. */
export function readFailure(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  return `${plainWords[code] ?? 'cannot be read'} (${code})`;
}

function unreadable(file: string, error: unknown): Problem {
  const problem = wholeFile('unreadable', file, readFailure(error));
  return problem.message.includes('by this user')
    ? { ...problem, hint: 'look at its owner and mode, and at those of the folders above it' }
    : problem;
}

export function wholeFile(code: Problem['code'], file: string, message: string): Problem {
  return { code, file, line: 0, column: 0, path: '', message };
}
