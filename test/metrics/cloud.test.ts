import { expect, test } from 'vitest';
import { metricView, type SelfStatistics, selfMetricsOf } from '../../src/metrics/index.ts';
import { pointsOf } from '../helpers/points.ts';
import { readSimulator } from '../helpers/reading.ts';

const exporter = {
  sentPoints: 1,
  failedPoints: 0,
  enqueueFailedPoints: 0,
  queueSize: 0,
  queueCapacity: 1,
  condition: undefined,
};

async function reported(of: Omit<SelfStatistics, 'receiver'>) {
  const { receiver } = await readSimulator();
  return pointsOf(selfMetricsOf({ receiver: receiver.statistics(), ...of }, metricView()))
    .filter(({ name }) => /^powervm\.(openstack|ceilometer)\./.test(name))
    .map(({ name, attributes, value }) => `${name} ${attributes['powervm.component.id']} ${value}`);
}

test('reports the age and size of the instance list, and unsent samples without an instance', async () => {
  const ceilometer = { ...exporter, name: 'ceilometer', withoutInstance: 7, undecided: 2 };
  const points = await reported({
    clouds: [{ name: 'openstack', age: 90, instances: 3 }],
    exporters: [ceilometer, { ...exporter, name: 'otlp_http' }],
  });
  expect(points).toEqual([
    'powervm.openstack.directory.age openstack 90',
    'powervm.openstack.directory.instances openstack 3',
    'powervm.ceilometer.samples.without_instance ceilometer 7',
    'powervm.ceilometer.samples.undecided ceilometer 2',
  ]);
});

test('a list that was never read has no age', async () => {
  expect(await reported({ clouds: [{ name: 'openstack/eu', age: undefined, instances: 0 }] })).toEqual([]);
});
