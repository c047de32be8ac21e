import { readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Packages that are put into `dist` instead of being installed beside us. Each version of them wants exactly one version of
 * the SDK and forbids others of the API: as dependencies they would bring a second SDK into nearly every program that has
 * one, or npm would refuse. Inlined they use the host's own API and SDK (test/hosts).
 */
export const inlinedPackages = [
  '@opentelemetry/core',
  '@opentelemetry/exporter-metrics-otlp-http',
  '@opentelemetry/exporter-prometheus',
  '@opentelemetry/otlp-exporter-base',
  '@opentelemetry/otlp-grpc-exporter-base',
  '@opentelemetry/otlp-transformer',
  '@opentelemetry/resources',
  // Of these alone:
  '@opentelemetry/semantic-conventions',
];

/**
 * Installed beside us as well, since it is a dependency like others, and put into `dist` all the same: of its 23 packages
 * Node would find, read and link each module (docs/performance.md).
 */
const inlinedForSpeed = ['got'];

export interface PackageManifest {
  readonly [key: string]: unknown;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | { readonly types: string; readonly default: string }>>;
}

export function readManifest(root: string): PackageManifest {
  return JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8'));
}

/** What is imported from beside the package: its dependencies and what the host has. */
export function externalPackages({ dependencies, peerDependencies }: PackageManifest): readonly string[] {
  return Object.keys({ ...dependencies, ...peerDependencies }).filter(
    (name) => !inlinedPackages.includes(name) && !inlinedForSpeed.includes(name),
  );
}
