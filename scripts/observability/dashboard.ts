import type { Expression, Naming } from './expression.ts';
import { fieldLook, seriesLinks } from './panel-look.ts';

/** One line of a panel. */
export interface Query {
  readonly expression: Expression;
  /** With `{{label}}`s of the result. */
  readonly legend: string;
}

export interface Panel {
  readonly title: string;
  /** What it tells, and what one should know when reading it. */
  readonly description: string;
  readonly queries: readonly Query[];
  /** A curve over time, its newest value, or a table with a column for each query. Default a curve. */
  readonly form?: 'curve' | 'value' | 'stacked' | 'table';
  /** From where on something is high, and full. Default 0.8 and 0.95 for shares. */
  readonly thresholds?: readonly [number, number];
  /** What single values mean. */
  readonly meanings?: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
  /** Where a series leads to. */
  readonly continuesTo?: readonly ('powervm-frames' | 'powervm-partition' | 'powervm-vios')[];
  /** Columns of the 24 that a row has. Default 12. */
  readonly width?: number;
}

export interface Dashboard {
  /** File name without ending, and Grafana's identity. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
  /** Variables beside the data source: label values to choose from. */
  readonly variables: readonly Variable[];
  readonly panels: readonly Panel[];
}

export interface Variable {
  readonly name: string;
  readonly label: string;
  /** The series whose values of {@link label} are offered. */
  readonly of: Expression;
  readonly values: string;
  /** Whether all of them can be chosen at once, which is how it begins then. Default true. */
  readonly hasAll?: boolean;
}

/** Units of the catalog (UCUM) in Grafana's words. */
const grafanaUnits: Readonly<Record<string, string>> = {
  '1': 'percentunit',
  By: 'bytes',
  'By/s': 'binBps',
  'bit/s': 'bps',
  s: 's',
  W: 'watt',
  Cel: 'celsius',
  '{ratio}': 'none',
  '{console}': 'none',
  '{cpu}': 'suffix: processors',
  '{partition}': 'suffix: partitions',
  '{operation}/s': 'iops',
  '{packet}/s': 'pps',
  '{error}/s': 'suffix: errors/s',
  '{request}/s': 'reqps',
  '{sample}': 'suffix: samples',
  '{sample}/s': 'suffix: samples/s',
  '{document}': 'suffix: documents',
  '{datapoint}/s': 'suffix: points/s',
  '{batch}': 'suffix: batches',
};

const WIDTH = 24;
const HEIGHT = 8;
const DATA_SOURCE = { type: 'prometheus', uid: '${datasource}' };

/** The one unit that all queries of a panel have, in Grafana's words. */
export function panelUnit({ title, queries }: Pick<Panel, 'title' | 'queries'>): string {
  const units = new Set(queries.map(({ expression }) => expression.unit));
  const [unit] = units;
  if (unit === undefined || units.size > 1) throw new Error(`panel ${title}: units ${[...units].join(', ')}`);
  const words = grafanaUnits[unit];
  if (words === undefined) throw new Error(`panel ${title}: no word of Grafana for the unit ${unit}`);
  return words;
}

/** The dashboard as Grafana imports it (schema 39: Grafana 10 and later). */
export function grafanaJson({ id, title, description, variables, panels }: Dashboard, naming: Naming): string {
  const dashboard = {
    uid: uidOf(id, naming),
    title: naming === 'otlp' ? `${title} (OTLP)` : title,
    description,
    tags: [tagOf(naming)],
    links: [
      {
        type: 'dashboards',
        tags: [tagOf(naming)],
        title: 'PowerVM',
        asDropdown: true,
        includeVars: true,
        keepTime: true,
      },
    ],
    // What the pointer is at in one panel is marked in all of them.
    graphTooltip: 1,
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    templating: { list: [dataSourceVariable, ...variables.map((variable) => grafanaVariable(variable, naming))] },
    panels: place(panels, naming),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

const dataSourceVariable = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' };

export function uidOf(id: string, naming: Naming): string {
  return naming === 'otlp' ? `${id}-otlp` : id;
}

function tagOf(naming: Naming): string {
  return naming === 'otlp' ? 'powervm-otlp' : 'powervm';
}

function grafanaVariable({ name, label, of, values, hasAll = true }: Variable, naming: Naming) {
  return {
    name,
    label,
    type: 'query',
    datasource: DATA_SOURCE,
    query: `label_values(${of.in(naming)}, ${values})`,
    refresh: 2,
    sort: 1,
    multi: true,
    ...(hasAll
      ? { includeAll: true, allValue: '.*', current: { text: 'All', value: '$__all' } }
      : // Without a choice Grafana takes the first: 612 partitions at once are no curve any more.
        { includeAll: false }),
  };
}

/** From left to right, and a new row where one is full. */
function place(panels: readonly Panel[], naming: Naming) {
  let x = 0;
  let y = 0;
  return panels.map((panel, index) => {
    const width = panel.width ?? WIDTH / 2;
    if (x + width > WIDTH) {
      x = 0;
      y += HEIGHT;
    }
    const position = { x, y, w: width, h: HEIGHT };
    x += width;
    return grafanaPanel(panel, { id: index + 1, gridPos: position, naming });
  });
}

interface Place {
  readonly id: number;
  readonly gridPos: object;
  readonly naming: Naming;
}

function grafanaPanel(panel: Panel, { id, gridPos, naming }: Place) {
  const { title, description, form = 'curve', queries } = panel;
  const links = seriesLinks(panel, naming);
  const common = { id, title, description, datasource: DATA_SOURCE, gridPos };
  if (form === 'table') return { ...common, ...tablePanel(panel, naming) };
  const isValue = form === 'value';
  return {
    ...common,
    type: isValue ? 'stat' : 'timeseries',
    fieldConfig: {
      defaults: {
        unit: panelUnit(panel),
        ...fieldLook(panel, panelUnit(panel)),
        ...(links.length === 0 ? {} : { links }),
        ...(isValue ? {} : { min: 0, custom: curveStyle(form === 'stacked') }),
      },
      overrides: [],
    },
    options: isValue
      ? { reduceOptions: { calcs: ['lastNotNull'] } }
      : { legend: { displayMode: 'table', placement: 'bottom', calcs: ['mean', 'max'] }, tooltip: { mode: 'multi' } },
    targets: queries.map(({ expression, legend }, index) => ({
      refId: refId(index),
      datasource: DATA_SOURCE,
      expr: expression.in(naming),
      legendFormat: legend,
    })),
  };
}

/** A column for each query, named by its legend; rows are joined by their labels. */
function tablePanel(panel: Panel, naming: Naming) {
  const { queries } = panel;
  const links = seriesLinks(panel, naming);
  return {
    type: 'table',
    fieldConfig: {
      defaults: { ...(links.length === 0 ? {} : { links }) },
      overrides: queries.map(({ expression, legend }) => {
        const unit = panelUnit({ title: legend, queries: [{ expression, legend }] });
        const look = Object.entries({ unit, ...fieldLook(panel, unit) });
        return {
          matcher: { id: 'byName', options: legend },
          properties: look.map(([property, value]) => ({ id: property, value })),
        };
      }),
    },
    options: { showHeader: true, sortBy: [{ displayName: queries[0]?.legend ?? '', desc: true }] },
    targets: queries.map(({ expression }, index) => ({
      refId: refId(index),
      datasource: DATA_SOURCE,
      expr: expression.in(naming),
      format: 'table',
      instant: true,
    })),
    transformations: [
      { id: 'merge', options: {} },
      {
        id: 'organize',
        options: {
          excludeByName: { Time: true },
          renameByName: Object.fromEntries(
            queries.map(({ legend }, index) => [valueColumn(index, queries.length), legend]),
          ),
        },
      },
    ],
  };
}

/** As Grafana calls the column of a query in a merged table. */
function valueColumn(index: number, queries: number): string {
  return queries === 1 ? 'Value' : `Value #${refId(index)}`;
}

function refId(index: number): string {
  return String.fromCharCode(65 + index);
}

function curveStyle(isStacked: boolean) {
  return {
    drawStyle: 'line',
    lineWidth: 1,
    fillOpacity: isStacked ? 30 : 5,
    // A gap stays a gap: nothing is drawn over what was not measured.
    spanNulls: false,
    stacking: { mode: isStacked ? 'normal' : 'none', group: 'A' },
  };
}
