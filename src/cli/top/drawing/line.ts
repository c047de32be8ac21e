import { printable } from '../../../base/text/printable.ts';
import { fitted, widthOf } from '../../terminal/screen-text.ts';
import type { Mark, ScreenStyle } from './style.ts';

export interface MarkedText {
  readonly text: string;
  readonly mark: Mark;
}

/** Parts of a line of the screen, side by side. */
export type Line = readonly (string | MarkedText)[];

export function marked(text: string, mark: Mark | undefined): string | MarkedText {
  return mark === undefined ? text : { text, mark };
}

/** A line cut to the width of the screen, before it is marked: marks take no room. */
export function drawnLine(line: Line, width: number, style: ScreenStyle): string {
  let room = width;
  const drawn = line.map((part) => {
    const text = printable(typeof part === 'string' ? part : part.text);
    const cut = widthOf(text) > room ? fitted(text, room, 'left', style.glyphs.ellipsis) : text;
    room -= widthOf(cut);
    return typeof part === 'string' || cut === '' ? cut : style[part.mark](cut);
  });
  return drawn.join('').trimEnd();
}
