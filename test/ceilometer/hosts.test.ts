import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect, test } from 'vitest';
import { CeilometerExporter, type CeilometerSample } from '../../src/ceilometer/index.ts';
import { InstanceList } from '../../src/openstack/index.ts';
import { counter, gauge, resourceMetrics } from '../helpers/resource-metrics.ts';

const TIME = Date.parse('2026-03-04T12:00:00Z');
const FRAME = '95329c84-9a01-330f-809e-2e5577110d1e';
const VIOS = '1a2b3c4d-0000-4000-8000-00000000000a';
const ofSystem = { 'powervm.system.id': FRAME, 'powervm.system.name': 'frame-01' };
const ofVios = { ...ofSystem, 'powervm.lpar.id': VIOS, 'powervm.lpar.name': 'vios1', 'powervm.lpar.type': 'vios' };
const at = (value: number, attributes = {}) => [{ time: TIME, value, attributes }];

const batch: readonly ResourceMetrics[] = [
  resourceMetrics(ofSystem, [
    gauge('powervm.system.cpu.utilization', at(0.25)),
    gauge('powervm.system.memory.installed', at(2 ** 40)),
  ]),
  resourceMetrics(ofVios, [
    gauge('powervm.lpar.cpu.utilization', at(0.5)),
    gauge('powervm.lpar.memory.limit', at(2 ** 33)),
    gauge('powervm.lpar.memory.usage', at(2 ** 32)),
    counter('powervm.lpar.cpu.time', at(7)),
    counter('powervm.vios.ethernet.physical.io', [
      ...at(900, { 'powervm.adapter.location': 'U1-C6-T1', 'network.io.direction': 'receive' }),
      ...at(100, { 'powervm.adapter.location': 'U1-C6-T1', 'network.io.direction': 'transmit' }),
    ]),
    counter('powervm.vios.fc.io', at(4096, { 'powervm.adapter.id': 'fcs0', 'disk.io.direction': 'read' })),
    counter('powervm.vios.disk.operations', at(3, { 'powervm.adapter.id': 'sissas0', 'disk.io.direction': 'write' })),
  ]),
  resourceMetrics({ 'service.name': 'otel-powervm' }, [gauge('powervm.receiver.up', at(1))]),
  resourceMetrics({ 'powervm.ssp.id': 'pool' }, [gauge('powervm.ssp.limit', at(1))]),
];

async function samplesOf(hosts: boolean): Promise<readonly CeilometerSample[]> {
  const samples: CeilometerSample[] = [];
  const publisher = {
    name: 'memory://',
    publish: async (published: readonly CeilometerSample[]) => void samples.push(...published),
    close: async () => undefined,
  };
  // An estate with a Nova that lists nothing: hosts are never held against it.
  const exporter = new CeilometerExporter({
    publishers: [publisher],
    hosts,
    interval: 0,
    instances: new InstanceList([]),
  });
  await exporter.exportBatch(batch);
  await exporter.shutdown();
  return samples;
}

test('VIOSes and frames are hosts, with the names and units of the SNMP pollsters', async () => {
  const samples = await samplesOf(true);
  const reported = samples.map(({ name, type, unit, volume, resource_id }) => [resource_id, name, type, unit, volume]);
  expect(reported.sort()).toEqual(
    [
      [FRAME, 'hardware.cpu.util', 'gauge', '%', 25],
      [FRAME, 'hardware.memory.total', 'gauge', 'KB', 2 ** 30],
      [VIOS, 'hardware.cpu.util', 'gauge', '%', 50],
      [VIOS, 'hardware.memory.total', 'gauge', 'KB', 2 ** 23],
      [VIOS, 'hardware.memory.used', 'gauge', 'KB', 2 ** 22],
      [`${VIOS}.U1-C6-T1`, 'hardware.network.incoming.bytes', 'cumulative', 'B', 900],
      [`${VIOS}.U1-C6-T1`, 'hardware.network.outgoing.bytes', 'cumulative', 'B', 100],
      [`${VIOS}.fcs0`, 'hardware.disk.read.bytes', 'cumulative', 'B', 4096],
      [`${VIOS}.sissas0`, 'hardware.disk.write.requests', 'cumulative', 'request', 3],
    ].sort(),
  );
  const metadataOf = (id: string) => samples.find(({ resource_id }) => resource_id === id)?.resource_metadata;
  expect(metadataOf(FRAME)).toEqual({ host_name: 'frame-01', system_name: 'frame-01' });
  expect(metadataOf(`${VIOS}.fcs0`)).toEqual({ host_name: 'vios1', system_name: 'frame-01', device_name: 'fcs0' });
  expect(samples.every(({ project_id, user_id }) => project_id === null && user_id === null)).toBe(true);
});

test('meters of hosts are not sent unless configured', async () => {
  expect(await samplesOf(false)).toEqual([]);
});
