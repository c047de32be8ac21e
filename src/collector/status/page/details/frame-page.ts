import type { FrameDetail, FrameStatus, StatusReport } from '../../status-model.ts';
import { frameCharts } from '../charts.ts';
import { element } from '../elements.ts';
import { bytes, decimal, percent, watts } from '../format.ts';
import { assignedLevel, level } from '../levels.ts';
import { load } from '../routes.ts';
import { PartitionTable } from '../tables/partition-table.ts';
import type { DetailPage } from './detail-page.ts';
import { breadcrumb, factList, figures, plainTable, section } from './detail-parts.ts';
import { sampleWords } from './frame-parts.ts';

const CHART_HEIGHT = 200;

export function framePage(id: string): DetailPage {
  const head = element('div', { class: 'detail-head' });
  const now = element('div');
  const charts = frameCharts(CHART_HEIGHT);
  const more = element('div');
  const rest = element('div', { class: 'columns' });
  const place = element('div');
  const table = new PartitionTable(place, false);
  table.filters.read();
  return {
    elements: [
      head,
      now,
      section('The last half hour', element('div', { class: 'charts wide' }, ...charts.elements)),
      more,
      section('Partitions and VIOSes', place),
      rest,
    ],
    async refresh(report: StatusReport) {
      const detail = await load<FrameDetail>('frame.json', id);
      if (!detail) return undefined;
      const { frame } = detail;
      head.replaceChildren(breadcrumb(frame.name), element('h1', {}, frame.name), ...sampleWords(frame));
      head.classList.toggle('old', frame.isOld === true);
      now.replaceChildren(frameFigures(frame));
      charts.update(detail);
      more.replaceChildren(...pools(frame), ...storagePools(detail));
      rest.replaceChildren(section('What it is', factList(detail.facts)), ...temperatures(detail));
      table.show(report.partitions.filter(({ frameId }) => frameId === id));
      return frame.name;
    },
    destroy() {
      charts.destroy();
      table.destroy();
    },
  };
}

function frameFigures({ processor, memory, powerWatts }: FrameStatus): Node {
  const { configurable, unassigned } = memory;
  const assigned = configurable && unassigned !== undefined ? 1 - unassigned / configurable : undefined;
  const silent = processor.busyWithout?.join(', ');
  return figures([
    {
      label: 'Processors in use',
      value: percent(processor.utilization),
      level: level(processor.utilization),
      detail: silent === undefined ? 'busy and firmware, of configurable' : `not known without ${silent}`,
    },
    { label: 'Configurable', value: decimal(processor.configurable) },
    { label: 'Entitled', value: decimal(processor.entitlement), detail: 'all partitions together' },
    { label: 'Consumed', value: decimal(processor.consumed) },
    { label: 'Busy', value: decimal(processor.busy) },
    { label: 'Available', value: decimal(processor.available), detail: 'unassigned, not idle' },
    {
      label: 'Memory assigned',
      value: percent(assigned),
      level: assignedLevel(assigned),
      detail: `${bytes(unassigned)} of ${bytes(configurable)} unassigned`,
    },
    ...(powerWatts === undefined ? [] : [{ label: 'Power', value: watts(powerWatts) }]),
  ]);
}

function pools({ pools: all }: FrameStatus): readonly Node[] {
  if (all.length === 0) return [];
  const columns = [
    { title: 'Pool' },
    { title: 'Size', isNumber: true },
    { title: 'Consumed', isNumber: true },
    { title: 'In use', isNumber: true },
  ];
  const rows = all.map(({ id, name, size, consumed, utilization }) => [
    name ?? `Pool ${id}`,
    decimal(size),
    decimal(consumed),
    [percent(utilization), level(utilization).words].filter(Boolean).join(', '),
  ]);
  return [section('Shared processor pools', plainTable(columns, rows))];
}

function storagePools({ storagePools: all }: FrameDetail): readonly Node[] {
  if (all.length === 0) return [];
  const columns = [{ title: 'Pool' }, { title: 'Size', isNumber: true }, { title: 'Used', isNumber: true }];
  const rows = all.map(({ name, size, usage }) => [name, bytes(size), bytes(usage)]);
  return [section('Shared storage pools', plainTable(columns, rows))];
}

function temperatures({ temperatures: all }: FrameDetail): readonly Node[] {
  if (all.length === 0) return [];
  const facts = all.map(({ location, celsius }) => ({ label: location, text: `${celsius.toFixed(0)} °C` }));
  return [section('Temperatures', factList(facts))];
}
