import type { PartitionStatus } from '../status-model.ts';
import { bar, element } from './elements.ts';
import { bytes, decimal, percent, perSecond, without, words } from './format.ts';

interface Column {
  readonly title: string;
  readonly isNumber: boolean;
  readonly sortBy: (partition: PartitionStatus) => string | number | undefined;
  readonly text: (partition: PartitionStatus) => string;
}

const columns: readonly Column[] = [
  text('Partition', ({ name }) => name),
  text('Frame', ({ frame }) => frame),
  text('Type', ({ type }) => type),
  text('State', ({ state }) => state),
  number('Entitled', ({ entitlement }) => entitlement, decimal),
  number('Consumed', ({ consumed }) => consumed, decimal),
  number('Busy', ({ busy }) => busy, decimal),
  number('Of entitlement', ({ consumedUtilization }) => consumedUtilization, percent),
  number('Memory', ({ memory }) => memory, bytes),
  number('Used', ({ memoryUsed }) => memoryUsed, bytes),
  {
    ...number('Network', ({ network }) => network, perSecond),
    text: ({ network, networkWithout }) => perSecond(network) + without(networkWithout),
  },
  {
    ...number('Disk', ({ disk }) => disk, perSecond),
    text: ({ disk, diskWithout }) => perSecond(disk) + without(diskWithout),
  },
];
const BAR_AFTER = 'Of entitlement';
/** Rows that are drawn at first, and more whenever the end of them comes near: thousands at once take seconds. */
const ROWS_AT_ONCE = 150;
const NEAR = '1000px';

/** Cells of one partition, kept from one report to the next: only what has changed is written. */
interface Row {
  readonly line: HTMLTableRowElement;
  readonly cells: readonly HTMLElement[];
  readonly barCell: HTMLElement;
}

/** The table of partitions: searched, sorted by any column, each partition to be opened. */
export class PartitionTable {
  readonly #body = element('tbody');
  readonly #headings: readonly HTMLTableCellElement[];
  /** Of the partitions that were drawn so far. */
  readonly #rows = new Map<string, Row>();
  readonly #end = element('div');
  readonly #nearEnd: IntersectionObserver;
  readonly #onOpen: (id: string) => void;
  readonly #onCount: (shown: number, all: number) => void;
  #sorted = columns.findIndex(({ title }) => title === 'Consumed');
  #isAscending = false;
  #search = '';
  #partitions: readonly PartitionStatus[] = [];
  #limit = ROWS_AT_ONCE;
  #matching = 0;

  constructor(table: HTMLElement, onOpen: (id: string) => void, onCount: (shown: number, all: number) => void) {
    this.#onOpen = onOpen;
    this.#onCount = onCount;
    this.#headings = columns.map((column, index) => this.#heading(column, index));
    const [before, after] = [this.#headings.slice(0, barIndex()), this.#headings.slice(barIndex())];
    const barHeading = element('th', { scope: 'col' }, element('span', { class: 'muted' }, ''));
    table.append(element('thead', {}, element('tr', {}, ...before, barHeading, ...after)), this.#body);
    table.after(this.#end);
    this.#nearEnd = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) this.#drawMore(ROWS_AT_ONCE);
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
    this.#arrange();
  }

  search(text: string): void {
    this.#search = text.trim().toLowerCase();
    this.#limit = ROWS_AT_ONCE;
    this.#arrange();
  }

  #drawMore(rows: number): void {
    if (this.#limit >= this.#matching) return;
    this.#limit += rows;
    this.#arrange();
    // Looked at anew: on a tall screen the end may still be near.
    this.#nearEnd.unobserve(this.#end);
    this.#nearEnd.observe(this.#end);
  }

  #heading({ title, isNumber }: Column, index: number): HTMLTableCellElement {
    const button = element('button', { type: 'button' }, title);
    button.addEventListener('click', () => this.#sortBy(index));
    return element('th', { scope: 'col', class: isNumber ? 'number' : '' }, button);
  }

  #sortBy(index: number): void {
    // Words begin at A, numbers with the greatest; a second click turns that round.
    this.#isAscending = index === this.#sorted ? !this.#isAscending : !columns[index]?.isNumber;
    this.#sorted = index;
    this.#limit = ROWS_AT_ONCE;
    this.#arrange();
  }

  #drawn(partition: PartitionStatus): HTMLTableRowElement {
    const row = this.#rows.get(partition.id) ?? this.#addRow(partition);
    columns.forEach(({ text }, index) => {
      const cell = row.cells[index];
      const now = text(partition);
      if (cell && cell.textContent !== now) cell.textContent = now;
    });
    row.barCell.replaceChildren(bar(partition.consumedUtilization));
    return row.line;
  }

  #addRow({ id }: PartitionStatus): Row {
    const open = element('button', { type: 'button' });
    open.addEventListener('click', () => this.#onOpen(id));
    const others = columns.slice(1).map(({ isNumber }) => element('td', { class: isNumber ? 'number' : '' }));
    const barCell = element('td');
    const tableCells = [element('td', {}, open), ...others];
    const line = element('tr', {}, ...tableCells.slice(0, barIndex()), barCell, ...tableCells.slice(barIndex()));
    const row = { line, cells: [open, ...others], barCell };
    this.#rows.set(id, row);
    return row;
  }

  /** Draws the first of those that are searched for, in order. */
  #arrange(): void {
    this.#headings.forEach((heading, index) => {
      if (index === this.#sorted) heading.setAttribute('aria-sort', this.#isAscending ? 'ascending' : 'descending');
      else heading.removeAttribute('aria-sort');
    });
    const matching = this.#partitions.filter((partition) => matches(partition, this.#search));
    matching.sort((left, right) => this.#compare(left, right));
    this.#matching = matching.length;
    const focused = document.activeElement;
    this.#body.replaceChildren(...matching.slice(0, this.#limit).map((partition) => this.#drawn(partition)));
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.#body.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
    this.#onCount(matching.length, this.#partitions.length);
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

function matches({ id, name, frame, type, state }: PartitionStatus, search: string): boolean {
  return search === '' || [id, name, frame, type, state].some((field) => field?.toLowerCase().includes(search));
}

function barIndex(): number {
  return columns.findIndex(({ title }) => title === BAR_AFTER) + 1;
}

function text(title: string, of: (partition: PartitionStatus) => string | undefined): Column {
  return { title, isNumber: false, sortBy: of, text: (partition) => words(of(partition)) };
}

function number(
  title: string,
  of: (partition: PartitionStatus) => number | undefined,
  format: (value: number | undefined) => string,
): Column {
  return { title, isNumber: true, sortBy: of, text: (partition) => format(of(partition)) };
}
