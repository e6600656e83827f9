// The lock file installs everywhere, and from whatever registry the one who installs has set.
import { expect, test } from 'vitest';
import { textOf } from '../support/tree.ts';
import { type Lock, missingOptional } from './lockfile.ts';

const lock = JSON.parse(textOf('package-lock.json')) as {
  packages: Lock & Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
};

test('no optional package of another platform is missing: npm ci would refuse the lock', () => {
  expect(missingOptional(lock.packages)).toEqual({});
});

test('a package that the lock does not hold is found, with its platform read off its name', () => {
  const packages: Lock = {
    '': {},
    'node_modules/tool': { version: '1.2.3', dev: true, optionalDependencies: { '@tool/cli-linux-arm64-musl': '1.2.3' } },
  };
  expect(missingOptional(packages)).toEqual({
    'node_modules/@tool/cli-linux-arm64-musl': {
      version: '1.2.3',
      cpu: ['arm64'],
      dev: true,
      libc: ['musl'],
      optional: true,
      os: ['linux'],
    },
  });
  expect(missingOptional({ ...packages, ...missingOptional(packages) })).toEqual({});
});

test('no package says where it was fetched from', () => {
  expect(Object.entries(lock.packages).filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
});

test('no address stands in the lock but those where authors ask for funds', () => {
  const addresses: string[] = [];
  const walk = (value: unknown, key: string): void => {
    if (typeof value === 'string' && /:\/\//.test(value)) addresses.push(`${key}: ${value}`);
    if (typeof value === 'object' && value !== null && key !== 'funding')
      for (const [name, member] of Object.entries(value)) walk(member, name);
  };
  walk(lock, '');
  expect(addresses).toEqual([]);
});

test('.npmrc keeps addresses out of the lock and names no registry', () => {
  const lines = textOf('.npmrc').split('\n');
  expect(lines).toContain('omit-lockfile-registry-resolved=true');
  expect(lines.filter((line) => /^(@[^:]+:)?registry\s*=|\/\/|_auth/i.test(line))).toEqual([]);
});

test('every package of the lock has a version, and every direct one an exact one', () => {
  const { dependencies, devDependencies } = JSON.parse(textOf('package.json')) as Record<string, Record<string, string>>;
  const versions = Object.entries({ ...dependencies, ...devDependencies });
  expect(versions.filter(([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version)).toEqual([]);
});
