import type { AdapterStatus, PartitionDetail, StatusReport } from '../../status-model.ts';
import { adapterCharts, partitionCharts } from '../charts.ts';
import { age, element } from '../elements.ts';
import { bytes, decimal, percent, perSecond, stateName, typeName, words } from '../format.ts';
import { entitlementLevel, level } from '../levels.ts';
import { link, load } from '../routes.ts';
import { adapterPath } from './adapter-path.ts';
import type { DetailPage } from './detail-page.ts';
import { breadcrumb, factList, figures, plainTable, section } from './detail-parts.ts';

const CHART_HEIGHT = 180;
/** Small charts at once; the table below them has all. */
const ADAPTERS_AT_ONCE = 24;

type AdapterChartGroup = ReturnType<typeof adapterCharts>;

/** A partition; of a VIOS its ports and whom it serves as well. */
export function partitionPage(id: string): DetailPage {
  const head = element('div', { class: 'detail-head' });
  const now = element('div');
  const charts = partitionCharts(CHART_HEIGHT);
  const path = element('div');
  const ports = new SmallCharts('Ports of this VIOS, the last half hour');
  const adapters = new SmallCharts('Its adapters, the last half hour');
  const more = element('div');
  return {
    elements: [
      head,
      now,
      section('The last half hour', element('div', { class: 'charts wide' }, ...charts.elements)),
      section('The way to the outside', path),
      ports.element,
      adapters.element,
      more,
    ],
    async refresh(_report: StatusReport) {
      const detail = await load<PartitionDetail>('partition.json', id);
      if (!detail) return undefined;
      head.replaceChildren(...headOf(detail));
      head.classList.toggle('old', detail.partition.isOld === true);
      now.replaceChildren(partitionFigures(detail));
      charts.update(detail);
      path.replaceChildren(...adapterPath(detail));
      ports.show(detail.ports, detail);
      adapters.show(detail.adapters, detail);
      more.replaceChildren(...tables(detail), section('What it is', factList(detail.facts)));
      return detail.partition.name;
    },
    destroy() {
      charts.destroy();
      ports.destroy();
      adapters.destroy();
    },
  };
}

/** A chart for each of some adapters; made again when there are others. */
class SmallCharts {
  readonly element: HTMLElement;
  readonly #place = element('div', { class: 'charts small' });
  readonly #more = element('p', { class: 'muted' });
  #group: AdapterChartGroup | undefined;
  #shown = '';

  constructor(title: string) {
    this.element = section(title, this.#place, this.#more);
  }

  show(all: readonly AdapterStatus[], { times }: PartitionDetail): void {
    this.element.hidden = all.length === 0;
    const chosen = [...all].sort((left, right) => trafficOf(right) - trafficOf(left)).slice(0, ADAPTERS_AT_ONCE);
    const names = chosen.map(({ kind, name }) => `${kind} ${name}`).sort();
    if (names.join() !== this.#shown) {
      this.#group?.destroy();
      this.#shown = names.join();
      this.#group = adapterCharts(chosen);
      this.#place.replaceChildren(...this.#group.elements);
    }
    this.#group?.update({ times, adapters: chosen });
    this.#more.textContent = all.length > chosen.length ? `and ${all.length - chosen.length} more in the table` : '';
  }

  destroy(): void {
    this.#group?.destroy();
  }
}

function trafficOf({ incoming = 0, outgoing = 0 }: AdapterStatus): number {
  return incoming + outgoing;
}

function headOf({ partition, sampleTime }: PartitionDetail): readonly Node[] {
  const { name, type, state, frame, frameId, isOld } = partition;
  return [
    breadcrumb(link({ view: 'frame', id: frameId }, frame), name),
    element('h1', {}, name),
    element(
      'p',
      {},
      element('span', { class: 'badge' }, typeName(type)),
      ' ',
      element('span', { class: 'badge' }, stateName(state)),
      ' ',
      isOld
        ? element('span', { class: 'badge old' }, 'old: last sample ', age(sampleTime))
        : element('span', { class: 'muted' }, 'sample ', age(sampleTime)),
    ),
  ];
}

function partitionFigures({ partition }: PartitionDetail): Node {
  const { consumedUtilization, memory, memoryUsed, networkWithout, diskWithout } = partition;
  const used = memory && memoryUsed !== undefined ? memoryUsed / memory : undefined;
  return figures([
    {
      label: 'Consumed',
      value: decimal(partition.consumed),
      detail: consumedUtilization === undefined ? undefined : `${percent(consumedUtilization)} of entitlement`,
      level: entitlementLevel(consumedUtilization),
    },
    { label: 'Busy', value: decimal(partition.busy) },
    { label: 'Entitled', value: decimal(partition.entitlement) },
    { label: 'Memory', value: bytes(memory) },
    {
      label: 'Memory used',
      value: bytes(memoryUsed),
      detail: memoryUsed === undefined ? 'not known: RMC reports it' : percent(used),
      level: level(used),
    },
    { label: 'Network', value: perSecond(partition.network), detail: lacking(networkWithout) },
    // What a VIOS reads and writes passes through its ports.
    ...(partition.type === 'vios'
      ? []
      : [{ label: 'Disk', value: perSecond(partition.disk), detail: lacking(diskWithout) }]),
  ]);
}

function lacking(names: readonly string[] | undefined): string | undefined {
  return names === undefined ? undefined : `without ${names.join(', ')}`;
}

function tables({ adapters, ports, clients }: PartitionDetail): readonly Node[] {
  return [
    ...(ports.length === 0 ? [] : [section('Ports', adapterTable(ports, false))]),
    ...(clients.length === 0 ? [] : [section('Whom it serves', clientTable(clients))]),
    ...(adapters.length === 0 ? [] : [section('Adapters', adapterTable(adapters, true))]),
  ];
}

function adapterTable(adapters: readonly AdapterStatus[], isServed: boolean): Node {
  const served = isServed ? [{ title: 'Served by' }] : [];
  const columns = [
    { title: isServed ? 'Adapter' : 'Port' },
    { title: 'Kind' },
    ...served,
    { title: 'More' },
    { title: 'In or read', isNumber: true },
    { title: 'Out or written', isNumber: true },
  ];
  const rows = adapters.map(({ name, kind, vios, port, remark, incoming, outgoing }) => [
    name,
    kind,
    ...(isServed ? [words([vios?.name, port].filter((part) => part !== undefined).join(', ') || undefined)] : []),
    words(remark),
    perSecond(incoming),
    perSecond(outgoing),
  ]);
  return plainTable(columns, rows);
}

function clientTable(clients: PartitionDetail['clients']): Node {
  const columns = [
    { title: 'Partition' },
    { title: 'Adapter' },
    { title: 'Kind' },
    { title: 'Port' },
    { title: 'In or read', isNumber: true },
    { title: 'Out or written', isNumber: true },
  ];
  const rows = clients.map(({ partition, adapter, kind, port, incoming, outgoing }) => [
    link({ view: 'partition', id: partition.id }, partition.name),
    adapter,
    kind,
    words(port),
    perSecond(incoming),
    perSecond(outgoing),
  ]);
  return plainTable(columns, rows);
}
