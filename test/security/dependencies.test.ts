import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';

/** What SECURITY.md says of the packages that run with us. */
const root = path.join(import.meta.dirname, '../..');
const json = (file: string) => JSON.parse(readFileSync(path.join(root, file), 'utf8'));

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly dev?: boolean;
  readonly hasInstallScript?: boolean;
  readonly os?: readonly string[];
}

test('direct dependencies are pinned to exact versions', () => {
  const { dependencies } = json('package.json') as { dependencies: Readonly<Record<string, string>> };
  const ranges = Object.entries(dependencies).filter(([, version]) => !/^\d+\.\d+\.\d+$/.test(version));
  expect(ranges).toEqual([]);
});

test('what runs with us is locked with a checksum, has no native code, and no script at its installation but one', () => {
  const { packages } = json('package-lock.json') as { packages: Readonly<Record<string, LockedPackage>> };
  const ours = Object.entries(packages).filter(([place, { dev }]) => place !== '' && dev !== true);
  expect(ours.length).toBeGreaterThan(20);
  const bad = ours.filter(([, { integrity, hasInstallScript, os }]) => !integrity || hasInstallScript || os);
  // Below gRPC; its script compares two versions and prints a warning.
  expect(bad.map(([place]) => place).filter((place) => place !== 'node_modules/protobufjs')).toEqual([]);
});
