import { count, counted } from '../../../../base/text/counts.ts';
import type { PartitionStatus } from '../../status-model.ts';
import { element } from '../elements.ts';
import { Filters } from './filters.ts';
import { columns } from './table-columns.ts';

/** Rows that are drawn at first, and more whenever the end of them comes near: thousands at once take seconds. */
const ROWS_PER_STEP = 150;
const NEAR = '1000px';

/** Cells of one partition, kept from one report to the next: only what has changed is written. */
interface Row {
  readonly line: HTMLTableRowElement;
  readonly cells: readonly HTMLTableCellElement[];
  partition: PartitionStatus | undefined;
}

/** The table of partitions: searched, filtered, sorted by any column, each partition with a link to its page. */
export class PartitionTable {
  readonly filters: Filters;
  readonly #body = element('tbody');
  readonly #headings = columns.map(({ title, kind }, index) => this.#heading(title, kind, index));
  /** On a narrow screen, where each partition is a card and there are no titles to click on. */
  readonly #order = element('select', { 'aria-label': 'Sort by' });
  readonly #count = element('span', { class: 'count', role: 'status' });
  readonly #nothing = element('div', { class: 'empty', hidden: '' });
  /** Of the partitions that were drawn so far. */
  readonly #rows = new Map<string, Row>();
  readonly #end = element('div');
  readonly #nearEnd: IntersectionObserver;
  #sorted = columns.findIndex(({ title }) => title === 'Consumed');
  #isAscending = false;
  #partitions: readonly PartitionStatus[] = [];
  #limit = ROWS_PER_STEP;
  #matching = 0;

  /** @param hasFrames whether partitions of several frames may be in it */
  constructor(place: HTMLElement, hasFrames: boolean) {
    this.filters = new Filters(() => this.#changed(), hasFrames);
    this.#order.append(...columns.map(({ title }, index) => element('option', { value: String(index) }, title)));
    this.#order.addEventListener('input', (event) => {
      event.stopPropagation();
      this.#sortBy(Number(this.#order.value));
    });
    this.filters.element.append(element('label', { class: 'order' }, 'Sort by ', this.#order), this.#count);
    const table = element(
      'table',
      { class: `partitions${hasFrames ? '' : ' one-frame'}` },
      element('thead', {}, element('tr', {}, ...this.#headings)),
      this.#body,
    );
    const all = element('button', { type: 'button' }, 'Show all of them');
    all.addEventListener('click', () => this.filters.clear());
    this.#nothing.append('No partition fits what you search for. ', all);
    place.replaceChildren(this.filters.element, table, this.#nothing, this.#end);
    this.#nearEnd = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) this.#drawMore(ROWS_PER_STEP);
      },
      { rootMargin: NEAR },
    );
    this.#nearEnd.observe(this.#end);
    // What is printed is all of it.
    window.addEventListener('beforeprint', () => this.#drawMore(this.#matching));
  }

  show(partitions: readonly PartitionStatus[]): void {
    const present = new Set(partitions.map(({ id }) => id));
    for (const id of this.#rows.keys()) if (!present.has(id)) this.#rows.delete(id);
    this.#partitions = partitions;
    this.filters.offer(partitions);
    this.#arrange();
  }

  destroy(): void {
    this.#nearEnd.disconnect();
  }

  #changed(): void {
    this.#limit = ROWS_PER_STEP;
    this.#arrange();
  }

  #drawMore(rows: number): void {
    if (this.#limit >= this.#matching) return;
    this.#limit += rows;
    this.#arrange();
    // Checked again: on a tall screen the end may still be near.
    this.#nearEnd.unobserve(this.#end);
    this.#nearEnd.observe(this.#end);
  }

  #heading(title: string, kind: string, index: number): HTMLTableCellElement {
    const button = element('button', { type: 'button' }, title);
    button.addEventListener('click', () => this.#sortBy(index));
    return element('th', { scope: 'col', class: kind, 'data-column': title }, button);
  }

  #sortBy(index: number): void {
    // Words begin at A, numbers with the greatest; a second click turns that round.
    this.#isAscending = index === this.#sorted ? !this.#isAscending : columns[index]?.kind === 'text';
    this.#sorted = index;
    this.#changed();
  }

  #drawn(partition: PartitionStatus): HTMLTableRowElement {
    const row = this.#rows.get(partition.id) ?? this.#addRow(partition.id);
    if (row.partition === partition) return row.line;
    row.partition = partition;
    row.line.classList.toggle('old', partition.isOld === true);
    columns.forEach(({ content }, index) => {
      const cell = row.cells[index];
      if (!cell) return;
      const made = element('td', {}, ...content(partition));
      if (cell.innerHTML !== made.innerHTML) cell.replaceChildren(...made.childNodes);
    });
    return row.line;
  }

  #addRow(id: string): Row {
    const cells = columns.map(({ kind, title }) => element('td', { class: kind, 'data-column': title }));
    const row: Row = { line: element('tr', {}, ...cells), cells, partition: undefined };
    this.#rows.set(id, row);
    return row;
  }

  /** Draws the first of those that are searched for, in order. */
  #arrange(): void {
    this.#headings.forEach((heading, index) => {
      if (index === this.#sorted) heading.setAttribute('aria-sort', this.#isAscending ? 'ascending' : 'descending');
      else heading.removeAttribute('aria-sort');
    });
    this.#order.value = String(this.#sorted);
    const matching = this.#partitions.filter((partition) => this.filters.matches(partition));
    matching.sort((left, right) => this.#compare(left, right));
    this.#matching = matching.length;
    const focused = document.activeElement;
    this.#body.replaceChildren(...matching.slice(0, this.#limit).map((partition) => this.#drawn(partition)));
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.#body.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
    const all = this.#partitions.length;
    this.#nothing.hidden = matching.length > 0 || all === 0;
    this.#count.textContent =
      matching.length === all ? counted(all, 'partition') : `${count(matching.length)} of ${counted(all, 'partition')}`;
  }

  #compare(left: PartitionStatus, right: PartitionStatus): number {
    const { sortBy } = columns[this.#sorted] ?? { sortBy: () => undefined };
    const one = sortBy(left);
    const other = sortBy(right);
    if (one === other) return left.name.localeCompare(right.name);
    // What is not known comes last, whichever way the rest is sorted.
    if (one === undefined) return 1;
    if (other === undefined) return -1;
    const order = typeof one === 'string' ? one.localeCompare(String(other)) : one - Number(other);
    return this.#isAscending ? order : -order;
  }
}
