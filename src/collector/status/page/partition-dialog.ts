import type { AdapterStatus, HistoryValue, PartitionHistory } from '../status-model.ts';
import { element } from './elements.ts';
import { decimal, perSecond, words } from './format.ts';
import uPlot from './uplot.js';

interface Chart {
  readonly title: string;
  readonly values: readonly HistoryValue[];
  readonly format: (value: number | null) => string;
}

const charts: readonly Chart[] = [
  { title: 'Processors', values: ['entitlement', 'consumed', 'busy'], format: decimal },
  { title: 'Network', values: ['network'], format: perSecond },
  { title: 'Disk', values: ['disk'], format: perSecond },
];

const valueNames: Readonly<Record<HistoryValue, string>> = {
  entitlement: 'entitled',
  consumed: 'consumed',
  busy: 'busy',
  network: 'both directions',
  disk: 'reads and writes',
};

const colours: Readonly<Record<HistoryValue, string>> = {
  entitlement: '#8a8f98',
  consumed: '#2f7de1',
  busy: '#d9730d',
  network: '#2f9e63',
  disk: '#8e5bd0',
};

const CHART_HEIGHT = 150;

/** One partition in full, in a dialog: what it is, the last half hour, and which adapter serves it. */
export class PartitionDialog {
  readonly #dialog: HTMLDialogElement;
  #id: string | undefined;
  #plots: readonly uPlot[] = [];

  constructor(dialog: HTMLDialogElement) {
    this.#dialog = dialog;
    dialog.addEventListener('close', () => {
      this.#id = undefined;
      this.#forgetPlots();
      history.replaceState(null, '', location.pathname);
    });
  }

  async open(id: string): Promise<void> {
    this.#id = id;
    await this.refresh();
    if (this.#id === id && !this.#dialog.open) this.#dialog.showModal();
    history.replaceState(null, '', `#${id}`);
  }

  /** Shows the newest values, when the dialog is open. */
  async refresh(): Promise<void> {
    const id = this.#id;
    if (id === undefined) return;
    const answer = await fetch(`partition.json?id=${encodeURIComponent(id)}`);
    if (id !== this.#id) return;
    if (answer.ok) this.#show((await answer.json()) as PartitionHistory);
    else this.#dialog.replaceChildren(...this.#head('Gone'), element('p', {}, 'No newest sample has this partition.'));
  }

  #show(partition: PartitionHistory): void {
    this.#forgetPlots();
    const frames = charts.map(({ title }) => element('figure', {}, element('figcaption', {}, title)));
    this.#dialog.replaceChildren(
      ...this.#head(partition.partition.name),
      element(
        'dl',
        {},
        ...partition.facts.flatMap(({ label, text }) => [element('dt', {}, label), element('dd', {}, text)]),
      ),
      element('div', { class: 'charts' }, ...frames),
      element('h3', {}, 'Adapters'),
      adapterTable(partition.adapters),
    );
    this.#plots = charts.map((chart, index) => plot(chart, partition, frames[index] ?? this.#dialog));
  }

  #head(title: string): readonly Node[] {
    const close = element('button', { type: 'button' }, 'Close');
    close.addEventListener('click', () => this.#dialog.close());
    return [element('div', { class: 'head' }, element('h2', { id: 'partition-title' }, title), close)];
  }

  #forgetPlots(): void {
    for (const old of this.#plots) old.destroy();
    this.#plots = [];
  }
}

function plot({ title, values, format }: Chart, { times, series }: PartitionHistory, place: HTMLElement): uPlot {
  const text = getComputedStyle(document.body).color;
  const axis = {
    stroke: text,
    grid: { stroke: 'rgba(128,128,128,0.25)' },
    ticks: { stroke: 'rgba(128,128,128,0.25)' },
  };
  return new uPlot(
    {
      width: Math.max(280, place.clientWidth || 300),
      height: CHART_HEIGHT,
      title: '',
      cursor: { drag: { x: false, y: false } },
      scales: { y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.1 : 1] } },
      axes: [
        { ...axis, values: (_plot, ticks) => ticks.map(clockTime) },
        { ...axis, size: 84, values: (_plot, ticks) => ticks.map(format) },
      ],
      series: [
        { label: 'time', value: (_plot: uPlot, value: number | null) => (value === null ? '' : clockTime(value)) },
        ...values.map((name) => ({
          label: valueNames[name],
          stroke: colours[name],
          width: 1.5,
          // A gap stays a gap.
          spanGaps: false,
          value: (_plot: uPlot, value: number | null) => format(value),
        })),
      ],
    },
    [times.map((time) => time / 1000), ...values.map((name) => [...series[name]])],
    (plotted, ready) => {
      plotted.root.setAttribute('role', 'img');
      plotted.root.setAttribute('aria-label', `${title} of the last half hour`);
      place.append(plotted.root);
      ready();
    },
  );
}

/** In the reader's own time zone. */
function clockTime(seconds: number): string {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', hour12: false });
}

function adapterTable(adapters: readonly AdapterStatus[]): Node {
  if (adapters.length === 0) return element('p', { class: 'muted' }, 'None that PCM tells of.');
  const headings = ['Adapter', 'Kind', 'Served by', 'In or read', 'Out or written'];
  return element(
    'div',
    { class: 'scroll' },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...headings.map((heading) => element('th', { scope: 'col' }, heading)))),
      element(
        'tbody',
        {},
        ...adapters.map(({ name, kind, servedBy, incoming, outgoing }) =>
          element(
            'tr',
            {},
            ...[name, kind, words(servedBy), perSecond(incoming), perSecond(outgoing)].map((cell) =>
              element('td', {}, cell),
            ),
          ),
        ),
      ),
    ),
  );
}
