import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { parse, stringify } from 'yaml';
import { freePort } from '../helpers/free-port.ts';

const CHROMIUM = '/usr/bin/chromium';
const RULES = path.join(import.meta.dirname, '../../examples/prometheus/alerts.yaml');

/** Why the suite cannot run here; undefined when it can. */
export const missing =
  spawnSync('prometheus', ['--version']).status !== 0
    ? 'prometheus is not here'
    : existsSync(CHROMIUM)
      ? undefined
      : `${CHROMIUM} is not here`;

/** One real Prometheus and one real Chromium for all rows. */
export class World {
  readonly browser: Browser;
  readonly #prometheus: ChildProcess;
  readonly #url: string;
  readonly #directory: string;
  readonly #targets: { targets: string[]; labels: { row: string } }[] = [];

  private constructor(browser: Browser, prometheus: ChildProcess, url: string, directory: string) {
    this.browser = browser;
    this.#prometheus = prometheus;
    this.#url = url;
    this.#directory = directory;
  }

  static async start(): Promise<World> {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-operation-'));
    await writeFile(path.join(directory, 'alerts.yaml'), await hurriedRules());
    await writeFile(path.join(directory, 'targets.json'), '[]');
    const port = await freePort();
    await writeFile(
      path.join(directory, 'prometheus.yml'),
      stringify({
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: ['alerts.yaml'],
        scrape_configs: [
          { job_name: 'powervm', file_sd_configs: [{ files: ['targets.json'], refresh_interval: '1s' }] },
        ],
      }),
    );
    const prometheus = spawn(
      'prometheus',
      [
        `--config.file=${directory}/prometheus.yml`,
        `--storage.tsdb.path=${directory}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    );
    const browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-gpu'] });
    return new World(browser, prometheus, `http://127.0.0.1:${port}`, directory);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    const ended = once(this.#prometheus, 'exit');
    this.#prometheus.kill('SIGKILL');
    await ended;
    await rm(this.#directory, { recursive: true, force: true });
  }

  /** From now on the page of a row is fetched. */
  async watch(row: string, address: string): Promise<void> {
    this.#targets.push({ targets: [address], labels: { row } });
    await writeFile(path.join(this.#directory, 'targets.json'), JSON.stringify(this.#targets));
  }

  /** Names of the alerts that fire for a row. */
  async alerts(row: string): Promise<readonly string[]> {
    const { alerts } = await this.#ask<{ alerts: readonly Alert[] }>('alerts');
    const names = alerts.filter(({ state, labels }) => state === 'firing' && labels.row === row);
    return [...new Set(names.map(({ labels }) => labels.alertname))].sort();
  }

  /** Names of the alerts that have fired for a row, if only for a while: what is missing is missed no longer than it is remembered. */
  async pastAlerts(row: string): Promise<readonly string[]> {
    const query = `last_over_time(ALERTS{alertstate="firing",row=${JSON.stringify(row)}}[10m])`;
    const { result } = await this.#ask<{ result: readonly { metric: { alertname: string } }[] }>(
      `query?query=${encodeURIComponent(query)}`,
    );
    return [...new Set(result.map(({ metric }) => metric.alertname))].sort();
  }

  /** How often the rules have seen something of a row: an alert that was not evaluated would not fire either. */
  async timesSeen(row: string, metric: string): Promise<number> {
    const query = `count_over_time((max by (row) (${metric}{row=${JSON.stringify(row)}}))[5m:1s])`;
    const { result } = await this.#ask<{ result: readonly { value: readonly [number, string] }[] }>(
      `query?query=${encodeURIComponent(query)}`,
    );
    return Number(result[0]?.value[1] ?? 0);
  }

  async #ask<Data>(what: string): Promise<Data> {
    const response = await fetch(`${this.#url}/api/v1/${what}`);
    return ((await response.json()) as { data: Data }).data;
  }
}

interface Alert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>> & { readonly alertname: string };
}

/** The shipped rules, without the time that they wait, and with seconds where they look back a quarter of an hour. */
async function hurriedRules(): Promise<string> {
  const rules = parse(await readFile(RULES, 'utf8'));
  for (const group of rules.groups) {
    for (const rule of group.rules) {
      rule.for = '0s';
      rule.expr = rule.expr.replaceAll('offset 15m', 'offset 5s');
    }
  }
  return stringify(rules);
}
