import type { Expression } from './expression.ts';

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
  /** A curve over time, or its newest value. Default a curve. */
  readonly form?: 'curve' | 'value' | 'stacked';
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
  /** Metric (as Prometheus names it) and label whose values are offered. */
  readonly values: string;
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
export function panelUnit({ title, queries }: Panel): string {
  const units = new Set(queries.map(({ expression }) => expression.unit));
  const [unit] = units;
  if (unit === undefined || units.size > 1) throw new Error(`panel ${title}: units ${[...units].join(', ')}`);
  const words = grafanaUnits[unit];
  if (words === undefined) throw new Error(`panel ${title}: no word of Grafana for the unit ${unit}`);
  return words;
}

/** The dashboard as Grafana imports it (schema 39: Grafana 10 and later). */
export function grafanaJson({ id, title, description, variables, panels }: Dashboard): string {
  const dashboard = {
    uid: id,
    title,
    description,
    tags: ['powervm'],
    schemaVersion: 39,
    editable: true,
    refresh: '30s',
    time: { from: 'now-3h', to: 'now' },
    timezone: 'browser',
    templating: { list: [dataSourceVariable, ...variables.map(grafanaVariable)] },
    panels: place(panels),
  };
  return `${JSON.stringify(dashboard, undefined, 2)}\n`;
}

const dataSourceVariable = { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus' };

function grafanaVariable({ name, label, values }: Variable) {
  return {
    name,
    label,
    type: 'query',
    datasource: DATA_SOURCE,
    query: `label_values(${values})`,
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { text: 'All', value: '$__all' },
  };
}

/** From left to right, and a new row where one is full. */
function place(panels: readonly Panel[]) {
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
    return grafanaPanel(panel, index + 1, position);
  });
}

function grafanaPanel(panel: Panel, id: number, gridPos: object) {
  const isValue = panel.form === 'value';
  return {
    id,
    type: isValue ? 'stat' : 'timeseries',
    title: panel.title,
    description: panel.description,
    datasource: DATA_SOURCE,
    gridPos,
    fieldConfig: {
      defaults: {
        unit: panelUnit(panel),
        ...(isValue ? {} : { min: 0, custom: curveStyle(panel.form === 'stacked') }),
      },
      overrides: [],
    },
    options: isValue
      ? { reduceOptions: { calcs: ['lastNotNull'] } }
      : { legend: { displayMode: 'table', placement: 'bottom', calcs: ['mean', 'max'] }, tooltip: { mode: 'multi' } },
    targets: panel.queries.map(({ expression, legend }, index) => ({
      refId: String.fromCharCode(65 + index),
      datasource: DATA_SOURCE,
      expr: expression.text,
      legendFormat: legend,
    })),
  };
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
