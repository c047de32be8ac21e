import { printable } from '../../../base/text/printable.ts';
import type { FrameActivity } from '../../../inspector/index.ts';
import { fitted, wrapped } from '../../terminal/screen-text.ts';
import { duration } from '../outages.ts';
import type { View } from '../view.ts';
import { type ColumnNeeds, columnsFor, type ListColumn } from './columns.ts';
import { frameLines, shortFrameLines } from './frame-lines.ts';
import { HELP } from './help.ts';
import { drawnLine, type Line, marked } from './line.ts';
import { partitionLines } from './partition-page.ts';
import { filterRows, type Row, sortRows } from './row.ts';
import type { ScreenStyle } from './style.ts';

/** What there is to show. */
export interface Picture {
  readonly frames: readonly FrameActivity[];
  /** Ids of those whose newest sample says nothing of the present any more. */
  readonly old: ReadonlySet<string>;
  readonly rows: readonly Row[];
  readonly now: number;
  /** What does not work at present, each with since when, why and what to do. */
  readonly outages: readonly string[];
  /** The newest issue or other news, in words. */
  readonly news: string | undefined;
}

export interface ScreenSize {
  readonly width: number;
  /** Undefined: as many lines as there are, for a printout. */
  readonly height: number | undefined;
}

/** Frames take this share of the screen at most; the list is what one looks at. */
const FRAME_SHARE = 0.5;
/** News longer than this are cut. */
const NEWS_LINES = 3;
const OUTAGE_LINES = 6;
/** Where the explanations of the help begin. */
const HELP_INDENT = 12;
/** Titles, a row and the last line. */
const LEAST_OF_LIST = 3;

/** Rows as the list shows them. */
export function visibleRows({ rows }: Pick<Picture, 'rows'>, { filter, order, isReversed }: View): readonly Row[] {
  return sortRows(filterRows(rows, filter), order, isReversed);
}

/** Rows that fit below and above everything else. */
export function listHeight(picture: Picture, view: View, size: ScreenSize, style: ScreenStyle): number {
  if (size.height === undefined) return picture.rows.length;
  const others = headLines(picture, size, style).length + footLines(picture, view, 0, size).length + 1;
  return Math.max(1, size.height - others);
}

/** The whole screen as lines, each exactly as wide as the terminal or shorter. */
export function renderScreen(picture: Picture, view: View, size: ScreenSize, style: ScreenStyle): readonly string[] {
  const draw = (line: Line) => drawnLine(line, size.width, style);
  if (view.page === 'help') {
    const lines = HELP.flatMap((text) => wrapped(text, size.width, HELP_INDENT));
    return clipped([[marked('otel-powervm top: keys', 'title')], [''], ...lines.map((text) => [text])], size, 0).map(
      draw,
    );
  }
  const rows = visibleRows(picture, view);
  const selected = rows.find(({ key }) => key === view.selected) ?? rows[0];
  if (view.page === 'partition' && selected) {
    const lines = partitionLines(selected, size.width, style.glyphs);
    return [...clipped(lines, size, 1).map(draw), draw(['escape: back'])];
  }
  const lines = [
    ...headLines(picture, size, style).map(draw),
    ...(picture.rows.length === 0 ? [] : listLines(rows, selected, picture, { view, size, style })),
    ...footLines(picture, view, rows.length, size).map(draw),
  ];
  return size.height === undefined ? lines : lines.slice(0, size.height);
}

/** Title, what does not work, and the frames: in full where they leave room for the list, otherwise shorter. */
function headLines(picture: Picture, size: ScreenSize, { glyphs }: ScreenStyle): readonly Line[] {
  const { frames, old, now, outages } = picture;
  const title = `otel-powervm top  ${new Date(now).toISOString().slice(0, 19)}Z  ${ages(picture)}`;
  const outageLines = outages
    .flatMap((text) => wrapped(text, size.width, 2))
    .map((text): Line => [marked(text, 'problem')]);
  const limit = picture.rows.length === 0 ? outageLines.length : OUTAGE_LINES;
  const problem =
    outageLines.length > limit
      ? [...outageLines.slice(0, limit - 1), [`  and more: ${outages.length} in all`]]
      : outageLines;
  const room = size.height === undefined ? Number.POSITIVE_INFINITY : Math.floor(size.height * FRAME_SHARE);
  const oldWords = (frame: FrameActivity) =>
    old.has(frame.system.description.id) ? `old: last sample ${ageOf(frame, now)} ago` : undefined;
  const full = frames.flatMap((frame) => frameLines(frame, glyphs, oldWords(frame)));
  const short = frames.map((frame) => shortFrameLines(frame, glyphs, oldWords(frame)));
  const shown = [full, short.flat(), short.flatMap((lines) => lines.slice(0, 1))].find(({ length }) => length <= room);
  const lines: readonly Line[] = [[marked(title, 'title')], ...problem, ...(shown ?? someFrames(short, room))];
  return clipped(lines, size, LEAST_OF_LIST);
}

/** The busiest first would jump about: so many as there is room for, and how many there are more. */
function someFrames(short: readonly (readonly Line[])[], room: number): readonly Line[] {
  const lines = short.flatMap((one) => one.slice(0, 1)).slice(0, Math.max(0, room - 1));
  return [...lines, [`  and ${short.length - lines.length} more frames`]];
}

function ages({ frames, old, now }: Picture): string {
  const present = frames.filter(({ system }) => !old.has(system.description.id));
  if (frames.length === 0) return 'no sample yet';
  const [oldest] = [...(present.length > 0 ? present : frames)].sort((left, right) => left.time - right.time);
  const age = oldest ? ageOf(oldest, now) : '';
  return present.length > 0 ? `sample ${age} old` : `NOTHING NEW: last sample ${age} ago`;
}

function ageOf({ time }: FrameActivity, now: number): string {
  return duration(Math.max(0, (now - time) / 1000));
}

function needsOf({ rows, frames }: Picture, { order }: View): ColumnNeeds {
  const names = new Set(rows.map(({ partition }) => partition.name));
  const several = names.size < rows.length ? 'repeated' : 'several';
  const hasTrend = rows.some(({ trend }) => trend.filter((value) => value !== undefined).length > 1);
  return { frames: frames.length > 1 ? several : 'one', order: order.key, hasTrend };
}

interface Look {
  readonly view: View;
  readonly size: ScreenSize;
  readonly style: ScreenStyle;
}

function listLines(
  rows: readonly Row[],
  selected: Row | undefined,
  picture: Picture,
  { view, size, style }: Look,
): readonly string[] {
  const columns = columnsFor(size.width, needsOf(picture, view));
  const room = listHeight(picture, view, size, style);
  const index = selected ? rows.indexOf(selected) : 0;
  const first = Math.max(0, Math.min(index - Math.floor(room / 2), rows.length - room));
  const titles = columns.map((column) => fitted(titleOf(column, view, style), column.width, column.align)).join(' ');
  return [
    style.title(titles.trimEnd()),
    ...rows.slice(first, first + room).map((row) => {
      const isSelected = row === selected && size.height !== undefined;
      return isSelected ? style.selected(plainRow(row, columns, style)) : drawnRow(row, columns, style);
    }),
  ];
}

/** With an arrow where the list is sorted by it. */
function titleOf({ title, order }: ListColumn, view: View, { glyphs }: ScreenStyle): string {
  if (order !== view.order.key) return title;
  const isAscending = (order === 'a') !== view.isReversed;
  return `${title}${isAscending ? glyphs.ascending : glyphs.descending}`;
}

function cellsOf(row: Row, columns: readonly ListColumn[], { glyphs }: ScreenStyle): readonly string[] {
  return columns.map(({ cell, width, align }) =>
    fitted(printable(cell(row, width, glyphs) ?? '-'), width, align, glyphs.ellipsis),
  );
}

function plainRow(row: Row, columns: readonly ListColumn[], style: ScreenStyle): string {
  return cellsOf(row, columns, style).join(' ');
}

function drawnRow(row: Row, columns: readonly ListColumn[], style: ScreenStyle): string {
  if (row.isOld) return style.old(plainRow(row, columns, style).trimEnd());
  const cells = cellsOf(row, columns, style).map((text, index) => {
    const mark = columns[index]?.mark?.(row);
    return mark === undefined || text.trim() === '' ? text : style[mark](text);
  });
  return cells.join(' ').trimEnd();
}

function footLines(
  { rows, news, outages }: Picture,
  { filter, isTyping, order, isReversed }: View,
  shown: number,
  { width }: ScreenSize,
): readonly Line[] {
  if (isTyping) return [[`/${filter}_   enter keeps it, escape shows all`]];
  const count = shown === rows.length ? `${shown} partitions` : `${shown} of ${rows.length} partitions (/${filter})`;
  const last: Line = [`${count}, by ${order.title}${isReversed ? ', reversed' : ''}   ?: keys   S: save   q: end`];
  // What stands above is not repeated.
  if (news === undefined || outages.length > 0) return [last];
  const lines = wrapped(news, width, 2);
  return [...lines.slice(0, NEWS_LINES).map((text): Line => [marked(text, 'problem')]), last];
}

function clipped(lines: readonly Line[], { height }: ScreenSize, kept: number): readonly Line[] {
  return height === undefined ? lines : lines.slice(0, Math.max(0, height - kept));
}
