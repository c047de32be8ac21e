import type { AdapterStatus, ClientStatus, PartitionDetail } from '../../status-model.ts';
import { element } from '../elements.ts';
import { perSecond } from '../format.ts';
import { link } from '../routes.ts';

/** A way from a partition to the outside, box by box. */
interface BackfillRun {
  readonly partition: Box;
  readonly adapter: Box;
  readonly vios: Box;
  readonly port: Box;
}

interface Box {
  /** Boxes of neighbouring ways with the same key are one. */
  readonly key: string;
  readonly title: string;
  readonly detail?: string;
  readonly link?: { readonly view: 'partition' | 'vios'; readonly id: string };
  /** That there is none, or that no one knows. */
  readonly isAbsent?: boolean;
}

/** More than these are no drawing any more; the table below has them all. */
const WAYS_AT_ONCE = 40;

export function adapterPath({ partition, adapters, clients }: PartitionDetail): readonly Node[] {
  const self: Box = { key: partition.id, title: partition.name };
  const ways =
    partition.type === 'vios'
      ? clients.map((client) => clientWay(client, self))
      : adapters.map((adapter) => ownWay(adapter, self));
  if (ways.length === 0) {
    const none = partition.type === 'vios' ? 'It serves no adapter that PCM reports.' : 'No adapter that PCM reports.';
    return [element('p', { class: 'empty' }, none)];
  }
  const drawn = inOrder(ways, partition.type === 'vios').slice(0, WAYS_AT_ONCE);
  const rest = ways.length - drawn.length;
  return [
    drawing(drawn),
    ...(rest > 0 ? [element('p', { class: 'muted' }, `and ${rest} more, which the table below has`)] : []),
  ];
}

function ownWay({ kind, name, vios, port, incoming, outgoing }: AdapterStatus, partition: Box): BackfillRun {
  const viosId = vios?.id;
  return {
    partition,
    adapter: adapterBox(kind, name, incoming, outgoing),
    vios: vios
      ? { key: vios.name, title: vios.name, detail: 'VIOS', ...(viosId ? { link: { view: 'vios', id: viosId } } : {}) }
      : { key: kind, title: kind === 'SR-IOV' ? 'no VIOS needed' : 'no VIOS known', isAbsent: true },
    port: portBox(port, vios?.name ?? kind, kind),
  };
}

function clientWay({ partition, kind, adapter, port, incoming, outgoing }: ClientStatus, vios: Box): BackfillRun {
  return {
    partition: { key: partition.id, title: partition.name, link: { view: 'partition', id: partition.id } },
    adapter: adapterBox(kind, adapter, incoming, outgoing),
    vios: { ...vios, detail: 'VIOS' },
    port: portBox(port, vios.key, kind),
  };
}

function adapterBox(kind: string, name: string, incoming: number | undefined, outgoing: number | undefined): Box {
  return { key: `${kind} ${name}`, title: name, detail: `${kind}, ↓ ${perSecond(incoming)} ↑ ${perSecond(outgoing)}` };
}

function portBox(port: string | undefined, owner: string, kind: string): Box {
  if (port !== undefined) return { key: `${owner} ${port}`, title: port, detail: portKind(kind) };
  const title = kind === 'SR-IOV' ? 'its own physical port' : 'port not reported by PCM';
  return { key: `${owner} ${kind} none`, title, isAbsent: true };
}

function portKind(kind: string): string {
  return kind.includes('Fibre Channel') ? 'Fibre Channel port' : 'shared Ethernet adapter';
}

/** So that what leads to one box stands together. */
function inOrder(ways: readonly BackfillRun[], isVios: boolean): readonly BackfillRun[] {
  const key = ({ partition, vios, port }: BackfillRun) =>
    (isVios ? [port.key, partition.title] : [vios.key, port.key]).join('\u0000');
  return [...ways].sort((left, right) => key(left).localeCompare(key(right), 'en', { numeric: true }));
}

const stages = ['partition', 'adapter', 'vios', 'port'] as const;
const titles = { partition: 'Partition', adapter: 'Adapter', vios: 'VIOS', port: 'Port' } as const;

/** Boxes in a grid: one that several ways lead to spans their rows, so that a straight line joins every two. */
function drawing(ways: readonly BackfillRun[]): HTMLElement {
  const place = element('div', {
    class: 'path',
    role: 'table',
    'aria-label': 'The way of each adapter to the outside',
  });
  const head = stages.map((stage) => element('span', { class: 'stage', role: 'columnheader' }, titles[stage]));
  place.append(element('div', { class: 'row', role: 'row' }, ...head));
  ways.forEach((way, row) => {
    const boxes = stages.flatMap((stage, column) => {
      if (isJoined(ways, row, stage)) return [];
      let span = 1;
      while (isJoined(ways, row + span, stage)) span += 1;
      return [drawnBox(way[stage], stage, { row: row + 2, column: column + 1, span })];
    });
    place.append(element('div', { class: 'row', role: 'row' }, ...boxes));
  });
  return place;
}

/**
 * Whether the box of this way is that of the way before. A port belongs to its VIOS: it continues only where that does.
 */
function isJoined(ways: readonly BackfillRun[], row: number, stage: (typeof stages)[number]): boolean {
  const [before, way] = [ways[row - 1], ways[row]];
  if (stage === 'adapter' || before === undefined || way === undefined) return false;
  if (before[stage].key !== way[stage].key) return false;
  return stage !== 'port' || before.vios.key === way.vios.key;
}

function drawnBox(
  box: Box,
  stage: string,
  { row, column, span }: { readonly row: number; readonly column: number; readonly span: number },
): HTMLElement {
  const title = element('b', {}, box.link ? link(box.link, box.title) : box.title);
  const detail = box.detail === undefined ? [] : [element('span', { class: 'muted' }, box.detail)];
  const made = element(
    'div',
    { class: `box ${stage}${box.isAbsent ? ' absent' : ''}`, role: 'cell' },
    element('div', {}, title, ...detail),
  );
  made.style.gridRow = `${row} / span ${span}`;
  made.style.gridColumn = String(column);
  return made;
}
