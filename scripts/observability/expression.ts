import { listMetrics, type MetricInformation } from '../../src/metrics/index.ts';
import { prometheusName as nameOnPage } from '../../src/prometheus/metric-name.ts';

const catalog = new Map<string, MetricInformation>(listMetrics().map((metric) => [metric.name, metric]));

/** Of every series: of the scrape, and of the receiver's `attributes: { site: … }` where a site has set it. */
const SITE = ['job', 'site'];

/** Labels of the entity that a metric belongs to; `src/prometheus/labels.ts` puts them on every series. */
const entityLabels = {
  system: ['powervm_system_id', 'powervm_system_name'],
  lpar: [
    'powervm_system_id',
    'powervm_system_name',
    'powervm_lpar_id',
    'powervm_lpar_name',
    'powervm_lpar_number',
    'powervm_lpar_type',
  ],
  vios: ['powervm_system_id', 'powervm_system_name', 'powervm_lpar_id', 'powervm_lpar_name'],
  ssp: ['powervm_ssp_id', 'powervm_ssp_name'],
  receiver: [],
} as const;

/**
 * An expression of PromQL that knows what it is made of: metrics of the catalog, with the labels and the unit that they
 * have. A metric, label or unit that does not fit is an error when the files are generated, not an empty panel.
 */
export class Expression {
  /** With the names of the catalog, see {@link in}. */
  readonly text: string;
  /** UCUM, as in the catalog. */
  readonly unit: string;
  readonly #labels: readonly string[];
  readonly #kind: MetricInformation['kind'] | 'derived';

  constructor(text: string, unit: string, labels: readonly string[], kind: MetricInformation['kind'] | 'derived') {
    this.text = text;
    this.unit = unit;
    this.#labels = labels;
    this.#kind = kind;
  }

  /** As Prometheus reads it, with the names that metrics have on one of the ways to it. */
  in(naming: Naming): string {
    return this.text.replaceAll(/«([^»]+)»/g, (_match, name: string) => nameIn[naming](informationOf(name)));
  }

  /** Growth per second of a counter. Processor seconds per second are processors. */
  rate(window = '$__rate_interval'): Expression {
    if (this.#kind !== 'counter') throw new Error(`${this.text} is no counter: it has no rate`);
    const unit = this.unit === 's' ? '{cpu}' : `${this.unit}/s`;
    return this.#derived(`rate(${this.text}[${window}])`, unit);
  }

  /** How much a counter has grown over a window. */
  increase(window: string): Expression {
    if (this.#kind !== 'counter') throw new Error(`${this.text} is no counter: it has no increase`);
    return this.#derived(`increase(${this.text}[${window}])`, this.unit);
  }

  /** Series of a counter that have grown over a window, or appeared in it: the first count of all is growth too. */
  grown(window: string): Expression {
    const grown = this.increase(window).where('> 0');
    return this.#derived(`${grown.text} or (${this.text} unless ${this.text} offset ${window})`, this.unit);
  }

  /** Series that were there so long ago and are not any more. */
  gone(window: string): Expression {
    return this.#derived(`${this.text} offset ${window} unless ${this.text}`, this.unit);
  }

  /** Over the time before each point. */
  quantile(share: number, window: string): Expression {
    if (this.#kind === 'counter') throw new Error(`${this.text} is a counter: take its rate first`);
    return this.#derived(`quantile_over_time(${share}, ${this.text}[${window}])`, this.unit);
  }

  sum(...by: readonly string[]): Expression {
    return this.#aggregated('sum', by);
  }

  max(...by: readonly string[]): Expression {
    return this.#aggregated('max', by);
  }

  top(count: number): Expression {
    return this.#derived(`topk(${count}, ${this.text})`, this.unit);
  }

  plus(other: Expression): Expression {
    return this.#combined('+', other, this.#same(other));
  }

  minus(other: Expression): Expression {
    return this.#combined('-', other, this.#same(other));
  }

  /** A ratio. */
  dividedBy(other: Expression): Expression {
    this.#same(other);
    return this.#combined('/', other, '1');
  }

  /** So much of it for each of the other, in `unit`. */
  per(other: Expression, unit: string): Expression {
    return this.#combined('/', other, unit);
  }

  /** Only the series whose value is so: `> 0`. */
  where(comparison: string): Expression {
    return this.#derived(`(${this.text} ${comparison})`, this.unit);
  }

  /** Only the series that are greater than the one of the same labels in the other. */
  above(other: Expression): Expression {
    return this.#derived(`(${this.text} > ${other.text})`, this.#same(other));
  }

  or(other: Expression): Expression {
    return this.#derived(`${this.text} or ${other.text}`, this.#same(other));
  }

  /** Without the series that the other has as well. */
  unless(other: Expression, ...on: readonly string[]): Expression {
    return this.#derived(`${this.text} unless on (${on.join(', ')}) ${other.text}`, this.unit);
  }

  /** Only the series that the other has as well. */
  and(other: Expression, ...on: readonly string[]): Expression {
    return this.#derived(`(${this.text} and on (${on.join(', ')}) ${other.text})`, this.unit);
  }

  /** As it was so long ago. */
  ago(offset: string): Expression {
    return this.#derived(
      this.text.replaceAll(/(«[^»]+»(?:\{[^}]*\})?(?:\[[^\]]+\])?)/g, `$1 offset ${offset}`),
      this.unit,
    );
  }

  /** With the name of the frame beside its id; of a frame that has none at present, the id in its place. */
  withSystemName(): Expression {
    const id = 'powervm_system_id';
    const name = 'powervm_system_name';
    if (!this.#labels.includes(id)) throw new Error(`${this.text} has no label ${id}`);
    const names = `group by (${id}, ${name}) (${metric('powervm.system.cpu.installed', { [name]: '!=""' }).text})`;
    const unnamed = `label_replace(${this.text}, "${name}", "$1", "${id}", "(.*)")`;
    const text = `${this.text} * on (${id}) group_left (${name}) ${names} or on (${id}) ${unnamed}`;
    return new Expression(text, this.unit, [...this.#labels, name], 'derived');
  }

  times(factor: number, unit: string): Expression {
    return this.#derived(`${this.text} * ${factor}`, unit);
  }

  /** 0 where nothing was counted yet: only for counts, which begin at nothing. */
  orZero(): Expression {
    if (this.#labels.length > 0) throw new Error(`${this.text}: a zero has no labels`);
    return this.#derived(`(${this.text} or vector(0))`, this.unit);
  }

  #aggregated(operator: string, by: readonly string[]): Expression {
    for (const label of by) {
      if (!this.#labels.includes(label))
        throw new Error(`${this.text} has no label ${label} (${this.#labels.join(', ')})`);
    }
    const group = by.length === 0 ? '' : ` by (${by.join(', ')})`;
    return new Expression(`${operator}${group} (${this.text})`, this.unit, by, 'derived');
  }

  #combined(operator: string, other: Expression, unit: string): Expression {
    return this.#derived(`(${this.text}) ${operator} (${other.text})`, unit);
  }

  #derived(text: string, unit: string): Expression {
    return new Expression(text, unit, this.#labels, 'derived');
  }

  #same(other: Expression): string {
    if (other.unit !== this.unit)
      throw new Error(`${this.text} has unit ${this.unit}, ${other.text} has ${other.unit}`);
    return this.unit;
  }
}

/** The series of a metric, of the frames that the dashboard has chosen where the metric belongs to one. */
export function metric(name: string, matchers: Readonly<Record<string, string>> = {}): Expression {
  const frame = isOfFrame(name) ? { powervm_system_name: '=~"$system"' } : {};
  return series(name, { job: '=~"$job"', site: '=~"$site"', ...frame, ...quoted(matchers) });
}

/** The series of a metric on all frames, for rules, which have no variables. */
export function everywhere(name: string, matchers: Readonly<Record<string, string>> = {}): Expression {
  return series(name, quoted(matchers));
}

function series(name: string, matchers: Readonly<Record<string, string>>): Expression {
  const information = informationOf(name);
  const labels = [...SITE, ...entityLabels[information.entity], ...information.attributes.map(prometheusLabel)];
  for (const label of Object.keys(matchers)) {
    if (!labels.includes(label)) throw new Error(`${name} has no label ${label} (${labels.join(', ')})`);
  }
  const selector = Object.entries(matchers).map(([label, matcher]) => `${label}${matcher}`);
  const text = `«${name}»${selector.length === 0 ? '' : `{${selector.join(',')}}`}`;
  return new Expression(text, information.unit, labels, information.kind);
}

function quoted(matchers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(matchers).map(([label, value]) => [label, /^(?:=~|!=|=|!~)/.test(value) ? value : `="${value}"`]),
  );
}

function isOfFrame(name: string): boolean {
  return ['system', 'lpar', 'vios'].includes(informationOf(name).entity);
}

function informationOf(name: string): MetricInformation {
  const information = catalog.get(name);
  if (!information) throw new Error(`there is no metric ${name} in the catalog`);
  if (!information.default) throw new Error(`${name} is off by default: a panel would be empty`);
  return information;
}

/** `page`: the `prometheus` and `prometheus_remote_write` exporters. `otlp`: as Prometheus itself translates OTLP. */
export type Naming = 'page' | 'otlp';

const nameIn: Readonly<Record<Naming, (metric: MetricInformation) => string>> = {
  page: ({ name, kind }) => nameOnPage(name, kind === 'counter'),
  otlp: translatedName,
};

/** Units as Prometheus writes them into names. */
const unitWords: Readonly<Record<string, string>> = { s: 'seconds', By: 'bytes', W: 'watts', Cel: 'celsius' };

/** The standard translation: the unit behind the name, unless it is there already, `_ratio` for gauges without one. */
function translatedName({ name, unit, kind }: MetricInformation): string {
  const words = prometheusLabel(name).split('_');
  const add = (word: string | undefined) => {
    if (word !== undefined && !words.includes(word)) words.push(word);
  };
  const [amount = '', per] = unit.startsWith('{') ? [] : unit.split('/');
  if (amount !== '1') add(unitWords[amount] ?? (amount || undefined));
  if (per !== undefined) words.push('per', per === 's' ? 'second' : per);
  if (kind === 'counter') return [...words.filter((word) => word !== 'total'), 'total'].join('_');
  return [...words, ...(unit === '1' && kind === 'gauge' && !words.includes('ratio') ? ['ratio'] : [])].join('_');
}

function prometheusLabel(name: string): string {
  return name.replaceAll(/[^a-z0-9_]/gi, '_').replaceAll(/_{2,}/g, '_');
}
