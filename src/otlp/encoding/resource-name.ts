import type { Attributes } from '@opentelemetry/api';

/** Naming attributes of Resources, the most significant first. */
const NAMING_ATTRIBUTES = ['powervm.lpar.name', 'powervm.lpar.id', 'powervm.system.name', 'host.name', 'service.name'];
const MAX_NAME_LENGTH = 80;

/** A Resource in a message: one attribute of it, with its key. */
export function nameOfResource(attributes: Attributes): string {
  const key = NAMING_ATTRIBUTES.find((name) => attributes[name] !== undefined) ?? Object.keys(attributes)[0];
  return key === undefined ? 'a Resource without attributes' : `${key}=${attributes[key]}`.slice(0, MAX_NAME_LENGTH);
}
