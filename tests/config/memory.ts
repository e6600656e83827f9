// A file system made of texts.
import type { Files } from '#config/read.ts';

/** Files by path; folders are what the paths stand in. */
export function memoryFiles(files: Readonly<Record<string, string | Uint8Array>>): Files {
  const bytesOf = (path: string) => {
    const file = files[path];
    if (file === undefined) throw Object.assign(new Error('not there'), { code: 'ENOENT' });
    return typeof file === 'string' ? new TextEncoder().encode(file) : file;
  };
  return {
    look: (path) =>
      Promise.resolve().then(() => {
        const names = Object.keys(files)
          .filter((name) => name.startsWith(`${path}/`))
          .map((name) => name.slice(path.length + 1));
        return names.length > 0 ? { names } : { size: bytesOf(path).length };
      }),
    read: (path, most) => Promise.resolve().then(() => bytesOf(path).subarray(0, most)),
  };
}
