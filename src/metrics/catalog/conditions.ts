import type { Condition } from '../../base/condition.ts';
import type { MetricDefinition } from '../definition.ts';
import type { SelfStatistics } from '../self-statistics.ts';
import { exportersReportedHere, now, server } from './receiver.ts';

/**
 * Whether what the collector depends on works: consoles, managed systems, destinations, clouds. Each is 1 or 0 and is
 * always there once it is known, so that an alert fires on a value and not on an absence.
 */
export const conditionMetrics: readonly MetricDefinition<SelfStatistics>[] = [
  {
    name: 'powervm.receiver.console.refused',
    kind: 'updowncounter',
    unit: '1',
    description:
      '1 when the console refused the logon and is not asked again until the configuration changes, 0 when not',
    attributes: ['server.address', 'server.port'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver }, observe) => {
      for (const { address, port, condition } of receiver.consoles) {
        if (condition) observe(now(receiver), condition.state === 'refused' ? 1 : 0, server(address, port));
      }
    },
  },
  {
    name: 'powervm.receiver.system.up',
    kind: 'updowncounter',
    unit: '1',
    description:
      '1 when the samples of a managed system could be read last time, 0 when not, also when no console lists it any more',
    attributes: ['powervm.system.id'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver }, observe) => {
      for (const { systemId, condition } of receiver.systems) {
        observe(now(receiver), upOrDown(condition), { 'powervm.system.id': systemId });
      }
    },
  },
  {
    name: 'powervm.exporter.up',
    kind: 'updowncounter',
    unit: '1',
    description: '1 when the destination of an exporter took what it got last, 0 when not',
    attributes: ['powervm.component.id'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, exporters }, observe) => {
      for (const { name, condition } of exportersReportedHere(exporters))
        observe(now(receiver), upOrDown(condition), { 'powervm.component.id': name });
    },
  },
  {
    name: 'powervm.extension.up',
    kind: 'updowncounter',
    unit: '1',
    description:
      '1 when what an extension depends on, such as Keystone and Nova or a disk, worked last time, 0 when not',
    attributes: ['powervm.component.id'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, extensions = [] }, observe) => {
      for (const { name, condition } of extensions)
        observe(now(receiver), upOrDown(condition), { 'powervm.component.id': name });
    },
  },
];

function upOrDown(condition: Condition | undefined): number | undefined {
  if (!condition) return undefined;
  return condition.state === 'working' ? 1 : 0;
}
