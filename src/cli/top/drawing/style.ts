import type { Terminal } from '../../terminal/terminal.ts';
import { type Glyphs, glyphsFor } from './glyphs.ts';

/** How much a part of a line wants to be noticed. */
export type Mark = 'title' | 'high' | 'full' | 'old' | 'problem';

/** How parts of a line are marked: sequences of the terminal, or nothing. */
export type ScreenStyle = Readonly<Record<Mark | 'selected', (text: string) => string>> & { readonly glyphs: Glyphs };

/** Marks by bold, reverse and colour on a terminal that has them; by nothing elsewhere and with NO_COLOR. */
export function screenStyle({ isInteractive, environment }: Terminal): ScreenStyle {
  const glyphs = glyphsFor(environment);
  const isMarked = isInteractive && environment.TERM !== 'dumb';
  const mark = (code: number) => (text: string) => (isMarked ? `\u001b[${code}m${text}\u001b[0m` : text);
  const colour = (code: number) => mark(environment.NO_COLOR ? 1 : code);
  return {
    glyphs,
    title: mark(1),
    selected: mark(7),
    old: mark(2),
    problem: colour(31),
    high: colour(33),
    full: colour(31),
  };
}
