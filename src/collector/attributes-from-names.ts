import { RE2JS } from 're2js';
import type { AttributesFromNames, PointAttributes } from '../metrics/index.ts';
import { attributeOfGroup } from './config/schema/attribute-names.ts';
import type { ReceiverConfig } from './config/schema/receiver-schema.ts';

/**
 * Takes attributes out of names by the named groups of regular expressions: `^(?<environment>[a-z]+)-` makes `environment`
 * of `prod-db1`. Every expression that matches adds its groups; the first one to name an attribute wins. A group that took
 * no part in the match gives nothing.
 * @returns `undefined` when the configuration takes none
 */
export function attributesFromNames({
  system_name,
  lpar_name,
}: ReceiverConfig['attributes_from']): AttributesFromNames | undefined {
  if (system_name.length + lpar_name.length === 0) return undefined;
  return { ofSystem: reader(system_name), ofPartition: reader(lpar_name) };
}

function reader(expressions: readonly string[]): (name: string) => PointAttributes {
  const patterns = expressions.map((expression) => RE2JS.compile(expression));
  return (name) => {
    const attributes: Record<string, string> = {};
    for (const pattern of patterns) {
      const matcher = pattern.matcher(name);
      if (!matcher.find()) continue;
      for (const group of Object.keys(pattern.namedGroups())) {
        const text = matcher.group(group);
        const attribute = attributeOfGroup(group);
        if (text !== null && text !== undefined && text !== '') attributes[attribute] ??= text;
      }
    }
    return attributes;
  };
}
