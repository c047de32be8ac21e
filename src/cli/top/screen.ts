import { printable } from '../../base/printable.ts';
import type { FrameActivity } from '../../inspector/index.ts';
import { fitted } from '../screen-text.ts';
import { columnsFor, type ListColumn } from './columns.ts';
import { frameLines } from './frame-lines.ts';
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
export function listHeight(picture: Picture, { height }: ScreenSize, style: ScreenStyle): number {
  if (height === undefined) return picture.rows.length;
  return Math.max(1, height - headLines(picture, height, style).length - 2);
}

/** The whole screen as lines, each exactly as wide as the terminal or shorter. */
export function renderScreen(picture: Picture, view: View, size: ScreenSize, style: ScreenStyle): readonly string[] {
  const line = (text: string) => fitted(printable(text), size.width, 'left', style.glyphs.ellipsis).trimEnd();
  if (view.page === 'help') return [style.title(line('otel-powervm top: keys')), '', ...HELP.map(line)];
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
    ...listLines(rows, selected, picture, size, style),
    footer(picture, view, rows.length, line, style),
  ];
}

function headLines(picture: Picture, height: number | undefined, { glyphs }: ScreenStyle): readonly string[] {
  const { frames, now } = picture;
  const title = `otel-powervm top  ${new Date(now).toISOString().slice(0, 19)}Z  ${ages(frames, now)}`;
  const all = frames.map((frame) => frameLines(frame, glyphs));
  const isRoomy = height === undefined || all.flat().length <= height * FRAME_SHARE;
  // Where there are more frames than room, each keeps the line that says how busy it is.
  const lines = isRoomy ? all.flat() : all.map(([name = '', busy = '']) => `${name}${busy}`);
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
  picture: Picture,
  size: ScreenSize,
  style: ScreenStyle,
): readonly string[] {
  const columns = columnsFor(size.width, picture.frames.length > 1);
  const room = listHeight(picture, size, style);
  const index = selected ? rows.indexOf(selected) : 0;
  const first = Math.max(0, Math.min(index - Math.floor(room / 2), rows.length - room));
  const titles = columns.map(({ title, width, align }) => fitted(title, width, align, style.glyphs.ellipsis)).join(' ');
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
  { rows, trouble }: Picture,
  { filter, isTyping, order, isReversed }: View,
  shown: number,
  line: (text: string) => string,
  style: ScreenStyle,
): string {
  if (isTyping) return line(`/${filter}_   enter keeps it, escape shows all`);
  if (trouble !== undefined) return style.trouble(line(trouble));
  const count = shown === rows.length ? `${shown} partitions` : `${shown} of ${rows.length} partitions (/${filter})`;
  return line(`${count}, by ${order.title}${isReversed ? ', reversed' : ''}   ?: keys   q: end`);
}

function clipped(lines: readonly string[], height: number | undefined, kept: number): readonly string[] {
  return height === undefined ? lines : lines.slice(0, Math.max(0, height - kept));
}
