// Completes package-lock.json after an install: a registry that lacks some platform's binary makes npm leave that
// optional package out of the lock, and `npm ci` then refuses the lock ("Missing: ... from lock file").
// Run: node tests/architecture/lockfile.ts (writes the file); the test beside it proves that nothing is missing.
import { readFileSync, writeFileSync } from 'node:fs';

interface LockEntry {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export type Lock = Record<string, LockEntry>;

const systems = ['darwin', 'linux', 'win32', 'freebsd', 'openbsd', 'netbsd', 'android', 'sunos', 'aix', 'openharmony'];
const processors = ['x64', 'arm64', 'arm', 'ia32', 'ppc64', 's390x', 'riscv64', 'loong64', 'mips64el', 'wasm32'];
const libraries: Readonly<Record<string, string>> = { musl: 'musl', gnu: 'glibc', musleabihf: 'musl', gnueabihf: 'glibc' };

/** The optional packages that some entry asks for and the lock does not hold, ready to be added. */
export function missingOptional(packages: Lock): Lock {
  const missing: Lock = {};
  for (const entry of Object.values(packages)) {
    for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
      const path = `node_modules/${name}`;
      if (Object.keys(packages).some((key) => key === path || key.endsWith(`/${path}`))) continue;
      missing[path] = describe(name, version, entry.dev === true);
    }
  }
  return missing;
}

function describe(name: string, version: string, dev: boolean): LockEntry {
  const words = name.split(/[/\-_.]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor));
  const libc = Object.keys(libraries)
    .filter((library) => words.includes(library))
    .map((word) => libraries[word] ?? word);
  return {
    version,
    ...(cpu.length > 0 && { cpu }),
    ...(dev && { dev }),
    ...(libc.length > 0 && { libc }),
    optional: true,
    ...(os.length > 0 && { os }),
  };
}

if (import.meta.main) {
  const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Lock };
  const missing = missingOptional(lock.packages);
  Object.assign(lock.packages, missing);
  const sorted = Object.fromEntries(Object.entries(lock.packages).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  writeFileSync('package-lock.json', `${JSON.stringify({ ...lock, packages: sorted }, null, 2)}\n`);
  process.stdout.write(`package-lock.json: ${Object.keys(missing).length} optional packages added\n`);
}
