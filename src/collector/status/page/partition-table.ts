import type { PartitionStatus } from '../status-model.ts';
import { bar, element } from './elements.ts';
import { bytes, decimal, percent, perSecond, words } from './format.ts';

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
  number('Network', ({ network }) => network, perSecond),
  number('Disk', ({ disk }) => disk, perSecond),
];
const BAR_AFTER = 'Of entitlement';

/** Cells of one partition, kept from one report to the next: only what has changed is written. */
interface Row {
  readonly line: HTMLTableRowElement;
  readonly cells: readonly HTMLElement[];
  readonly barCell: HTMLElement;
  partition: PartitionStatus;
}

/** The table of partitions: searched, sorted by any column, each partition to be opened. */
export class PartitionTable {
  readonly #body = element('tbody');
  readonly #headings: readonly HTMLTableCellElement[];
  readonly #rows = new Map<string, Row>();
  readonly #onOpen: (id: string) => void;
  readonly #onCount: (shown: number, all: number) => void;
  #sorted = columns.findIndex(({ title }) => title === 'Consumed');
  #isAscending = false;
  #search = '';

  constructor(table: HTMLElement, onOpen: (id: string) => void, onCount: (shown: number, all: number) => void) {
    this.#onOpen = onOpen;
    this.#onCount = onCount;
    this.#headings = columns.map((column, index) => this.#heading(column, index));
    const [before, after] = [this.#headings.slice(0, barIndex()), this.#headings.slice(barIndex())];
    const barHeading = element('th', { scope: 'col' }, element('span', { class: 'muted' }, ''));
    table.append(element('thead', {}, element('tr', {}, ...before, barHeading, ...after)), this.#body);
  }

  show(partitions: readonly PartitionStatus[]): void {
    const present = new Set(partitions.map(({ id }) => id));
    for (const [id, { line }] of this.#rows) {
      if (present.has(id)) continue;
      line.remove();
      this.#rows.delete(id);
    }
    for (const partition of partitions) this.#update(partition);
    this.#arrange();
  }

  search(text: string): void {
    this.#search = text.trim().toLowerCase();
    this.#arrange();
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
    this.#arrange();
  }

  #update(partition: PartitionStatus): void {
    const row = this.#rows.get(partition.id) ?? this.#addRow(partition);
    row.partition = partition;
    columns.forEach(({ text }, index) => {
      const cell = row.cells[index];
      const now = text(partition);
      if (cell && cell.textContent !== now) cell.textContent = now;
    });
    row.barCell.replaceChildren(bar(partition.consumedUtilization));
  }

  #addRow(partition: PartitionStatus): Row {
    const open = element('button', { type: 'button' });
    open.addEventListener('click', () => this.#onOpen(partition.id));
    const others = columns.slice(1).map(({ isNumber }) => element('td', { class: isNumber ? 'number' : '' }));
    const barCell = element('td');
    const tableCells = [element('td', {}, open), ...others];
    const line = element('tr', {}, ...tableCells.slice(0, barIndex()), barCell, ...tableCells.slice(barIndex()));
    const row = { line, cells: [open, ...others], barCell, partition };
    this.#rows.set(partition.id, row);
    return row;
  }

  /** Puts the rows that are searched for in order; the browser keeps what already stands right. */
  #arrange(): void {
    this.#headings.forEach((heading, index) => {
      if (index === this.#sorted) heading.setAttribute('aria-sort', this.#isAscending ? 'ascending' : 'descending');
      else heading.removeAttribute('aria-sort');
    });
    const shown = [...this.#rows.values()].filter(({ partition }) => matches(partition, this.#search));
    shown.sort((left, right) => this.#compare(left.partition, right.partition));
    const focused = document.activeElement;
    this.#body.replaceChildren(...shown.map(({ line }) => line));
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.#body.contains(focused)) {
      focused.focus({ preventScroll: true });
    }
    this.#onCount(shown.length, this.#rows.size);
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
