import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { beforeAll, vi } from 'vitest';
import type { FrameHistories, StatusReport } from '../../src/collector/status/status-model.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { freePort } from '../helpers/free-port.ts';

const CHROMIUM = '/usr/bin/chromium';
export const hasChromium = existsSync(CHROMIUM);
/** With `SCREENSHOTS=docs/images` the pictures of the docs are taken anew. */
const { SCREENSHOTS: screenshots } = process.env;

/** The built product: the scripts of the page are made by the build. */
const built = path.join(import.meta.dirname, '../../dist/collector/index.js');
type Product = typeof import('../../src/collector/index.ts');

let browser: Browser;
let product: Product;

/** To be called once in a file of tests. */
export function useBrowser(): void {
  beforeAll(async () => {
    if (!hasChromium) return;
    product = (await import(built)) as Product;
    browser = await chromium.launch({
      executablePath: CHROMIUM,
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    });
    return () => browser.close();
  }, 60_000);
}

export interface Estate {
  /** Another name of `prod-web2`. */
  readonly name?: string;
  readonly lpars?: number;
  readonly systems?: number;
  readonly history?: boolean;
}

/** A collector with its page, its health check and its page for Prometheus, on a simulated console. */
export async function startPage({ name = 'prod-web2', lpars = 14, systems = 1, history = true }: Estate = {}) {
  let isDown = false;
  const simulator = await startSimulator({
    lpars,
    vioses: 2,
    systems,
    intercept: ({ path: requested }) => {
      if (isDown) return { breakConnection: true };
      const file = requested.split('/').at(-1) ?? '';
      if (!/_phyp_.*\.json$/.test(file)) return undefined;
      const text = simulator.document(file);
      return text === undefined ? undefined : { body: text.replaceAll('"prod-web2"', JSON.stringify(name)) };
    },
  });
  const endpoint = `127.0.0.1:${await freePort()}`;
  const health = `127.0.0.1:${await freePort()}`;
  const metrics = `127.0.0.1:${await freePort()}`;
  const config = product.parseConfig(
    `
receivers:
  powervm:
    consoles: [{ endpoint: '${simulator.url}', username: '${simulator.username}', password: '${simulator.password}' }]
    collection_interval: 1s
exporters: { prometheus: { endpoint: '${metrics}' } }
extensions:
  status_page: { endpoint: '${endpoint}', history: ${history} }
  health_check: { endpoint: '${health}' }
service:
  extensions: [status_page, health_check]
  pipelines: { metrics: { receivers: [powervm], exporters: [prometheus] } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  const collector = await product.Collector.create(config);
  await collector.start();
  afterThisTest(() => collector.stop());
  return {
    url: `http://${endpoint}/`,
    health,
    metrics,
    stop: () => collector.stop(),
    takeConsoleDown: () => {
      isDown = true;
    },
    bringConsoleBack: () => {
      isDown = false;
    },
  };
}

/** Everything that a browser complains of: a script that was refused, an error, a file that is not there. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(request.url()));
  return complaints;
}

export interface Look {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

export async function newPage({ width = 1280, height = 860, colorScheme = 'light' }: Look = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width, height }, colorScheme });
  afterThisTest(() => page.close());
  return page;
}

/** The overview, with its table drawn. */
export async function openPage(url: string, look: Look = {}): Promise<Page> {
  const page = await newPage(look);
  await page.goto(url);
  await page.locator('#partitions tbody tr').first().waitFor();
  return page;
}

/** @param hasHistory whether the half hour before the start can be read, and is waited for */
export async function picture(page: Page, name: string, hasHistory = true): Promise<void> {
  if (screenshots === undefined) return;
  if (hasHistory) await halfAnHourIn(page);
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
}

/** Until the charts go back as far as PCM does. */
export async function halfAnHourIn(page: Page): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const reply = await fetch(new URL('/history.json', page.url()));
    const histories = Object.values((await reply.json()) as FrameHistories);
    if (histories.length > 0 && histories.every(({ times }) => times.length > 50)) break;
    if (Date.now() > deadline) throw new Error('the half hour before the start was not read');
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  await page.locator('canvas:visible').first().waitFor();
}

/** Runs a script in the page. As text: these tests are compiled without the types of a browser. */
export async function inPage<Result>(page: Page, script: string): Promise<Result> {
  return (await page.evaluate(script)) as Result;
}

export const namesIn = (page: Page) => page.locator('tbody td:first-child a:visible').allTextContents();

/** The address of the page of a partition, a VIOS or a frame, once the first sample has named it. */
export async function addressOf(url: string, kind: 'partition' | 'vios' | 'frame', name: string): Promise<string> {
  const id = await vi.waitFor(
    async () => {
      const report = (await (await fetch(`${url}status.json`)).json()) as StatusReport;
      const all: readonly { readonly id: string; readonly name: string }[] =
        kind === 'frame' ? report.frames : report.partitions;
      const found = all.find((one) => one.name === name);
      if (!found) throw new Error(`nothing is called ${name}`);
      return found.id;
    },
    { timeout: 60_000, interval: 100 },
  );
  return `${url}${kind}/${id}`;
}
