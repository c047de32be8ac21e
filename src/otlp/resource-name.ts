import type { Attributes } from '@opentelemetry/api';

/** What tells Resources of ours and of others apart, the most telling first. */
const TELLING = ['powervm.lpar.name', 'powervm.lpar.id', 'powervm.system.name', 'host.name', 'service.name'];
const LONGEST_NAME = 80;

/** A Resource in a message: one attribute of it, with its key. */
export function nameOfResource(attributes: Attributes): string {
  const key = TELLING.find((name) => attributes[name] !== undefined) ?? Object.keys(attributes)[0];
  return key === undefined ? 'a Resource without attributes' : `${key}=${attributes[key]}`.slice(0, LONGEST_NAME);
}
