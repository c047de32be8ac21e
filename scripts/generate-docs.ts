import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { errorCatalog } from '../src/base/errors/error-catalog.ts';
import { catalogAsMarkdown } from '../src/metrics/index.ts';
import { apiPage } from './api-page.ts';
import { ceilometerPage } from './ceilometer-page.ts';
import { alertRules, runbooks } from './observability/alerts.ts';
import { grafanaJson } from './observability/dashboard.ts';
import { dashboards } from './observability/dashboards.ts';

/** What is made from declarations in `src/`, by file. `--check` writes nothing and fails for stale ones. */
const pages = new Map([
  ['docs/errors.md', errorPage()],
  ['docs/metrics.md', metricsPage()],
  ['docs/ceilometer.md', ceilometerPage()],
  ['docs/api.md', apiPage()],
  ['docs/alerts.md', runbooks()],
  ['examples/prometheus/alerts.yaml', alertRules('page')],
  ['examples/prometheus/alerts-otlp.yaml', alertRules('otlp')],
  ...dashboards.flatMap(
    (dashboard) =>
      [
        [`examples/grafana/${dashboard.id}.json`, grafanaJson(dashboard, 'page')],
        [`examples/grafana/otlp/${dashboard.id}.json`, grafanaJson(dashboard, 'otlp')],
      ] as const,
  ),
]);

function metricsPage(): string {
  return [
    '# Metrics',
    '',
    'Every metric that the product knows; `otel-powervm metrics` prints the same. Those that are off are switched on with',
    '`metrics: { NAME: { enabled: true } }`. Δ is the difference of two consecutive samples of the same entity. Formulas and',
    'what other tools show instead: [numbers.md](numbers.md). Generated from `src/metrics/catalog/` by `npm run generate`.',
    '',
    catalogAsMarkdown(),
    '',
  ].join('\n');
}

function errorPage(): string {
  const rows = Object.entries(errorCatalog).map(
    ([code, { meaning, remedy }]) => `| \`${code}\` | ${meaning} | ${remedy} |`,
  );
  return [
    '# Errors',
    '',
    'Every error has one of these codes as its `code`. A code keeps its meaning for ever. Generated from',
    '`src/base/errors/error-catalog.ts` by `npm run generate`.',
    '',
    '| code | what has happened | what to do |',
    '|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const isCheck = process.argv.includes('--check');
for (const [file, text] of pages) {
  const place = path.join(import.meta.dirname, '..', file);
  if (!isCheck) await writeFile(place, text);
  else if ((await readFile(place, 'utf8').catch(() => '')) !== text) {
    console.error(`${file} is stale: run npm run generate`);
    process.exitCode = 1;
  }
}
