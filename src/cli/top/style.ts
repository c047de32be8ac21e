import type { Terminal } from '../terminal.ts';
import { glyphsFor } from './glyphs.ts';
import type { ScreenStyle } from './screen.ts';

/** Marks by bold, reverse and colour on a terminal that has them; by nothing elsewhere and with NO_COLOR. */
export function screenStyle({ isInteractive, environment }: Terminal): ScreenStyle {
  const glyphs = glyphsFor(environment);
  const isMarked = isInteractive && environment.TERM !== 'dumb';
  const mark = (code: number) => (text: string) => (isMarked ? `\u001b[${code}m${text}\u001b[0m` : text);
  const isColoured = isMarked && !environment.NO_COLOR;
  return { glyphs, title: mark(1), selected: mark(7), trouble: isColoured ? mark(31) : mark(1) };
}
