import stringWidth from 'string-width';

/** Columns of a terminal that a text takes: letters of East Asia take two, combining marks none. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** A text made exactly `width` columns wide: cut off, with an ellipsis, or filled up. */
export function fitted(text: string, width: number, align: 'left' | 'right' = 'left', ellipsis = '~'): string {
  const cut = widthOf(text) > width ? cutTo(text, width, ellipsis) : text;
  const filling = ' '.repeat(Math.max(0, width - widthOf(cut)));
  return align === 'right' ? filling + cut : cut + filling;
}

function cutTo(text: string, width: number, ellipsis: string): string {
  if (width <= 0) return '';
  let kept = '';
  let room = width - 1;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    room -= widthOf(segment);
    if (room < 0) break;
    kept += segment;
  }
  return kept + ellipsis;
}

/** A text on as many lines as it takes, broken at blanks; those after the first are indented where there is room for it. */
export function wrapped(text: string, width: number, indent: number): readonly string[] {
  const margin = ' '.repeat(indent < width / 2 ? indent : 0);
  const lines: string[] = [];
  let line = '';
  for (const part of text.split(/(?<= )(?=\S)/)) {
    if (line.trim() !== '' && widthOf(line + part.trimEnd()) > width) {
      lines.push(line.trimEnd());
      line = margin + part;
    } else line += part;
  }
  return [...lines, line.trimEnd()];
}
