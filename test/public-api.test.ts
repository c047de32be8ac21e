import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { entryPoints } from '../scripts/api-page.ts';
import * as ceilometer from '../src/ceilometer/index.ts';
import * as root from '../src/index.ts';
import * as openstack from '../src/openstack/index.ts';
import * as otlp from '../src/otlp/index.ts';
import * as prometheus from '../src/prometheus/index.ts';
import * as simulator from '../src/simulator/index.ts';

/** A new name here is a decision: whoever uses it keeps it for as long as the major version lasts. */
const values: readonly (readonly [entry: string, loaded: object, names: readonly string[]])[] = [
  [
    '.',
    root,
    [
      'CeilometerExporter',
      'ConfigurationError',
      'ConsoleError',
      'ExportError',
      'FileSessionStore',
      'InspectorError',
      'OpenStackError',
      'OtlpBatchExporter',
      'PcmDocumentError',
      'PowerVmError',
      'PowerVmInspector',
      'PowerVmMetricProducer',
      'PowerVmReceiver',
      'Secret',
      'listMetrics',
      'metricView',
      'powerVmReaderOptions',
      'registerPowerVmInstruments',
      'resourceMetricsOf',
      'selfMetricsOf',
      'startPowerVmTelemetry',
      'withGaugeDelta',
    ],
  ],
  ['./ceilometer', ceilometer, ['CeilometerExporter']],
  ['./openstack', openstack, ['InstanceDiscovery', 'InstanceList', 'OpenStackCloud', 'instanceAttributes']],
  ['./otlp', otlp, ['OtlpBatchExporter', 'OtlpFileExporter']],
  ['./prometheus', prometheus, ['PrometheusPage']],
  ['./simulator', simulator, ['PowerVmReplay', 'PowerVmSimulator', 'ScenarioError', 'readBundle', 'readScenario']],
];
const pages = ['docs/embedding.md', 'docs/simulator.md'].map((file) =>
  readFileSync(path.join(import.meta.dirname, '..', file), 'utf8'),
);

test('the package has these entry points and no others', () => {
  expect([...entryPoints().keys()]).toEqual(values.map(([entry]) => entry));
});

describe.each(values)('otel-powervm %s', (entry, loaded, names) => {
  test('exports these values', () => {
    expect(Object.keys(loaded).sort()).toEqual(names.toSorted());
  });

  test('is described in full: every value and type has a docstring', () => {
    const exported = entryPoints().get(entry) ?? [];
    const described = exported.filter(({ isValue }) => isValue).map(({ name }) => name);
    expect(described.toSorted()).toEqual(names.toSorted());
    expect(exported.filter(({ summary }) => summary === '').map(({ name }) => name)).toEqual([]);
  });

  test('has no value that the pages about embedding and the simulator do not mention', () => {
    expect(names.filter((name) => !name.endsWith('Error') && !pages.some((page) => page.includes(name)))).toEqual([]);
  });
});
