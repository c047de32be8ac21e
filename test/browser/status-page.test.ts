import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { beforeAll, describe, expect, test } from 'vitest';
import type { PartitionHistory } from '../../src/collector/status/status-model.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { freePort } from '../helpers/free-port.ts';

const CHROMIUM = '/usr/bin/chromium';
/** With `SCREENSHOTS=docs/images` the pictures of the docs are taken anew. */
const { SCREENSHOTS: screenshots } = process.env;
const EVIL = '<script>document.title="owned"</script><img src=x onerror=alert(1)>';

/** The built product: the scripts of the page are made by the build. */
const built = path.join(import.meta.dirname, '../../dist/collector/index.js');
type Product = typeof import('../../src/collector/index.ts');

let browser: Browser;
let product: Product;

beforeAll(async () => {
  if (!existsSync(CHROMIUM)) return;
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

/** A collector with its page, on a simulated frame, whose `prod-web2` may have another name. */
async function startPage({ name = 'prod-web2', lpars = 14 } = {}) {
  let isDown = false;
  const simulator = await startSimulator({
    lpars,
    vioses: 2,
    intercept: ({ path: requested }) => {
      if (isDown) return { breakConnection: true };
      const file = requested.split('/').at(-1) ?? '';
      if (!/_phyp_.*\.json$/.test(file)) return undefined;
      const text = simulator.document(file);
      return text === undefined ? undefined : { body: text.replaceAll('"prod-web2"', JSON.stringify(name)) };
    },
  });
  const endpoint = `127.0.0.1:${await freePort()}`;
  const config = product.parseConfig(
    `
receivers:
  powervm:
    consoles: [{ endpoint: '${simulator.url}', username: '${simulator.username}', password: '${simulator.password}' }]
    collection_interval: 1s
exporters: { debug: {} }
extensions: { status_page: { endpoint: '${endpoint}', history: true } }
service: { extensions: [status_page], pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  const collector = await product.Collector.create(config);
  await collector.start();
  afterThisTest(() => collector.stop());
  return {
    url: `http://${endpoint}/`,
    takeConsoleDown: () => {
      isDown = true;
    },
    bringConsoleBack: () => {
      isDown = false;
    },
  };
}

/** Everything that a browser complains of: a script that was refused, an error, a file that is not there. */
function complaintsOf(page: Page): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('requestfailed', (request) => complaints.push(request.url()));
  return complaints;
}

async function openPage(url: string, colorScheme: 'light' | 'dark' = 'light'): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 860 }, colorScheme });
  afterThisTest(() => page.close());
  await page.goto(url);
  await page.locator('#partitions tbody tr').first().waitFor();
  return page;
}

async function picture(page: Page, name: string): Promise<void> {
  if (screenshots === undefined) return;
  await mkdir(screenshots, { recursive: true });
  await page.screenshot({ path: path.join(screenshots, `${name}.png`) });
}

/** Until the charts go back as far as PCM does. */
async function halfAnHourIn(page: Page): Promise<void> {
  const id = new URL(page.url()).hash.slice(1);
  const instants = async () => {
    const answer = await fetch(new URL(`/partition.json?id=${id}`, page.url()));
    return ((await answer.json()) as PartitionHistory).times.length;
  };
  await expect.poll(instants, { timeout: 30_000 }).toBeGreaterThan(50);
  await page.getByRole('dialog').locator('canvas').first().waitFor();
}

const names = (page: Page) => page.locator('#partitions tbody td:first-child').allTextContents();

describe.skipIf(!existsSync(CHROMIUM))('the status page in a real browser (skipped without Chromium)', () => {
  test('is searched and sorted, with the keyboard too', async () => {
    const { url } = await startPage();
    const page = await openPage(url);
    const complaints = complaintsOf(page);
    await picture(page, 'status-page');
    expect((await names(page)).length).toBe(16);
    await page.getByLabel('Search').fill('vios');
    expect((await names(page)).sort()).toEqual(['vios1', 'vios2']);
    expect(await page.locator('#count').textContent()).toBe('2 of 16 partitions');
    await page.getByLabel('Search').fill('');
    await page.getByRole('button', { name: 'Partition', exact: true }).focus();
    await page.keyboard.press('Enter');
    const ascending = await names(page);
    expect(ascending).toEqual([...ascending].sort((left, right) => left.localeCompare(right)));
    expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    await page.keyboard.press('Enter');
    expect(await names(page)).toEqual([...ascending].reverse());
    expect(complaints).toEqual([]);
  });

  test('draws the rows of a large estate as one comes to them, and searches all of them', async () => {
    const { url } = await startPage({ lpars: 498 });
    const page = await openPage(url);
    expect(await page.locator('#count').textContent()).toBe('500 partitions');
    expect((await names(page)).length).toBeLessThan(500);
    await page.getByLabel('Search').fill('vios');
    expect((await names(page)).sort()).toEqual(['vios1', 'vios2']);
    await page.getByLabel('Search').fill('');
    await expect
      .poll(
        async () => {
          await page.mouse.wheel(0, 20_000);
          return (await names(page)).length;
        },
        { timeout: 30_000 },
      )
      .toBe(500);
  });

  test('opens a partition with its charts and the way of its adapters, by mouse and by link', async () => {
    const { url } = await startPage();
    const page = await openPage(url, 'dark');
    await page.getByRole('button', { name: 'prod-db1' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.locator('canvas').nth(2).waitFor();
    await halfAnHourIn(page);
    expect(await dialog.locator('h2').textContent()).toBe('prod-db1');
    expect(await dialog.locator('dl').textContent()).toMatch(/UUID[0-9a-f-]{36}/);
    expect(await dialog.locator('.scroll table').textContent()).toMatch(/vios\d/);
    expect(await dialog.locator('figure').first().locator('[role=img]').getAttribute('aria-label')).toContain(
      'Processors',
    );
    await picture(page, 'status-page-partition');
    const link = page.url();
    await page.keyboard.press('Escape');
    expect(await dialog.isVisible()).toBe(false);
    const second = await openPage(link);
    await second.getByRole('dialog').waitFor();
    expect(await second.getByRole('dialog').locator('h2').textContent()).toBe('prod-db1');
  });

  test('shows an evil name as the text that it is', async () => {
    const { url } = await startPage({ name: EVIL });
    const page = await openPage(url);
    page.on('dialog', () => {
      throw new Error('a script of a partition name was run');
    });
    await page.getByLabel('Search').fill('<script>');
    expect(await names(page)).toEqual([EVIL]);
    await page.getByRole('button', { name: EVIL }).click();
    await page.getByRole('dialog').locator('canvas').first().waitFor();
    expect(await page.getByRole('dialog').locator('h2').textContent()).toBe(EVIL);
    expect(await page.title()).toBe('otel-powervm');
    expect(await page.locator('img').count()).toBe(0);
  });

  test('says in words that a console is down, and that all is well again', async () => {
    const { url, takeConsoleDown, bringConsoleBack } = await startPage();
    const page = await openPage(url);
    expect(await page.locator('#troubles').textContent()).toBe('');
    takeConsoleDown();
    await page.locator('#troubles li.error', { hasText: 'The console 127.0.0.1 has not worked for' }).waitFor();
    await picture(page, 'status-page-console-down');
    bringConsoleBack();
    await expect.poll(() => page.locator('#troubles').textContent(), { timeout: 60_000 }).toBe('');
  });

  test('lets nothing in from elsewhere, and nothing be framed', async () => {
    const { url } = await startPage();
    const answer = await fetch(url);
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(answer.headers.get('x-frame-options')).toBe('DENY');
    const page = await browser.newPage();
    afterThisTest(() => page.close());
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) foreign.push(request.url());
    });
    await page.goto(url);
    await page.locator('#partitions tbody tr').first().waitFor();
    expect(foreign).toEqual([]);
    expect((await fetch(`${url}partition.json?id=nobody`)).status).toBe(404);
    expect((await fetch(`${url}../../etc/passwd`)).status).toBe(404);
  });
});
