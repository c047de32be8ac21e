import { diskTraffic, type FrameActivity, networkTraffic, viosLabel } from '../../../inspector/index.ts';
import { formatBytes, formatDecimal, shortBytes } from '../../terminal/number-format.ts';
import { bar, type Glyphs } from './glyphs.ts';
import { assignedLevel, levelOf } from './levels.ts';
import { type Line, marked } from './line.ts';
import type { Mark } from './style.ts';

const BAR_WIDTH = 12;
const SHORT_BAR_WIDTH = 6;
const NAME_WIDTH = 12;

/** What stands above the list for each frame: the frame, its memory and power, its processor pools. */
export function frameLines(frame: FrameActivity, glyphs: Glyphs, old?: string): readonly Line[] {
  return [...frameSummary(frame, glyphs, old), ...poolLines(frame, glyphs), ...remarks(frame)];
}

/** The same where there is little room: processors, memory and power on one line of 80 columns, the pools on another. */
export function shortFrameLines(frame: FrameActivity, glyphs: Glyphs, old?: string): readonly Line[] {
  const { description, processor, memory, energy, sharedPools } = frame.system;
  const assigned = ratioUsed(memory);
  const free = shortBytes(memory.available);
  const name = (description.name ?? description.id).slice(0, 2 * NAME_WIDTH).padEnd(NAME_WIDTH);
  const pools = sharedPools.filter(({ size }) => size !== undefined && size > 0);
  return [
    [
      marked(name, old === undefined ? undefined : 'old'),
      ' CPU',
      ...share(processor.utilization, levelOf(processor.utilization), SHORT_BAR_WIDTH, glyphs),
      ` ${aligned(formatDecimal(processor.busy, 2), 5)}/${formatDecimal(processor.configurable, 2) ?? '-'}`,
      '  MEM',
      ...share(assigned, assignedLevel(assigned), SHORT_BAR_WIDTH, glyphs),
      free === undefined ? '' : ` ${aligned(free, 6)} free`,
      energy?.powerWatts === undefined ? '' : `  ${energy.powerWatts} W`,
    ],
    ...(old === undefined ? [] : [[marked(`  ${old}`, 'high')]]),
    ...(pools.length === 0
      ? []
      : [
          pools.flatMap(({ id, name: pool, utilization }, index) => [
            index === 0 ? '  pools ' : '  ',
            `${pool ?? id} `,
            marked(percent(utilization).trim(), levelOf(utilization)),
          ]),
        ]),
    ...silence(frame),
    ...remarks(frame),
  ];
}

function frameSummary({ system, partitions }: FrameActivity, glyphs: Glyphs, old?: string): readonly Line[] {
  const { description, processor, memory, energy } = system;
  // Consumed is another quantity than busy: it does not take its place where busy is not known.
  const used = processor.utilization;
  const assigned = ratioUsed(memory);
  const running = partitions.filter(({ state }) => state?.toLowerCase() === 'running').length;
  return [
    [
      marked(description.name ?? description.id, 'title'),
      joined(['', description.mtms, `${running} of ${partitions.length} partitions running`]),
      ...(old === undefined ? [] : ['  ', marked(old, 'high')]),
    ],
    [
      '  processors',
      ...share(used, levelOf(used), BAR_WIDTH, glyphs),
      joined([
        '',
        labelled('consumed', formatDecimal(processor.consumed, 2)),
        labelled('busy', formatDecimal(processor.busy, 2)),
        labelled('of', formatDecimal(processor.configurable, 2)),
      ]),
    ],
    [
      '  memory    ',
      ...share(assigned, assignedLevel(assigned), BAR_WIDTH, glyphs),
      joined([
        '',
        labelled('unassigned', formatBytes(memory.available)),
        labelled('of', formatBytes(memory.configurable)),
        energy?.powerWatts === undefined ? undefined : `${energy.powerWatts} W`,
      ]),
    ],
    ...silence({ system }),
  ];
}

/** Why no one knows how busy the frame is. */
function silence({ system: { masked } }: Pick<FrameActivity, 'system'>): readonly Line[] {
  if (masked.length === 0) return [];
  const names = masked.map(viosLabel);
  const verb = names.length === 1 ? 'does' : 'do';
  return [[marked(`  busy is not known: ${names.join(', ')} ${verb} not report`, 'high')]];
}

/** Explains the stars in the list. */
function remarks({ partitions }: FrameActivity): readonly Line[] {
  const without = new Set(
    partitions.flatMap((partition) => [...networkTraffic(partition).without, ...diskTraffic(partition).without]),
  );
  return without.size === 0 ? [] : [[`  * without ${[...without].join(', ')}`]];
}

function poolLines({ system }: FrameActivity, glyphs: Glyphs): readonly Line[] {
  return system.sharedPools
    .filter(({ size }) => size !== undefined && size > 0)
    .map(({ id, name, consumed, size, utilization }) => [
      `  pool ${id}`.padEnd(12),
      ...share(utilization, levelOf(utilization), BAR_WIDTH, glyphs),
      joined(['', labelled('consumed', formatDecimal(consumed, 2)), labelled('of', formatDecimal(size, 2)), name]),
    ]);
}

/** A bar and its percentage. */
function share(ratio: number | undefined, mark: Mark | undefined, width: number, glyphs: Glyphs): Line {
  return [marked(` ${bar(ratio, width, glyphs)} ${percent(ratio)}`, mark)];
}

function ratioUsed({ available, configurable }: FrameActivity['system']['memory']): number | undefined {
  if (available === undefined || configurable === undefined || configurable <= 0) return undefined;
  return 1 - available / configurable;
}

/** To the right, so that the numbers of all frames stand below each other. */
function aligned(text: string | undefined, width: number): string {
  return (text ?? '-').padStart(width);
}

function percent(ratio: number | undefined): string {
  return ratio === undefined ? '   -' : `${Math.round(ratio * 100)}%`.padStart(4);
}

function labelled(label: string, value: string | undefined): string | undefined {
  return value === undefined ? undefined : `${label} ${value}`;
}

function joined(parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part !== undefined).join('  ');
}
