import type { PartitionStatus } from '../../status-model.ts';
import { element } from '../elements.ts';
import { stateName, typeName } from '../format.ts';

/** What a reader wants to see of the partitions. */
interface Filter {
  readonly words: readonly string[];
  readonly frame: string;
  readonly type: string;
  readonly state: string;
  readonly isOver: boolean;
  readonly hasNoSample: boolean;
}

/** The search field and the filters above the table. The address of the page keeps them, so that it can be handed on. */
export class Filters {
  readonly element: HTMLElement;
  readonly #onChange: () => void;
  readonly #search = element('input', {
    type: 'search',
    id: 'search',
    placeholder: 'several words: frame-02 vios',
    autocomplete: 'off',
    spellcheck: 'false',
  });
  readonly #frame = element('select');
  readonly #type = element('select');
  readonly #state = element('select');
  readonly #over = element('input', { type: 'checkbox' });
  readonly #noSample = element('input', { type: 'checkbox' });

  constructor(onChange: () => void, hasFrames: boolean) {
    this.#onChange = onChange;
    this.element = element(
      'form',
      { class: 'tools' },
      element('label', { class: 'search' }, 'Search ', this.#search),
      ...(hasFrames ? [element('label', {}, 'Frame ', this.#frame)] : []),
      element('label', {}, 'Type ', this.#type),
      element('label', {}, 'State ', this.#state),
      element('label', { class: 'check' }, this.#over, ' over entitlement'),
      element('label', { class: 'check' }, this.#noSample, ' no sample'),
    );
    this.element.addEventListener('input', () => this.#changed());
    this.element.addEventListener('submit', (event) => event.preventDefault());
  }

  /** Offers what there is to choose from; what was chosen stays. */
  offer(partitions: readonly PartitionStatus[]): void {
    offerIn(
      this.#frame,
      'all frames',
      partitions.map(({ frame }) => frame),
    );
    offerIn(
      this.#type,
      'all types',
      partitions.map(({ type }) => typeName(type)),
    );
    offerIn(
      this.#state,
      'all states',
      partitions.map(({ state }) => stateName(state)),
    );
  }

  /** Takes what the address of the page says. */
  read(): void {
    const asked = new URLSearchParams(location.search);
    this.#search.value = asked.get('q') ?? '';
    for (const [name, select] of Object.entries(this.#selects)) choose(select, asked.get(name) ?? '');
    this.#over.checked = asked.has('over');
    this.#noSample.checked = asked.has('none');
  }

  clear(): void {
    this.#search.value = '';
    for (const select of Object.values(this.#selects)) select.value = '';
    this.#over.checked = false;
    this.#noSample.checked = false;
    this.#changed();
  }

  matches(partition: PartitionStatus): boolean {
    return matches(partition, {
      words: this.#search.value.toLowerCase().split(/\s+/).filter(Boolean),
      frame: this.#frame.value,
      type: this.#type.value,
      state: this.#state.value,
      isOver: this.#over.checked,
      hasNoSample: this.#noSample.checked,
    });
  }

  get #selects() {
    return { frame: this.#frame, type: this.#type, state: this.#state };
  }

  #changed(): void {
    const asked = new URLSearchParams();
    if (this.#search.value.trim() !== '') asked.set('q', this.#search.value.trim());
    for (const [name, { value }] of Object.entries(this.#selects)) if (value !== '') asked.set(name, value);
    if (this.#over.checked) asked.set('over', '');
    if (this.#noSample.checked) asked.set('none', '');
    const query = asked.toString();
    history.replaceState(null, '', location.pathname + (query === '' ? '' : `?${query}`));
    this.#onChange();
  }
}

function matches(partition: PartitionStatus, { words, frame, type, state, isOver, hasNoSample }: Filter): boolean {
  const { id, name, consumedUtilization = 0 } = partition;
  const fields = [id, name, partition.frame, typeName(partition.type), partition.type, stateName(partition.state)].map(
    (field) => field.toLowerCase(),
  );
  return (
    words.every((word) => fields.some((field) => field.includes(word))) &&
    (frame === '' || partition.frame === frame) &&
    (type === '' || typeName(partition.type) === type) &&
    (state === '' || stateName(partition.state) === state) &&
    (!isOver || consumedUtilization > 1) &&
    (!hasNoSample || hasNone(partition))
  );
}

/** Of a partition that is off nothing is expected. */
function hasNone({ isOld, state, consumed }: PartitionStatus): boolean {
  return isOld === true || (stateName(state) === 'running' && consumed === undefined);
}

function offerIn(select: HTMLSelectElement, all: string, values: readonly string[]): void {
  const { value } = select;
  const distinct = [...new Set(values)].sort((left, right) => left.localeCompare(right, 'en', { numeric: true }));
  // What is chosen and gone is offered still, or a reload would show something else than what was asked for.
  if (value !== '' && !distinct.includes(value)) distinct.push(value);
  const offered = ['', ...distinct];
  if (offered.length === select.options.length && offered.every((one, at) => select.options[at]?.value === one)) return;
  select.replaceChildren(...offered.map((one) => element('option', { value: one }, one === '' ? all : one)));
  select.value = value;
}

function choose(select: HTMLSelectElement, value: string): void {
  if (![...select.options].some((option) => option.value === value)) {
    select.append(element('option', { value }, value));
  }
  select.value = value;
}
