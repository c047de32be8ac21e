import type { AdapterStatus, FrameValue, PartitionValue, ValuesOverTime } from '../status-model.ts';
import { Chart, type Curve } from './chart.ts';
import { bytes, decimal, perSecond, watts } from './format.ts';

/** Charts that belong together, as one part of the page. */
export interface ChartGroup<Values> {
  readonly elements: readonly HTMLElement[];
  update(values: Values): void;
  destroy(): void;
}

function group<Values>(charts: readonly Chart[], update: (values: Values) => void): ChartGroup<Values> {
  return {
    elements: charts.map(({ element }) => element),
    update,
    destroy: () => {
      for (const chart of charts) chart.destroy();
    },
  };
}

export function frameCharts(height: number): ChartGroup<ValuesOverTime<FrameValue>> {
  const processors = new Chart({ title: 'Processors', format: decimal, height });
  const memory = new Chart({ title: 'Memory', format: bytes, isBinary: true, height });
  const power = new Chart({ title: 'Power', format: watts, height });
  return group([processors, memory, power], ({ times, series }) => {
    processors.update(times, [
      { label: 'entitled', colour: 'entitlement', isDashed: true, values: series.entitlement },
      { label: 'consumed', colour: 'consumed', values: series.consumed },
      { label: 'busy', colour: 'busy', values: series.busy },
      { label: 'available', colour: 'available', isDashed: true, values: series.available },
    ]);
    memory.update(times, [
      { label: 'configurable', colour: 'entitlement', isDashed: true, values: series.memory },
      { label: 'assigned', colour: 'memory', values: series.memoryAssigned },
    ]);
    updateKnown(power, times, { label: 'drawn', colour: 'watts', values: series.watts });
  });
}

export function partitionCharts(height: number): ChartGroup<ValuesOverTime<PartitionValue>> {
  const processors = new Chart({ title: 'Processors', format: decimal, height });
  const memory = new Chart({ title: 'Memory', format: bytes, isBinary: true, height });
  const network = new Chart({ title: 'Network', format: perSecond, isBinary: true, height });
  const disk = new Chart({ title: 'Disk', format: perSecond, isBinary: true, height });
  return group([processors, memory, network, disk], ({ times, series }) => {
    processors.update(times, [
      { label: 'entitled', colour: 'entitlement', isDashed: true, values: series.entitlement },
      { label: 'consumed', colour: 'consumed', values: series.consumed },
      { label: 'busy', colour: 'busy', values: series.busy },
    ]);
    memory.update(times, [
      { label: 'assigned', colour: 'memory', isDashed: true, values: series.memory },
      { label: 'used', colour: 'used', values: series.memoryUsed },
    ]);
    updateKnown(network, times, { label: 'both directions', colour: 'in', values: series.network });
    updateKnown(disk, times, { label: 'reads and writes', colour: 'out', values: series.disk });
  });
}

/** A VIOS has no virtual disks, and not every frame reports its power: what does not exist is not drawn. */
function updateKnown(chart: Chart, times: readonly number[], curve: Curve): void {
  const isKnown = curve.values.some((value) => value !== null);
  chart.element.hidden = !isKnown;
  if (isKnown) chart.update(times, [curve]);
}

/** One for each adapter, the busiest first. */
export function adapterCharts(adapters: readonly AdapterStatus[]): ChartGroup<AdaptersOverTime> {
  const charts = new Map(
    adapters.map(({ name, kind }) => [
      `${kind} ${name}`,
      new Chart({ title: `${name}, ${kind}`, format: perSecond, isBinary: true, height: 100 }),
    ]),
  );
  return group([...charts.values()], ({ times, adapters: newest }) => {
    for (const { name, kind, history } of newest) {
      const isStorage = kind.includes('SCSI') || kind.includes('Fibre') || kind === 'storage';
      charts.get(`${kind} ${name}`)?.update(times, [
        { label: isStorage ? 'read' : 'in', colour: 'in', values: history.incoming },
        { label: isStorage ? 'written' : 'out', colour: 'out', values: history.outgoing },
      ]);
    }
  });
}

export interface AdaptersOverTime {
  readonly times: readonly number[];
  readonly adapters: readonly AdapterStatus[];
}
