import { RE2JS } from 're2js';
import { descriptiveAttributes, listMetrics } from '../../../metrics/index.ts';

/** Labels that Prometheus, or the exporters for it, set themselves. */
const RESERVED = new Set(['job', 'instance', 'le', 'quantile', 'otel_scope_name', 'otel_scope_version', 'target_info']);

/** Attributes of Resources that are not in the catalog. */
const identifying = ['powervm.system.id', 'powervm.lpar.id', 'powervm.ssp.id'];

/** A site may say for itself what service, host and operating system it means. */
const isForAll = (name: string) => /^(service|host|os)\./.test(name);

const ours = new Map(
  [...identifying, ...descriptiveAttributes, ...listMetrics().flatMap(({ attributes }) => attributes)]
    .filter((name) => !isForAll(name))
    .map((name) => [labelOf(name), name]),
);

/** The label that Prometheus makes of the name of an attribute. */
function labelOf(name: string): string {
  return name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
}

/**
 * What is wrong with the name of an attribute that a site adds: one that makes no label at Prometheus, or the same as
 * another, would cost the whole page there, and over OTLP one of the two.
 * @param others names that were given before
 * @returns undefined when nothing is
 */
export function problemOfAttributeName(name: string, others: readonly string[]): string | undefined {
  const label = labelOf(name);
  if (!/[a-zA-Z0-9]/.test(name)) return 'must have a letter or digit in its name';
  if (/^\d/.test(label)) return 'must not begin with a digit: Prometheus takes no such label';
  if (label.startsWith('__')) return 'must not begin with two underscores: Prometheus keeps such labels to itself';
  if (RESERVED.has(label)) return `is a label that Prometheus sets itself (${label})`;
  const own = ours.get(label);
  if (own !== undefined)
    return own === name ? 'is an attribute of ours' : `is the label ${label} at Prometheus, as ${own} of ours is`;
  const other = others.find((earlier) => earlier !== name && labelOf(earlier) === label);
  return other === undefined ? undefined : `is the same label at Prometheus (${label}) as ${other}`;
}

/** The attribute of a group. Names of groups have no dots; two underscores stand for one. */
export function attributeOfGroup(group: string): string {
  return group.replaceAll('__', '.');
}

/** The attributes that an expression may give. */
export function attributesOfGroups(expression: string): readonly string[] {
  return Object.keys(RE2JS.compile(expression).namedGroups()).map(attributeOfGroup);
}
