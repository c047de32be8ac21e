import type { Fact } from '../../status-model.ts';
import { element } from '../elements.ts';
import type { Level } from '../levels.ts';
import { link } from '../routes.ts';

export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly detail?: string | undefined;
  readonly level?: Level;
}

/** Current values, each in a box of its own. */
export function figures(all: readonly Figure[]): HTMLElement {
  return element(
    'dl',
    { class: 'figures' },
    ...all.map(({ label, value, detail, level }) =>
      element(
        'div',
        { class: `figure ${level?.name ?? ''}` },
        element('dt', {}, label),
        element('dd', {}, element('b', {}, value)),
        ...[detail, level?.words].flatMap((text) => (text ? [element('dd', { class: 'muted' }, text)] : [])),
      ),
    ),
  );
}

export function factList(facts: readonly Fact[]): HTMLElement {
  return element(
    'dl',
    { class: 'facts' },
    ...facts.flatMap(({ label, text }) => [element('dt', {}, label), element('dd', {}, text)]),
  );
}

export function section(title: string, ...content: readonly (Node | string)[]): HTMLElement {
  return element('section', {}, element('h2', {}, title), ...content);
}

export function breadcrumb(...parts: readonly (Node | string)[]): HTMLElement {
  const all = [link({ view: 'overview' }, 'All frames'), ...parts];
  const items = all.map((part) => element('li', {}, part));
  return element('nav', { 'aria-label': 'Where this page is' }, element('ol', { class: 'breadcrumb' }, ...items));
}

export interface TableColumn {
  readonly title: string;
  readonly isNumber?: boolean;
}

/** A plain table; on a narrow screen each row is a card, with the titles before the values. */
export function plainTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly (Node | string)[])[],
): HTMLElement {
  const kind = (index: number) => (columns[index]?.isNumber ? 'number' : 'text');
  return element(
    'table',
    {},
    element(
      'thead',
      {},
      element(
        'tr',
        {},
        ...columns.map(({ title }, index) => element('th', { scope: 'col', class: kind(index) }, title)),
      ),
    ),
    element(
      'tbody',
      {},
      ...rows.map((cells) =>
        element(
          'tr',
          {},
          ...cells.map((cell, index) =>
            element('td', { class: kind(index), 'data-column': columns[index]?.title ?? '' }, cell),
          ),
        ),
      ),
    ),
  );
}

/** What is not known any more, or never was. */
export function goneNote(what: string): readonly Node[] {
  return [
    breadcrumb('not known'),
    element('h1', {}, `This ${what} is not known`),
    element(
      'p',
      { class: 'empty' },
      `No sample has it at present: it may have been removed, or have moved to a frame that is not read. `,
      link({ view: 'overview' }, 'Look among all frames'),
    ),
  ];
}
