import type { DiskActivity, NetworkAdapterActivity, Traffic } from '../../../inspector/index.ts';
import { formatBytes, formatDecimal } from '../../terminal/number-format.ts';
import { wrapped } from '../../terminal/screen-text.ts';
import { type Glyphs, sparkline } from './glyphs.ts';
import { entitlementLevel, levelOf } from './levels.ts';
import { type Line, marked } from './line.ts';
import type { Row } from './row.ts';
import type { Mark } from './style.ts';

const LABEL_WIDTH = 18;

/** One partition in full. What PCM did not say has no line. */
export function partitionLines(
  { frame, partition, trend, network, disk, isOld }: Row,
  width: number,
  glyphs: Glyphs,
): readonly Line[] {
  const { processor, memory, guestMemory, vios } = partition;
  const description = frame.system.description;
  return [
    ...line('partition', [partition.name, `number ${partition.number}`, partition.type, partition.state]),
    ...line('UUID', [partition.id]),
    ...line('frame', [description.name ?? description.id, description.mtms]),
    ...(isOld ? line('sample', [`${new Date(partition.time).toISOString().slice(0, 19)}Z, old`], 'high') : []),
    ...line('operating system', [partition.description.operatingSystemType]),
    [''],
    ...line('mode', [processor.mode, of('pool', processor.poolId), of('weight', processor.weight)]),
    ...line('entitlement', [processors(processor.entitlement)]),
    ...line(
      'consumed',
      [processors(processor.consumed), percent(processor.consumedUtilization, 'of entitlement')],
      entitlementLevel(processor.consumedUtilization),
    ),
    ...line('busy', [processors(processor.busy), percent(processor.utilization, 'of entitlement')]),
    ...line('virtual', [
      processors(processor.virtualProcessors),
      percent(processor.virtualProcessorUtilization, 'of them consumed'),
    ]),
    ...trendLines(trend, processor.entitlement ?? 0, Math.min(60, width - LABEL_WIDTH), glyphs),
    [''],
    ...line('memory', [formatBytes(memory.limit), of('backed', formatBytes(memory.backed))]),
    ...line('guest sees', [formatBytes(guestMemory?.limit), of('used', formatBytes(guestMemory?.usage))]),
    ...line(
      'VIOS uses',
      [formatBytes(vios?.memory.usage), percent(vios?.memory.utilization, 'of it')],
      levelOf(vios?.memory.utilization),
    ),
    ...section('network', [...partition.networkAdapters.map(networkLine), ...missing(network)], width),
    ...section('disks', [...partition.disks.map(diskLine), ...missing(disk)], width),
  ];
}

/** The trend with the scale that it is drawn to. */
function trendLines(trend: Row['trend'], entitlement: number, width: number, glyphs: Glyphs): readonly Line[] {
  const known = trend.filter((value) => value !== undefined);
  if (known.length < 2) return [];
  const full = Math.max(entitlement, ...known);
  return [
    ...line('last 30 minutes', [sparkline(trend, width, glyphs, entitlement)]),
    ...line('', [`full height is ${full.toFixed(2)}${full === entitlement ? ', the entitlement' : ''}`]),
  ];
}

function networkLine({ type, location, rates, vlanId, vswitchId, vios, ...adapter }: NetworkAdapterActivity): string {
  return joined([
    type.padEnd(6),
    location,
    perSecond('in', rates?.receivedBytes),
    perSecond('out', rates?.sentBytes),
    of('VLAN', vlanId),
    of('switch', vswitchId),
    of('bridged by', adapter.sharedEthernetAdapterId),
    of('through', vios?.name),
    adapter.inventory?.mac,
  ]);
}

function diskLine({ type, device, location, rates, vios, ...disk }: DiskActivity): string {
  return joined([
    type.padEnd(6),
    device,
    perSecond('read', rates?.readBytes),
    perSecond('write', rates?.writtenBytes),
    location,
    of('served by', vios.name),
    of('port', disk.fibreChannelAdapterId),
    of('WWPN', disk.wwpn),
  ]);
}

function missing({ without }: Traffic): readonly string[] {
  return without.length === 0 ? [] : [`without ${without.join(', ')}`];
}

function section(title: string, lines: readonly string[], width: number): readonly Line[] {
  if (lines.length === 0) return [];
  const drawn = lines.flatMap((text) => wrapped(text, width - 2, 7));
  return [[''], [marked(title, 'title')], ...drawn.map((text): Line => [`  ${text}`])];
}

function line(label: string, parts: readonly (string | undefined)[], mark?: Mark): readonly Line[] {
  const text = joined(parts);
  return text.trim() === '' ? [] : [[label.padEnd(LABEL_WIDTH), marked(text, mark)]];
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('  ');
}

function of(label: string, value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : `${label} ${value}`;
}

function processors(value: number | undefined): string | undefined {
  return formatDecimal(value, 2);
}

function percent(ratio: number | undefined, words: string): string | undefined {
  return ratio === undefined ? undefined : `${(ratio * 100).toFixed(1)} % ${words}`;
}

function perSecond(label: string, bytes: number | undefined): string | undefined {
  return bytes === undefined ? undefined : `${label} ${formatBytes(bytes)}/s`;
}
