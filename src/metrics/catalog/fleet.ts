import { present } from '../attributes/adapter-attributes.ts';
import type { MetricDefinition } from '../definition.ts';
import type { FleetStatistics, SelfStatistics } from '../self-statistics.ts';
import { now } from './receiver.ts';

interface FleetNumber {
  readonly name: string;
  readonly kind: 'counter' | 'updowncounter';
  readonly unit: string;
  readonly description: string;
  readonly of: (fleet: FleetStatistics) => number;
}

const numbers: readonly FleetNumber[] = [
  {
    name: 'powervm.fleet.members',
    kind: 'updowncounter',
    unit: '{member}',
    description: 'Collectors that are in the fleet, this one included',
    of: ({ members }) => members.length,
  },
  {
    name: 'powervm.fleet.consoles',
    kind: 'updowncounter',
    unit: '{console}',
    description: 'Consoles that this collector reads at present',
    of: ({ consolesHeld }) => consolesHeld,
  },
  {
    name: 'powervm.fleet.groups.unread',
    kind: 'updowncounter',
    unit: '{group}',
    description: 'Groups of consoles that no member reads',
    of: ({ groups }) => groups.filter(({ owner }) => owner === undefined).length,
  },
  {
    name: 'powervm.fleet.takeovers',
    kind: 'counter',
    unit: '{takeover}',
    description: 'Groups of consoles that this collector took over from one that did not hand them over',
    of: ({ takeovers }) => takeovers,
  },
  {
    name: 'powervm.fleet.handovers',
    kind: 'counter',
    unit: '{handover}',
    description: 'Groups of consoles that this collector handed over to others',
    of: ({ handovers }) => handovers,
  },
  {
    name: 'powervm.fleet.leases.lost',
    kind: 'counter',
    unit: '{lease}',
    description: 'Leases of this collector that ended before they were renewed',
    of: ({ leasesLost }) => leasesLost,
  },
];

/** How a collector shares consoles with others; nothing where it does not. */
export const fleetMetrics: readonly MetricDefinition<SelfStatistics>[] = [
  ...numbers.map(
    ({ of, ...definition }): MetricDefinition<SelfStatistics> => ({
      ...definition,
      attributes: ['powervm.component.id'],
      entity: 'receiver',
      default: true,
      source: 'counted',
      valueType: 'int',
      select: ({ receiver, fleets }, observe) => {
        for (const fleet of fleets ?? []) observe(now(receiver), of(fleet), { 'powervm.component.id': fleet.name });
      },
    }),
  ),
  {
    name: 'powervm.fleet.etcd.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long requests to etcd took',
    attributes: ['powervm.component.id', 'powervm.etcd.operation', 'error.type'],
    entity: 'receiver',
    default: true,
    source: 'measured',
    valueType: 'double',
    select: ({ receiver, fleets }, observe) => {
      for (const { name, etcd } of fleets ?? []) {
        for (const { operation, errorType, ...histogram } of etcd) {
          const attributes = { 'powervm.component.id': name, 'powervm.etcd.operation': operation };
          observe(now(receiver), histogram, present({ ...attributes, 'error.type': errorType }));
        }
      }
    },
  },
];
