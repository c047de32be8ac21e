import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { panelUnit } from '../../scripts/observability/dashboard.ts';
import { dashboards } from '../../scripts/observability/dashboards.ts';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import { freePort } from '../helpers/free-port.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;
/** Simulated half minutes, one for every scrape: counters must have grown for a rate to be seen. */
const SAMPLES = 12;
const SCRAPE_INTERVAL = 1_000;

interface Result {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

/** A real Prometheus that fetches from the exporter. */
class Prometheus {
  readonly #url: string;

  private constructor(url: string) {
    this.#url = url;
  }

  static async start(target: string, processes: ChildProcess[], directory: string): Promise<Prometheus> {
    const port = await freePort();
    const file = path.join(directory, 'prometheus.yml');
    await writeFile(
      file,
      `global: { scrape_interval: ${SCRAPE_INTERVAL}ms }\nscrape_configs: [{ job_name: powervm, static_configs: [{ targets: ['${target}'] }] }]\n`,
    );
    const child = spawn(
      'prometheus',
      [`--config.file=${file}`, `--storage.tsdb.path=${directory}/data`, `--web.listen-address=127.0.0.1:${port}`],
      { stdio: 'ignore' },
    );
    processes.push(child);
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`);
    for (let tries = 0; tries < 200 && !(await prometheus.#isReady()); tries += 1) await pause(100);
    return prometheus;
  }

  async #isReady(): Promise<boolean> {
    const reply = await fetch(`${this.#url}/-/ready`).catch(() => undefined);
    return reply?.ok === true;
  }

  async query(expression: string): Promise<readonly Result[]> {
    const reply = await fetch(`${this.#url}/api/v1/query?query=${encodeURIComponent(expression)}`);
    const body = (await reply.json()) as { status: string; error?: string; data: { result: readonly Result[] } };
    if (body.status !== 'success') throw new Error(`${expression}: ${body.error}`);
    return body.data.result;
  }
}

/** What Grafana puts in for its variables. */
function expanded(expression: string): string {
  return expression.replaceAll(/\$(?:system|lpar|job|site)/g, '.*').replaceAll('$__rate_interval', '30s');
}

describe.skipIf(!hasPrometheus)(
  'a real Prometheus that fetches from a simulated frame (skipped without prometheus)',
  () => {
    let prometheus: Prometheus;
    let letTenMinutesPass: () => Promise<void>;

    beforeAll(async () => {
      const processes: ChildProcess[] = [];
      const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-prometheus-'));
      const time = await simulatedTime({ lpars: 8, vioses: 2, energy: true });
      const target = `127.0.0.1:${await freePort()}`;
      const { url, username, password } = time.simulator;
      const config = parseConfig(
        `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
exporters: { prometheus: { endpoint: '${target}' } }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [prometheus] } } }`,
        'test.yaml',
        { environment: {}, readFile: () => '' },
      );
      const collector = await Collector.create(config, { clock: time.clock });
      await collector.start();
      prometheus = await Prometheus.start(target, processes, directory);
      for (let sample = 0; sample < SAMPLES; sample += 1) {
        await time.pass(30_000);
        await pause(SCRAPE_INTERVAL);
      }
      letTenMinutesPass = async () => {
        await time.clock.advance(600_000);
        await pause(3 * SCRAPE_INTERVAL);
      };
      return async () => {
        await collector.stop();
        for (const child of processes) child.kill('SIGKILL');
        await rm(directory, { recursive: true, force: true });
      };
    }, 60_000);

    const queries = dashboards.flatMap((dashboard) =>
      dashboard.panels.flatMap((panel) =>
        panel.queries.map((query) => ({ dashboard: dashboard.id, panel, query, title: panel.title })),
      ),
    );

    test.each(queries)('$dashboard, $title', async ({ panel, query, title }) => {
      const results = await prometheus.query(expanded(query.expression.in('page')));
      expect(results.length).toBeGreaterThan(0);
      const values = results.map(({ value }) => Number(value[1]));
      for (const value of values) expect(value).not.toBeNaN();
      // A ratio that is drawn as percent must be one: no one uses a hundred times of what there is.
      const unit = panelUnit({ title, queries: [query] });
      if (unit === 'percentunit') for (const value of values) expect(value).toBeLessThan(20);
      if (panel.form === 'table') return;
      const labels = [...query.legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label ?? '');
      for (const { metric } of results) for (const label of labels) expect(metric).toHaveProperty(label);
    });

    test('the rate of a counter matches the partition data of the hypervisor', async () => {
      const consumed = await prometheus.query('sum by (powervm_lpar_id) (powervm_lpar_cpu_consumed)');
      const info = await prometheus.query('powervm_lpar_info');
      expect(consumed.length).toBe(10);
      expect(info.length).toBe(10);
      expect(info[0]?.metric).toHaveProperty('powervm_lpar_sharing_mode');
    });

    test('series without new samples disappear', async () => {
      // The simulator ended with the first test: nothing comes any more.
      await letTenMinutesPass();
      expect(await prometheus.query('powervm_lpar_cpu_consumed')).toEqual([]);
    });
  },
);
