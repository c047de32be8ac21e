import type { MetricDefinition } from '../definition.ts';
import type { SelfStatistics } from '../self-statistics.ts';
import { exportersReportedHere, now } from './receiver.ts';

/** What the collector knows of the instances of a cloud, and what it does not send for want of one. */
export const cloudMetrics: readonly MetricDefinition<SelfStatistics>[] = [
  {
    name: 'powervm.openstack.directory.age',
    kind: 'gauge',
    unit: 's',
    description: "Time since Nova's newest complete answer; absent before the first one",
    attributes: ['powervm.component.id'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'double',
    select: ({ receiver, clouds }, observe) => {
      for (const { name, age } of clouds ?? []) observe(now(receiver), age, { 'powervm.component.id': name });
    },
  },
  {
    name: 'powervm.openstack.directory.instances',
    kind: 'updowncounter',
    unit: '{instance}',
    description: "Instances as of Nova's newest complete answer; absent before the first one",
    attributes: ['powervm.component.id'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, clouds }, observe) => {
      for (const { name, age, instances } of clouds ?? []) {
        if (age !== undefined) observe(now(receiver), instances, { 'powervm.component.id': name });
      }
    },
  },
  {
    name: 'powervm.ceilometer.samples.without_instance',
    kind: 'counter',
    unit: '{sample}',
    description:
      'Samples that were not sent, since their partition is no instance of OpenStack, or might be either of two',
    attributes: ['powervm.component.id'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, exporters }, observe) => {
      for (const { name, withoutInstance } of exportersReportedHere(exporters)) {
        observe(now(receiver), withoutInstance, { 'powervm.component.id': name });
      }
    },
  },
  {
    name: 'powervm.ceilometer.samples.undecided',
    kind: 'updowncounter',
    unit: '{sample}',
    description: 'Samples that wait until Nova has said whether their partition is an instance',
    attributes: ['powervm.component.id'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, exporters }, observe) => {
      for (const { name, undecided } of exportersReportedHere(exporters))
        observe(now(receiver), undecided, { 'powervm.component.id': name });
    },
  },
];
