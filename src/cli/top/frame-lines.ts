import { diskTraffic, type FrameActivity, networkTraffic, viosLabel } from '../../inspector/index.ts';
import { formatBytes, formatDecimal, shortBytes } from '../number-format.ts';
import { fitted } from '../screen-text.ts';
import { bar, type Glyphs } from './glyphs.ts';

const BAR_WIDTH = 12;
const SHORT_BAR = 8;
const NAME_WIDTH = 16;

/** What stands above the list for each frame: the frame, its memory and power, its processor pools. */
export function frameLines(frame: FrameActivity, glyphs: Glyphs): readonly string[] {
  return [...frameSummary(frame, glyphs), ...poolLines(frame, glyphs), ...remarks(frame)];
}

/** The same in one line of 80 columns, where there is no room for more: name, processors and memory. */
export function frameLine({ system }: FrameActivity, glyphs: Glyphs): string {
  const { description, processor, memory } = system;
  const used = ratioUsed(memory);
  const inUse =
    memory.configurable === undefined || memory.available === undefined
      ? undefined
      : memory.configurable - memory.available;
  return joined([
    fitted(description.name ?? description.id, NAME_WIDTH, 'left', glyphs.ellipsis),
    `cpu ${bar(processor.utilization, SHORT_BAR, glyphs)} ${percent(processor.utilization)} ${share(formatDecimal(processor.consumed, 1), formatDecimal(processor.configurable, 0))}`,
    `mem ${bar(used, SHORT_BAR, glyphs)} ${percent(used)} ${share(shortBytes(inUse), shortBytes(memory.configurable))}`,
  ]);
}

function share(part: string | undefined, whole: string | undefined): string {
  return `${part ?? '-'}/${whole ?? '-'}`;
}

function frameSummary({ system, partitions }: FrameActivity, glyphs: Glyphs): readonly string[] {
  const { description, processor, memory, energy, masked } = system;
  // Consumed is another quantity than busy: it does not take its place where busy is not known.
  const used = processor.utilization;
  const running = partitions.filter(({ state }) => state?.toLowerCase() === 'running').length;
  return [
    joined([
      description.name ?? description.id,
      description.mtms,
      `${running} of ${partitions.length} partitions running`,
    ]),
    joined([
      `  processors ${bar(used, BAR_WIDTH, glyphs)} ${percent(used)}`,
      labelled('consumed', formatDecimal(processor.consumed, 2)),
      labelled('busy', formatDecimal(processor.busy, 2)),
      labelled('of', formatDecimal(processor.configurable, 2)),
      masked.length === 0 ? undefined : `busy is not known: ${reporting(masked.map(viosLabel))}`,
    ]),
    joined([
      `  memory     ${bar(ratioUsed(memory), BAR_WIDTH, glyphs)} ${percent(ratioUsed(memory))}`,
      labelled('unassigned', formatBytes(memory.available)),
      labelled('of', formatBytes(memory.configurable)),
      energy?.powerWatts === undefined ? undefined : `${energy.powerWatts} W`,
    ]),
  ];
}

/** What the stars in the list stand for. */
function remarks({ partitions }: FrameActivity): readonly string[] {
  const without = new Set(
    partitions.flatMap((partition) => [...networkTraffic(partition).without, ...diskTraffic(partition).without]),
  );
  return without.size === 0 ? [] : [`  * without ${[...without].join(', ')}`];
}

function reporting(names: readonly string[]): string {
  return `${names.join(', ')} ${names.length === 1 ? 'does' : 'do'} not report`;
}

function poolLines({ system }: FrameActivity, glyphs: Glyphs): readonly string[] {
  return system.sharedPools
    .filter(({ size }) => size !== undefined && size > 0)
    .map(({ id, name, consumed, size, utilization }) =>
      joined([
        `${`  pool ${id}`.padEnd(12)} ${bar(utilization, BAR_WIDTH, glyphs)} ${percent(utilization)}`,
        labelled('consumed', formatDecimal(consumed, 2)),
        labelled('of', formatDecimal(size, 2)),
        name,
      ]),
    );
}

function ratioUsed({ available, configurable }: FrameActivity['system']['memory']): number | undefined {
  if (available === undefined || configurable === undefined || configurable <= 0) return undefined;
  return 1 - available / configurable;
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
