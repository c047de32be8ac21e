import { understandsUtf8 } from '../../terminal/terminal.ts';

/** The characters that bars and trends are drawn with. */
export interface Glyphs {
  readonly barFull: string;
  readonly barEmpty: string;
  /** Ends a bar that would continue beyond its full length. */
  readonly barOver: string;
  /** From little to much. */
  readonly steps: readonly string[];
  readonly ellipsis: string;
  /** At the column that the list is sorted by. */
  readonly descending: string;
  readonly ascending: string;
}

const unicode: Glyphs = {
  barFull: '█',
  barEmpty: '░',
  barOver: '▶',
  steps: ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'],
  ellipsis: '…',
  descending: '▼',
  ascending: '▲',
};

const ascii: Glyphs = {
  barFull: '#',
  barEmpty: '.',
  barOver: '>',
  steps: ['_', '.', ':', '-', '=', '+', '*', '#'],
  ellipsis: '~',
  descending: 'v',
  ascending: '^',
};

/** Block characters only where they can be read. */
export function glyphsFor(environment: NodeJS.ProcessEnv): Glyphs {
  return understandsUtf8(environment) ? unicode : ascii;
}

/** A bar of `width` columns; a ratio above 1 fills it and says so at its end. Blank where there is no ratio. */
export function bar(ratio: number | undefined, width: number, glyphs: Glyphs): string {
  if (ratio === undefined || width <= 0) return ' '.repeat(Math.max(0, width));
  if (ratio > 1) return glyphs.barFull.repeat(width - 1) + glyphs.barOver;
  const filled = Math.round(Math.max(0, ratio) * width);
  return glyphs.barFull.repeat(filled) + glyphs.barEmpty.repeat(width - filled);
}

/**
 * Values over time in `width` columns, the newest at the right, each column the greatest of its share. Scaled to the
 * greatest of all, or to `full` where that is greater. A value that is not there leaves a blank.
 */
export function sparkline(values: readonly (number | undefined)[], width: number, glyphs: Glyphs, full = 0): string {
  const share = Math.max(1, Math.ceil(values.length / Math.max(1, width)));
  const columns: (number | undefined)[] = [];
  for (let end = values.length; end > 0; end -= share)
    columns.unshift(greatest(values.slice(Math.max(0, end - share), end)));
  const top = Math.max(full, greatest(columns) ?? 0);
  const last = glyphs.steps.length - 1;
  const drawn = columns.map((value) => {
    if (value === undefined) return ' ';
    return glyphs.steps[top <= 0 ? 0 : Math.round((Math.max(0, value) / top) * last)] ?? ' ';
  });
  return drawn.join('').padStart(width).slice(-width);
}

function greatest(values: readonly (number | undefined)[]): number | undefined {
  return values.reduce<number | undefined>(
    (most, value) => (value === undefined ? most : Math.max(most ?? value, value)),
    undefined,
  );
}
