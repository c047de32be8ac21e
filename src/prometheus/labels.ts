import type { Attributes } from '@opentelemetry/api';
import { descriptiveAttributes } from '../metrics/index.ts';

/** Names by which people look for an entity: of what describes one, these are labels. */
const naming = new Set([
  'powervm.system.name',
  'powervm.lpar.number',
  'powervm.lpar.name',
  'powervm.lpar.type',
  'powervm.ssp.name',
]);

/**
 * Attributes of a Resource that may change or come late: as labels they would split its series. They are on
 * `powervm.*.info` only, to be joined in a query.
 */
const descriptive = new Set([
  ...[...descriptiveAttributes].filter((name) => !naming.has(name)),
  'otelcol.component.kind',
]);

/** Whose series they are, and the labels that say so. */
export interface SeriesOwner {
  /** Stays the same when a partition is renamed or moves to another frame: its series are replaced then. */
  readonly key: string;
  readonly labels: Attributes;
}

export function ownerOf(resource: Attributes): SeriesOwner {
  const labels = Object.fromEntries(Object.entries(resource).filter(([name]) => !descriptive.has(name)));
  const entity = entities.find(({ id }) => resource[id] !== undefined);
  return { key: entity ? `${entity.name} ${resource[entity.id]}` : JSON.stringify(labels), labels };
}

/** Attributes of a metric's points come from one declaration, so always in one order. */
export function attributesKey(attributes: Attributes): string {
  let key = '';
  for (const name in attributes) key += `\0${name}\0${attributes[name]}`;
  return key;
}

interface Information {
  readonly name: string;
  readonly description: string;
}

/** The metric that carries everything a Resource says; undefined for a Resource that is no entity of a frame. */
export function informationMetricOf(resource: Attributes): Information | undefined {
  const entity = entities.find(({ id }) => resource[id] !== undefined);
  if (!entity) return undefined;
  return {
    name: `powervm.${entity.name}.info`,
    description: `What is known of a ${entity.words} beside its numbers; always 1`,
  };
}

/** The first whose id a Resource has: a partition carries the id of its frame as well. */
const entities = [
  { name: 'lpar', id: 'powervm.lpar.id', words: 'partition' },
  { name: 'ssp', id: 'powervm.ssp.id', words: 'shared storage pool' },
  { name: 'system', id: 'powervm.system.id', words: 'managed system' },
] as const;
