import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import {
  addressOf,
  complaintsOf,
  halfAnHourIn,
  hasChromium,
  inPage,
  newPage,
  openPage,
  picture,
  startPage,
  useBrowser,
} from './start-page.ts';

useBrowser();

const titles = (page: Page) => page.locator('#detail h2:visible').allTextContents();

describe.skipIf(!hasChromium)('pages of their own (skipped without Chromium)', () => {
  test('lead from the overview to a frame, a partition, its VIOS, and back again', async () => {
    const { url } = await startPage();
    const page = await openPage(url, { colorScheme: 'dark' });
    const complaints = complaintsOf(page);
    await page.getByRole('heading', { name: 'frame-01' }).getByRole('link').click();
    await page.locator('h1', { hasText: 'frame-01' }).waitFor();
    await expect.poll(() => page.title()).toBe('frame-01 – otel-powervm');
    expect(new URL(page.url()).pathname).toMatch(/^\/frame\/[0-9a-f-]{36}$/);
    await page.locator('#detail').getByRole('link', { name: 'prod-db1' }).click();
    await page.locator('h1', { hasText: 'prod-db1' }).waitFor();
    await expect.poll(() => page.title()).toBe('prod-db1 – otel-powervm');
    await page.locator('.path').getByRole('link', { name: 'vios1' }).click();
    await page.locator('h1', { hasText: 'vios1' }).waitFor();
    expect(new URL(page.url()).pathname).toMatch(/^\/vios\//);
    await page.goBack();
    await page.locator('h1', { hasText: 'prod-db1' }).waitFor();
    await page.goBack();
    await page.locator('h1', { hasText: 'frame-01' }).waitFor();
    await page.goBack();
    await page.locator('#overview').waitFor();
    expect(await page.title()).toBe('otel-powervm');
    expect(new URL(page.url()).pathname).toBe('/');
    await page.goForward();
    await page.locator('h1', { hasText: 'frame-01' }).waitFor();
    expect(complaints).toEqual([]);
  });

  test('of a partition: values, charts of memory and of each adapter, and the way to the port', async () => {
    const { url } = await startPage();
    const page = await newPage({ colorScheme: 'dark' });
    await page.goto(await addressOf(url, 'partition', 'prod-db1'));
    await halfAnHourIn(page);
    const figures = await page.locator('.figures').textContent();
    expect(figures).toMatch(/Consumed\d+\.\d\d\d+ % of entitlement/);
    expect(figures).toMatch(/Memory\d+\.\d GiB/);
    expect(await titles(page)).toEqual(
      expect.arrayContaining(['The last half hour', 'The way to the outside', 'Its adapters, the last half hour']),
    );
    const labels = await page
      .locator('[role=img]')
      .evaluateAll((all) => all.map((one) => one.getAttribute('aria-label')));
    expect(labels).toEqual(
      expect.arrayContaining([expect.stringMatching(/^Memory of the last half hour; now assigned \d/)]),
    );
    const adapters = await page.locator('.box.adapter').allTextContents();
    expect(adapters.length).toBeGreaterThan(0);
    expect(await page.locator('.charts.small figure').count()).toBe(adapters.length);
    expect(await page.locator('.box.vios').first().textContent()).toMatch(/^vios\d/);
    expect(await page.locator('.box.port').first().textContent()).toMatch(/^(ent|fcs)\d/);
    // Each of the small charts has a curve: something is drawn in its colour.
    const inks = await inPage<readonly number[]>(
      page,
      `[...document.querySelectorAll('.charts.small canvas')].map((canvas) => {
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        return data.filter((value, index) => index % 4 === 3 && value > 200).length;
      })`,
    );
    for (const ink of inks) expect(ink).toBeGreaterThan(300);
    await picture(page, 'status-page-partition');
  });

  test('of a VIOS: its ports over time and whom it serves; of a frame: its pools and its partitions', async () => {
    const { url } = await startPage();
    const page = await newPage();
    await page.goto(await addressOf(url, 'vios', 'vios1'));
    await halfAnHourIn(page);
    expect(await titles(page)).toEqual(
      expect.arrayContaining(['Ports of this VIOS, the last half hour', 'Ports', 'Whom it serves']),
    );
    await expect
      .poll(() => page.locator('.charts.small').first().textContent(), { timeout: 30_000 })
      .toMatch(/ent\d.*[KM]iB\/s/);
    expect(await page.locator('.box.partition a').count()).toBeGreaterThan(0);
    await page.goto(await addressOf(url, 'frame', 'frame-01'));
    await halfAnHourIn(page);
    expect(await titles(page)).toEqual(expect.arrayContaining(['Shared processor pools', 'Partitions and VIOSes']));
    expect(await page.locator('#detail .count').textContent()).toBe('16 partitions');
    const legend = await page
      .locator('#detail figure', { hasText: 'Processors' })
      .first()
      .locator('.legend')
      .textContent();
    expect(legend).toMatch(/entitled \d+\.\d\d ?consumed \d+\.\d\d ?busy \d+\.\d\d ?available \d+\.\d\d/);
    await picture(page, 'status-page-frame');
  });

  test('says that it does not know the name, with a way back; an old link to a partition still works', async () => {
    const { url } = await startPage();
    const page = await newPage();
    await page.goto(`${url}partition/00000000-0000-4000-8000-000000000000`);
    await page.getByText('This partition is not known').waitFor();
    await page.getByRole('link', { name: 'Look among all frames' }).click();
    await page.locator('#partitions tbody tr').first().waitFor();
    const address = await addressOf(url, 'partition', 'prod-db1');
    const second = await newPage();
    await second.goto(`${url}#${address.split('/').at(-1)}`);
    await second.locator('h1', { hasText: 'prod-db1' }).waitFor();
    expect(second.url()).toBe(address);
  });
});
