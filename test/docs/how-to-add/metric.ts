import type { WorkedExample } from './worked-example.ts';

/**
 * A gauge of partitions out of a field that nothing reads yet: `memory.virtualPersistentMem`. For a field that is read already
 * the catalog alone changes.
 */
export const metric: WorkedExample = {
  adds: 'a metric',
  changes: [
    {
      file: 'pcm/model.ts',
      behind: 'export interface PartitionGauges {\n',
      insert: '  readonly persistentMemoryMib: number | undefined;\n',
    },
    {
      file: 'pcm/documents/hypervisor.ts',
      behind: 'gauges: {',
      insert: "\n      persistentMemoryMib: numberField(memory, 'virtualPersistentMem', problems),\n     ",
    },
    {
      file: 'metrics/catalog/partition.ts',
      behind: 'export const partitionMetrics: readonly MetricDefinition<PartitionActivity>[] = [\n',
      insert: `  {
    name: 'powervm.lpar.memory.persistent',
    kind: 'gauge',
    unit: 'MiBy',
    description: 'Persistent memory of the partition',
    attributes: [],
    entity: 'lpar',
    default: true,
    source: 'virtualPersistentMem',
    valueType: 'double',
    select: (partition, observe) => observe(partition, partition.gauges.persistentMemoryMib),
  },
`,
    },
  ],
};
