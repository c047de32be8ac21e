import { expect, test } from 'vitest';
import { inspectionReport, stringifyReport } from '../../src/inspector/index.ts';
import { metricView, resourceMetricsOf } from '../../src/metrics/index.ts';
import { parseHypervisorDocument } from '../../src/pcm/index.ts';
import { parseLosslessJson } from '../../src/pcm/json/lossless-json.ts';
import { lpar, phyp, START, vea } from '../helpers/documents.ts';
import { lastFrame } from '../helpers/frames.ts';

const processor = { totalProcUnits: 16, configurableProcUnits: 16, availableProcUnits: 8 };

test('a timebase of nearly zero frequency does not divide by zero', () => {
  const sample = { processor: { ...processor, procCyclesPerSecond: 5e-324 } };
  const frame = lastFrame([{ time: START, phyp: phyp(START, { sample }) }]);
  expect(stringifyReport(inspectionReport([frame]))).toContain('"capped"');
  expect(frame.partitions[0]?.processor.cyclesPerSecond).toBeUndefined();
});

test('memory of 1e308 MiB does not become infinite', () => {
  const memory = { logicalMem: 1e308, backedPhysicalMem: 4096 };
  const frame = lastFrame([{ time: START, phyp: phyp(START, { lpars: [lpar(START, { memory })] }) }]);
  expect(frame.partitions[0]?.memory).toEqual({ limit: undefined, backed: 4096 * 2 ** 20 });
});

test.each(['9223372036854775808', '1e19', '1e300'])(
  'a counter of %s is not exported as a negative integer',
  (digits) => {
    const network = { virtualEthernetAdapters: [vea('U-V5-C2', { receivedBytes: 'LONG' })] };
    const text = phyp(START, { lpars: [lpar(START, { network })] }).replace('"LONG"', digits);
    const metrics = resourceMetricsOf([lastFrame([{ time: START, phyp: text }])], metricView()).flatMap(
      ({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics),
    );
    const values = metrics
      .filter(({ descriptor }) => descriptor.name === 'powervm.lpar.network.io')
      .flatMap(({ dataPoints }) => dataPoints.map(({ value }) => value));
    expect(values).toEqual([2000]);
  },
);

test('a name that looks like a marked integer is not a number', () => {
  const text = phyp(START, { lpars: [lpar(START, { processor: { idleProcCycles: '\u0080x' } })] });
  expect(parseHypervisorDocument(text).partitions[0]?.processor.idleCycles).toBeUndefined();
});

test('a long list of long integers is read in linear time', () => {
  const digits = '13857705835384867080';
  const list = parseLosslessJson(`{"wwpnPair":[${Array.from({ length: 50_000 }, () => digits).join(',')}]}`);
  expect((list as { wwpnPair: string[] }).wwpnPair).toEqual(Array.from({ length: 50_000 }, () => `\u0080${digits}`));
});
