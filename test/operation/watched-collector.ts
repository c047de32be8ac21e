import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort } from '../helpers/free-port.ts';
import type { Ports, Props, Row, Stage } from './row.ts';
import type { World } from './world.ts';

const main = path.join(import.meta.dirname, '../../dist/cli/main.js');

/** The program with the failure of a row, and the texts that somebody would read in each view. */
export class WatchedCollector {
  readonly #row: Row;
  readonly #world: World;
  readonly #ports: Ports;
  readonly #file: string;
  readonly #prelude: string;
  #child: ChildProcess | undefined;
  #log = '';

  private constructor(row: Row, world: World, ports: Ports, file: string, prelude: string) {
    this.#row = row;
    this.#world = world;
    this.#ports = ports;
    this.#file = file;
    this.#prelude = prelude;
  }

  static async start(row: Row, world: World, props: Props): Promise<WatchedCollector> {
    const stage = await row.set(props);
    const [metrics, health, status] = [await freePort(), await freePort(), await freePort()];
    const ports = { metrics: `127.0.0.1:${metrics}`, health: `127.0.0.1:${health}`, status: `127.0.0.1:${status}` };
    const file = path.join(props.directory, 'otel-config.yaml');
    await writeFile(file, configuration(stage, ports));
    const collector = new WatchedCollector(row, world, ports, file, stage.prelude ?? ':');
    props.afterwards(() => collector.#end('SIGKILL'));
    collector.#run();
    if (!row.neverRan) await world.watch(row.failure, ports.metrics);
    if (stage.obstruct) {
      await until(async () => (await world.timesSeen(row.failure, 'otelcol_process_uptime_total')) > 0);
      await collector.#end('SIGTERM');
      collector.#log = '';
      await stage.obstruct(ports, file);
      collector.#run();
    }
    return collector;
  }

  log(): string {
    return this.#log;
  }

  async metric(): Promise<string> {
    return textAt(`http://${this.#ports.metrics}/metrics`);
  }

  /** Of a row whose alerts must not fire: once the rules have had something to look at. */
  async alert(): Promise<string> {
    const { failure, isOver } = this.#row;
    const names = await (isOver ? this.#world.pastAlerts(failure) : this.#world.alerts(failure));
    if (names.length > 0) return names.join(' ');
    const metric = isOver ? 'up' : 'otelcol_process_uptime_total';
    const seen = this.#row.neverRan ? 5 : await this.#world.timesSeen(failure, metric);
    return seen < 5 ? 'Prometheus has not looked yet' : 'none fires';
  }

  /** `receiver:powervm StatusOK`, a line for each component, after the whole. */
  async health(): Promise<string> {
    const text = await textAt(`http://${this.#ports.health}/?verbose`);
    if (!text.startsWith('{')) return text;
    const { status, components } = JSON.parse(text) as Health;
    const lines = Object.entries(components).map(([id, one]) => `${id} ${one.status} ${one.error ?? ''}`);
    return [`collector ${status}`, ...lines].join('\n');
  }

  /** What stands on the page, as the browser shows it. */
  async page(): Promise<string> {
    const page = await this.#world.browser.newPage();
    try {
      await page.goto(`http://${this.#ports.status}/`, { timeout: 30_000 });
      await page.locator('#issues > *').first().waitFor({ timeout: 30_000 });
      return (await page.locator('#issues').textContent()) ?? '';
    } catch (error) {
      if (String(error).includes('ERR_CONNECTION_REFUSED')) return 'unreachable';
      throw error;
    } finally {
      await page.close();
    }
  }

  /** What doctor prints, and `exit N` at its end. */
  async doctor(): Promise<string> {
    const child = this.#start(['doctor', '--config', this.#file, '--format', 'table']);
    let text = '';
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (text += chunk));
    const [code] = await once(child, 'close');
    return `${text}exit ${code}`;
  }

  #run(): void {
    this.#child = this.#start(['run', '--config', this.#file]);
    this.#child.stdout?.resume();
    this.#child.stderr?.on('data', (chunk) => {
      this.#log += chunk;
    });
  }

  #start(args: readonly string[]): ChildProcess {
    const env = { PATH: process.env.PATH, LANG: 'C.UTF-8' };
    if (this.#prelude === ':') return spawn(process.execPath, [main, ...args], { env });
    const script = `${this.#prelude}; exec "$0" "$@"`;
    // A file system of its own, for a disk that can be filled.
    return spawn('unshare', ['-rm', 'sh', '-c', script, process.execPath, main, ...args], { env });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}

interface Health {
  readonly status: string;
  readonly components: Readonly<Record<string, { readonly status: string; readonly error?: string }>>;
}

function configuration({ receivers, exporters = {}, extensions = {} }: Stage, ports: Ports): string {
  const allExporters = { prometheus: `{ endpoint: '${ports.metrics}' }`, ...exporters };
  const allExtensions = {
    health_check: `{ endpoint: '${ports.health}' }`,
    status_page: `{ endpoint: '${ports.status}' }`,
    ...extensions,
  };
  const section = (parts: Readonly<Record<string, string>>) =>
    Object.entries(parts)
      .map(([id, value]) => `  ${id}: ${value}\n`)
      .join('');
  return `receivers: ${receivers}
exporters:
${section(allExporters)}extensions:
${section(allExtensions)}service:
  extensions: [${Object.keys(allExtensions).join(', ')}]
  pipelines: { metrics: { receivers: [powervm], exporters: [${Object.keys(allExporters).join(', ')}] } }
`;
}

async function textAt(url: string): Promise<string> {
  try {
    return await (await fetch(url, { signal: AbortSignal.timeout(5_000) })).text();
  } catch {
    return 'unreachable';
  }
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!(await condition().catch(() => false))) await new Promise((resolve) => setTimeout(resolve, 200));
}
