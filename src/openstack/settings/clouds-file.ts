import { existsSync } from 'node:fs';
import path from 'node:path';
import { ConfigurationError, describeError } from '../../base/errors/errors.ts';
import { readTextFile } from '../../base/files/read-text-file.ts';
import { requireYaml } from '../../base/options/load-on-demand.ts';
import { type CloudEntry, type CloudEnvironment, type CloudSource, isMap } from './cloud-entry.ts';

/** The clouds.yaml that counts, and what is in it; `undefined` where there is none. */
export function findClouds(
  environment: CloudEnvironment,
): { readonly file: string; readonly names: readonly string[] } | undefined {
  const file = findFile('clouds', environment);
  return file === undefined ? undefined : { file, names: Object.keys(cloudsOf(file)) };
}

/** Extension `yaml` or `yml`, as openstacksdk has it. */
function findFile(kind: 'clouds' | 'secure', { variables, workingDirectory, homeDirectory }: CloudEnvironment) {
  const named = kind === 'clouds' ? variables.OS_CLIENT_CONFIG_FILE : variables.OS_CLIENT_SECURE_FILE;
  const directories = [
    workingDirectory,
    path.join(variables.XDG_CONFIG_HOME ?? path.join(homeDirectory, '.config'), 'openstack'),
    '/etc/openstack',
  ];
  const candidates = directories.flatMap((directory) => [
    path.join(directory, `${kind}.yaml`),
    path.join(directory, `${kind}.yml`),
  ]);
  // A file that is named must be there; reading it says so if not.
  return named !== undefined && named !== '' ? named : candidates.find((file) => existsSync(file));
}

/**
 * The entry of a cloud, with what its secure.yaml adds.
 * @throws {ConfigurationError} when there is none
 */
export function cloudOfFiles(cloud: string, environment: CloudEnvironment): CloudSource {
  const file = findFile('clouds', environment);
  if (file === undefined) {
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `cloud ${cloud}: no clouds.yaml was found`);
  }
  const clouds = cloudsOf(file);
  const entry = clouds[cloud];
  if (!isMap(entry)) {
    const known = Object.keys(clouds).join(', ');
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${file} has no cloud ${cloud} (it has: ${known})`);
  }
  const secureFile = findFile('secure', environment);
  const secret = secureFile === undefined ? undefined : cloudsOf(secureFile)[cloud];
  return { name: `cloud ${cloud} of ${file}`, entry: isMap(secret) ? merged(entry, secret) : entry };
}

function cloudsOf(file: string): CloudEntry {
  let content: unknown;
  try {
    content = requireYaml().parse(readTextFile(file));
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    // The parser repeats the line, which may hold a password.
    const reason = describeError(error).replace(/:\s.*$/s, '');
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', `${file} is not YAML: ${reason}`, { context: { file } });
  }
  return isMap(content) && isMap(content.clouds) ? content.clouds : {};
}

function merged(below: CloudEntry, above: CloudEntry): CloudEntry {
  const result: Record<string, unknown> = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const before = result[key];
    result[key] = isMap(before) && isMap(value) ? merged(before, value) : value;
  }
  return result;
}
