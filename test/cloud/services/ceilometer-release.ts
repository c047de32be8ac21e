import path from 'node:path';
import { pythonEnvironment } from './python-environment.ts';

/** A Ceilometer whose notification agent can be started. */
export interface CeilometerRelease {
  /** Also the folder of its configuration and output. */
  readonly name: string;
  readonly executable: string;
  readonly pipeline: string;
}

export const debianRelease: CeilometerRelease = {
  name: 'ceilometer',
  executable: 'ceilometer-agent-notification',
  pipeline: '/usr/lib/python3/dist-packages/ceilometer/pipeline/data/pipeline.yaml',
};

/** The newest two releases of November 2026: those of OpenStack 2026.2 and 2026.1. */
export const newestReleases = ['27.0.0', '26.0.0'] as const;

/** Installs a release from PyPI into an environment of its own, once on a machine. */
export async function ceilometerRelease(version: string): Promise<CeilometerRelease> {
  const name = `ceilometer-${version}`;
  const environment = await pythonEnvironment(name, [`ceilometer==${version}`]);
  return {
    name,
    executable: environment.program('ceilometer-agent-notification'),
    pipeline: path.join(environment.packages, 'ceilometer/pipeline/data/pipeline.yaml'),
  };
}
