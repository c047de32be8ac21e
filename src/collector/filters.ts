import { RE2JS } from 're2js';
import type { PartitionFacts } from '../receiver/index.ts';
import type { ManagedSystem } from '../rest/model.ts';
import type { PartitionFilter, ReceiverConfig, SystemFilter } from './config/schema/receiver-schema.ts';

type Test = (facts: Readonly<Record<string, string | undefined>>) => boolean;

/** Keeps a system that one of `include` matches (all, when there is none) and none of `exclude`. */
export function systemPredicate({ include, exclude }: ReceiverConfig['systems']): (system: ManagedSystem) => boolean {
  const keeps = predicate(include, exclude);
  return ({ id, name, mtms, state }) => keeps({ id, name, mtms, state });
}

/** The same for partitions; `mtms` is that of their system. */
export function partitionPredicate({
  include,
  exclude,
}: ReceiverConfig['partitions']): (partition: PartitionFacts) => boolean {
  const keeps = predicate(include, exclude);
  return ({ id, name, type, state, system }) => keeps({ id, name, type, state, mtms: system.mtms });
}

function predicate(include: readonly PartitionFilter[], exclude: readonly PartitionFilter[]): Test {
  const included = include.map(compile);
  const excluded = exclude.map(compile);
  return (facts) =>
    (included.length === 0 || included.some((test) => test(facts))) && !excluded.some((test) => test(facts));
}

/** A text looks at the name; a map at every field that it names. */
function compile(filter: SystemFilter | PartitionFilter): Test {
  const fields = Object.entries(typeof filter === 'string' ? { name: filter } : filter).flatMap(
    ([field, expression]) => {
      // Consoles write UUIDs in either case; here they are lower case and dashed.
      const flags = field === 'id' ? RE2JS.CASE_INSENSITIVE : 0;
      return expression === undefined ? [] : [[field, RE2JS.compile(expression, flags)] as const];
    },
  );
  return (facts) =>
    fields.every(([field, expression]) => {
      const text = facts[field];
      return text !== undefined && expression.matcher(text).find();
    });
}
