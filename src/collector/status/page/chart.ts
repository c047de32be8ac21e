import { collectorNow, element } from './elements.ts';
import { clockTime } from './format.ts';
import uPlot from './uplot.js';

export interface Curve {
  readonly label: string;
  /** Of the colours of `page.css`. */
  readonly colour: 'entitlement' | 'consumed' | 'busy' | 'available' | 'memory' | 'used' | 'watts' | 'in' | 'out';
  readonly isDashed?: boolean;
  readonly values: readonly (number | null)[];
}

export interface ChartOptions {
  readonly title: string;
  readonly format: (value: number | null) => string;
  /** Ticks at powers of two, for bytes. */
  readonly isBinary?: boolean;
  readonly height?: number;
}

const SHOWN_SECONDS = 1800;
const TIME_STEPS = [300, 600, 900, 1800];
const GRID = 'rgba(128,128,128,0.22)';
const BINARY_STEPS = Array.from({ length: 60 }, (_step, power) => 2 ** power);

/** Charts that are shown, to be drawn anew when the colours change. */
const shown = new Set<Chart>();
for (const query of ['(prefers-color-scheme: dark)', 'print']) {
  matchMedia(query).addEventListener('change', () => {
    for (const chart of shown) chart.redraw();
  });
}

/** As wide as the longest tick: `512 GiB/s`. */
const ySize = (_plot: uPlot, ticks: string[] | null) =>
  12 + 6.5 * Math.max(4, ...(ticks ?? []).map(({ length }) => length));

/** `10.00` is `10` beside an axis. */
function shortened(text: string): string {
  return text.replace(/\.0+(?= |$)/, '');
}

/** Half an hour of some values, with the newest ones, or those under the pointer, in words beside it. */
export class Chart {
  readonly element: HTMLElement;
  readonly #options: ChartOptions;
  readonly #place = element('div', { class: 'plot' });
  readonly #legend = element('ul', { class: 'legend' });
  readonly #when = element('span', { class: 'muted' });
  readonly #resized = new ResizeObserver(() => this.#fit());
  #times: readonly number[] = [];
  #curves: readonly Curve[] = [];
  #swatches: readonly HTMLElement[] = [];
  #texts: readonly HTMLElement[] = [];
  #plot: uPlot | undefined;

  constructor(options: ChartOptions) {
    this.#options = options;
    const caption = element('figcaption', {}, options.title, ' ', this.#when);
    this.element = element('figure', { class: 'chart' }, caption, this.#legend, this.#place);
    this.#resized.observe(this.#place);
    shown.add(this);
  }

  update(times: readonly number[], curves: readonly Curve[]): void {
    const isSame =
      curves.length === this.#curves.length && curves.every(({ label }, index) => label === this.#curves[index]?.label);
    this.#times = times;
    this.#curves = curves;
    if (!isSame) this.#begin();
    if (times.length < 2) {
      this.#showEmpty();
      return;
    }
    if (this.#plot) this.#plot.setData(this.#data());
    else this.#draw();
    this.#showValues(undefined);
  }

  redraw(): void {
    this.#plot?.redraw();
  }

  destroy(): void {
    shown.delete(this);
    this.#resized.disconnect();
    this.#plot?.destroy();
    this.#plot = undefined;
  }

  /** Legend of its own: uPlot's is a table that takes more room than the curves. */
  #begin(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#swatches = this.#curves.map(({ colour, isDashed }) =>
      element('span', { class: `swatch ${colour}${isDashed ? ' dashed' : ''}`, 'aria-hidden': 'true' }),
    );
    this.#texts = this.#curves.map(() => element('b', {}));
    this.#legend.replaceChildren(
      ...this.#curves.map(({ label }, index) =>
        element('li', {}, this.#swatches[index] ?? '', `${label} `, this.#texts[index] ?? ''),
      ),
    );
  }

  #showEmpty(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#place.replaceChildren(
      element('p', { class: 'muted' }, 'The curve begins with the second sample, half a minute after the first.'),
    );
    this.#showValues(undefined);
  }

  #data(): uPlot.AlignedData {
    return [this.#times.map((time) => time / 1000), ...this.#curves.map(({ values }) => [...values])];
  }

  #draw(): void {
    this.#place.replaceChildren();
    this.#plot = new uPlot(this.#plotOptions(), this.#data(), this.#place);
    this.#plot.root.setAttribute('role', 'img');
  }

  #plotOptions(): uPlot.Options {
    const { format, isBinary = false, height = 130 } = this.#options;
    const text = () => getComputedStyle(this.#when).color;
    const line = { stroke: GRID, width: 1 };
    const axis = { stroke: text, grid: line, ticks: { show: false }, font: '11px system-ui, sans-serif' };
    return {
      width: this.#width,
      height,
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
      scales: {
        x: {
          range: () => [
            collectorNow() / 1000 - SHOWN_SECONDS,
            Math.max(collectorNow(), this.#times.at(-1) ?? 0) / 1000,
          ],
        },
        y: { range: (_plot, _low, high) => [0, high > 0 ? high * 1.12 : 1] },
      },
      axes: [
        {
          ...axis,
          size: 22,
          gap: 4,
          incrs: TIME_STEPS,
          space: 42,
          values: (_plot, ticks) => ticks.map((tick) => clockTime(tick * 1000)),
        },
        {
          ...axis,
          size: ySize,
          gap: 4,
          space: 26,
          ...(isBinary ? { incrs: BINARY_STEPS } : {}),
          values: (_plot, ticks) => ticks.map((tick) => shortened(format(tick))),
        },
      ],
      series: [{}, ...this.#curves.map((curve, index) => this.#seriesOf(curve, index))],
      hooks: { setCursor: [({ cursor }) => this.#showValues(cursor.idx ?? undefined)] },
    };
  }

  #seriesOf({ isDashed }: Curve, index: number): uPlot.Series {
    const swatch = this.#swatches[index];
    return {
      stroke: () => (swatch ? getComputedStyle(swatch).color : 'grey'),
      width: 1.75,
      ...(isDashed ? { dash: [5, 4] } : {}),
      // A gap stays a gap; a value that stands alone is a dot.
      spanGaps: false,
      points: { show: false },
    };
  }

  /** @param index of the instant under the pointer; undefined: the newest */
  #showValues(index: number | undefined): void {
    const at = index ?? this.#times.length - 1;
    this.#texts.forEach((text, curve) => {
      text.textContent = this.#options.format(this.#curves[curve]?.values[at] ?? null);
    });
    const time = index === undefined ? undefined : this.#times[index];
    this.#when.textContent = time === undefined ? '' : `at ${clockTime(time)}`;
    if (index === undefined) this.#plot?.root.setAttribute('aria-label', this.#inWords());
  }

  #inWords(): string {
    const values = this.#curves.map(({ label }, curve) => `${label} ${this.#texts[curve]?.textContent ?? ''}`);
    return `${this.#options.title} of the last half hour; now ${values.join(', ')}`;
  }

  get #width(): number {
    return Math.max(160, Math.floor(this.#place.clientWidth));
  }

  #fit(): void {
    const { height = 130 } = this.#options;
    if (this.#plot && this.#place.clientWidth > 0 && this.#plot.width !== this.#width) {
      this.#plot.setSize({ width: this.#width, height });
    }
  }
}
