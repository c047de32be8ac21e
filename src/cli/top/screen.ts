import { printable } from '../../base/printable.ts';
import type { FrameActivity } from '../../inspector/index.ts';
import { fitted, wrapped } from '../screen-text.ts';
import { columnsFor, type ListColumn } from './columns.ts';
import { frameLine, frameLines } from './frame-lines.ts';
import type { Glyphs } from './glyphs.ts';
import { partitionLines } from './partition-page.ts';
import { filterRows, type Row, sortOrders, sortRows } from './row.ts';
import type { View } from './view.ts';

/** What there is to show. */
export interface Picture {
  readonly frames: readonly FrameActivity[];
  readonly rows: readonly Row[];
  readonly now: number;
  /** The newest trouble, in words; undefined when all is well. */
  readonly trouble: string | undefined;
}

export interface ScreenSize {
  readonly width: number;
  /** Undefined: as many lines as there are, for a printout. */
  readonly height: number | undefined;
}

/** How parts of a line are marked: sequences of the terminal, or nothing. */
export interface ScreenStyle {
  readonly title: (text: string) => string;
  readonly selected: (text: string) => string;
  readonly trouble: (text: string) => string;
  readonly glyphs: Glyphs;
}

/** Frames take this share of the screen at most; the list is what one looks at. */
const FRAME_SHARE = 0.5;
/** Where the explanations of the help begin. */
const HELP_INDENT = 31;
const MOST_TROUBLE_LINES = 3;
const HELP = [
  'up, down, page up, page down   move',
  'enter                          one partition in full',
  'escape, q                      back; q on the list ends',
  '/                              show only what contains a text; escape shows all again',
  'r                              reverse the order',
  ...sortOrders.map(({ key, title }) => `${key}                              sort by ${title}`),
  '',
  'ENT, CONS, BUSY in processors; %ENT: consumed of the entitlement; the bar shows the same.',
  'The trend is consumed processors, scaled to its own greatest value.',
];

/** Rows as the list shows them. */
export function visibleRows({ rows }: Pick<Picture, 'rows'>, { filter, order, isReversed }: View): readonly Row[] {
  return sortRows(filterRows(rows, filter), order, isReversed);
}

/** Rows that fit below everything else. */
export function listHeight(picture: Picture, size: ScreenSize, style: ScreenStyle): number {
  const { height } = size;
  if (height === undefined) return picture.rows.length;
  const foot = troubleLines(picture, size).length;
  return Math.max(1, height - headLines(picture, height, style).length - 1 - Math.max(1, foot));
}

/** The whole screen as lines, each exactly as wide as the terminal or shorter. */
export function renderScreen(picture: Picture, view: View, size: ScreenSize, style: ScreenStyle): readonly string[] {
  const line = (text: string) => fitted(printable(text), size.width, 'left', style.glyphs.ellipsis).trimEnd();
  if (view.page === 'help') {
    const help = HELP.flatMap((text) => wrapped(text, size.width, HELP_INDENT));
    return clipped([style.title(line('otel-powervm top: keys')), '', ...help.map(line)], size.height, 0);
  }
  const rows = visibleRows(picture, view);
  const selected = rows.find(({ key }) => key === view.selected) ?? rows[0];
  if (view.page === 'partition' && selected) {
    const lines = partitionLines(selected, size.width, style.glyphs).map(line);
    return [...clipped(lines, size.height, 1), line('escape: back')];
  }
  const head = headLines(picture, size.height, style);
  const [title = '', ...frames] = head;
  return [
    style.title(line(title)),
    ...frames.map(line),
    ...listLines(rows, selected, view, picture, size, style),
    ...footer(picture, view, rows.length, line, size, style),
  ];
}

function headLines(picture: Picture, height: number | undefined, { glyphs }: ScreenStyle): readonly string[] {
  const { frames, now } = picture;
  const title = `otel-powervm top  ${new Date(now).toISOString().slice(0, 19)}Z  ${ages(frames, now)}`;
  const all = frames.map((frame) => frameLines(frame, glyphs));
  const isRoomy = height === undefined || all.flat().length <= height * FRAME_SHARE;
  // Where there are more frames than room, each has one line that says how busy it is.
  const lines = isRoomy ? all.flat() : frames.map((frame) => frameLine(frame, glyphs));
  return [title, ...clipped(lines, height === undefined ? undefined : Math.floor(height * FRAME_SHARE), 0)];
}

function ages(frames: readonly FrameActivity[], now: number): string {
  if (frames.length === 0) return 'no sample yet';
  const oldest = Math.min(...frames.map(({ time }) => time));
  return `sample ${Math.max(0, Math.round((now - oldest) / 1000))} s old`;
}

function listLines(
  rows: readonly Row[],
  selected: Row | undefined,
  { order, isReversed }: View,
  picture: Picture,
  size: ScreenSize,
  style: ScreenStyle,
): readonly string[] {
  const columns = columnsFor(size.width, {
    hasSeveralFrames: picture.frames.length > 1,
    hasLikeNames: new Set(picture.rows.map(({ partition }) => partition.name)).size < picture.rows.length,
    sortedBy: order.column,
  });
  // Names go up from A, numbers down from the greatest.
  const isUp = (order.key === 'a') !== isReversed;
  const arrow = isUp ? style.glyphs.up : style.glyphs.down;
  const titleOf = (title: string) => (title === order.column ? `${title}${arrow}` : title);
  const room = listHeight(picture, size, style);
  const index = selected ? rows.indexOf(selected) : 0;
  const first = Math.max(0, Math.min(index - Math.floor(room / 2), rows.length - room));
  const titles = columns
    .map(({ title, width, align }) => fitted(titleOf(title), width, align, style.glyphs.ellipsis))
    .join(' ');
  return [
    style.title(titles.trimEnd()),
    ...rows.slice(first, first + room).map((row) => {
      const text = rowLine(row, columns, style.glyphs);
      return row === selected && size.height !== undefined ? style.selected(text) : text.trimEnd();
    }),
  ];
}

function rowLine(row: Row, columns: readonly ListColumn[], glyphs: Glyphs): string {
  return columns
    .map(({ cell, width, align }) => fitted(printable(cell(row, width, glyphs) ?? '-'), width, align, glyphs.ellipsis))
    .join(' ');
}

function footer(
  picture: Picture,
  { filter, isTyping, order, isReversed }: View,
  shown: number,
  line: (text: string) => string,
  size: ScreenSize,
  style: ScreenStyle,
): readonly string[] {
  const { rows } = picture;
  if (isTyping) return [line(`/${filter}_   enter keeps it, escape shows all`)];
  const trouble = troubleLines(picture, size);
  if (trouble.length > 0) return trouble.map((text) => style.trouble(line(text)));
  const count = shown === rows.length ? `${shown} partitions` : `${shown} of ${rows.length} partitions (/${filter})`;
  return [line(`${count}, by ${order.title}${isReversed ? ', reversed' : ''}   ?: keys   q: end`)];
}

/** The newest trouble as a whole, as far as a few lines hold it: the end of it says why. */
function troubleLines({ trouble }: Picture, { width }: ScreenSize): readonly string[] {
  return trouble === undefined ? [] : wrapped(trouble, width, 0).slice(0, MOST_TROUBLE_LINES);
}

function clipped(lines: readonly string[], height: number | undefined, kept: number): readonly string[] {
  return height === undefined ? lines : lines.slice(0, Math.max(0, height - kept));
}
