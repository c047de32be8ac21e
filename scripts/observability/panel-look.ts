import { type Panel, uidOf } from './dashboard.ts';
import type { Naming } from './expression.ts';

/** Where nothing else is said: 80 % is high, 95 % is full. */
const SHARE_THRESHOLDS = [0.8, 0.95] as const;

/** Colours by how much there is, and words for values that mean something. */
export function fieldLook({ thresholds, meanings }: Panel, unit: string): Readonly<Record<string, unknown>> {
  const [high, full] = thresholds ?? (unit === 'percentunit' ? SHARE_THRESHOLDS : []);
  return {
    ...(high === undefined || full === undefined
      ? {}
      : {
          thresholds: {
            mode: 'absolute',
            steps: [
              { color: 'green', value: null },
              { color: 'yellow', value: high },
              { color: 'red', value: full },
            ],
          },
        }),
    ...(meanings === undefined ? {} : { mappings: [{ type: 'value', options: meanings }] }),
  };
}

const targets = {
  'powervm-frames': { title: 'Frame', variables: { system: 'powervm_system_name' } },
  'powervm-partition': {
    title: 'Partition',
    variables: { system: 'powervm_system_name', lpar: 'powervm_lpar_name' },
  },
  'powervm-vios': { title: 'VIOSes of the frame', variables: { system: 'powervm_system_name' } },
} as const;

/** From a series of one dashboard to what it is about in another, at the same time of the same data source. */
export function seriesLinks({ continuesTo = [], form }: Panel, naming: Naming) {
  return continuesTo.map((id) => {
    const { title, variables } = targets[id];
    const values = Object.entries(variables).map(([variable, label]) => {
      // The rows of a table have labels as columns, curves have them at the field.
      const value = form === 'table' ? `\${__data.fields.${label}}` : `\${__field.labels.${label}}`;
      return `var-${variable}=${value}`;
    });
    const query = [
      'var-datasource=${datasource}',
      '${job:queryparam}',
      '${site:queryparam}',
      ...values,
      '${__url_time_range}',
    ];
    return { title, url: `/d/${uidOf(id, naming)}?${query.join('&')}` };
  });
}
