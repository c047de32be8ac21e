import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { CollectorConfig } from './load-config.ts';
import type { ConsoleConfig } from './schema/receiver-schema.ts';

/** Equal for two configurations of a console that log on in the same way: the content of its password file counts. */
export function consoleFingerprint(config: ConsoleConfig): string {
  return digest([config, config.password_file === undefined ? undefined : contentOf(config.password_file)]);
}

/** Equal for two configurations with which a collector does the same. */
export function configurationFingerprint(config: CollectorConfig): string {
  const consoles = Object.values(config.receivers).flatMap((receiver) => receiver.consoles.map(consoleFingerprint));
  return digest([config, consoles]);
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}

/** An unreadable file is reported when it is needed. */
function contentOf(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
