import { counted } from '../../../../base/text/counts.ts';
import type { FrameStatus } from '../../status-model.ts';
import { age, bar, element, remark } from '../elements.ts';
import { bytes, decimal, percent, watts } from '../format.ts';
import { assignedLevel, type Level, level } from '../levels.ts';

/** How full the parts of a frame are: processors, memory, pools, and what it draws. */
export function frameMeters({ processor, memory, powerWatts, pools }: FrameStatus): readonly Node[] {
  const { configurable, unassigned } = memory;
  const assigned = configurable && unassigned !== undefined ? 1 - unassigned / configurable : undefined;
  return [
    meter('Processors', processor.utilization, level(processor.utilization), [
      `busy ${decimal(processor.busy)}`,
      `consumed ${decimal(processor.consumed)}`,
      `entitled ${decimal(processor.entitlement)}`,
      `available ${decimal(processor.available)}`,
      `configurable ${decimal(processor.configurable)}`,
      notReporting(processor.busyWithout),
    ]),
    meter('Memory', assigned, assignedLevel(assigned), [`${bytes(unassigned)} of ${bytes(configurable)} unassigned`]),
    ...pools.map(({ id, name, size, consumed, utilization }) =>
      meter(name ?? `Pool ${id}`, utilization, level(utilization), [
        `consumed ${decimal(consumed)} of ${decimal(size)}`,
      ]),
    ),
    ...(powerWatts === undefined
      ? []
      : [element('p', { class: 'power' }, element('span', {}, 'Power'), element('b', {}, watts(powerWatts)))]),
  ];
}

/** When its newest sample was taken, and that it is old, where it is. */
export function sampleWords({ sampleTime, isOld, reason, partitions }: FrameStatus): readonly Node[] {
  if (sampleTime === undefined) {
    return [
      element('span', { class: 'badge none' }, 'no sample yet'),
      element('p', { class: 'reason' }, reason ?? 'The first one takes up to a minute.'),
    ];
  }
  const running = `${partitions.running} of ${counted(partitions.total, 'partition')} running`;
  if (!isOld) return [element('p', { class: 'muted' }, `${running}, sample `, age(sampleTime))];
  return [
    element('span', { class: 'badge old' }, 'old: last sample ', age(sampleTime)),
    element('p', { class: 'reason' }, reason ?? 'No newer sample has come; what is shown was so then.'),
  ];
}

function meter(label: string, ratio: number | undefined, of: Level, details: readonly (string | undefined)[]): Node {
  const known = details.filter((detail) => detail !== undefined);
  return element(
    'div',
    { class: 'meter' },
    element('span', { class: 'label' }, label),
    bar(ratio, of),
    element('span', { class: 'share' }, percent(ratio)),
    element('span', { class: 'detail' }, ...remark(of), known.join(' · ')),
  );
}

function notReporting(names: readonly string[] | undefined): string | undefined {
  return names === undefined ? undefined : `${names.join(', ')} ${names.length === 1 ? 'does' : 'do'} not report`;
}
