import { stringify } from 'yaml';
import { redactUrl } from '../../base/secrets/secret.ts';
import type { CollectorConfig } from './load-config.ts';

const REDACTED = '[redacted]';

/** The configuration as YAML, with every default, and without any secret. */
export function printConfig(config: CollectorConfig): string {
  return stringify(redact(config));
}

/** Passwords, header values, and whatever an address carries beside its place. */
function redact(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((element) => redact(element, key));
  if (typeof value === 'object' && value !== null) {
    const isHeaders = key === 'headers';
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => [name, isHeaders ? REDACTED : redact(inner, name)]),
    );
  }
  if (/password$|secret$|token$/.test(key) && value !== undefined) return REDACTED;
  return typeof value === 'string' && value.includes('://') ? redactUrl(value) : value;
}
