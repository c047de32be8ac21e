import { describe, expect, test } from 'vitest';
import type { StatusReport } from '../../src/collector/status/status-model.ts';
import {
  addressOf,
  complaintsOf,
  hasChromium,
  inPage,
  namesIn,
  newPage,
  openPage,
  picture,
  startPage,
  useBrowser,
} from './start-page.ts';

const EVIL = '<script>document.title="owned"</script><img src=x onerror=alert(1)>';

useBrowser();

describe.skipIf(!hasChromium)('the status page in a real browser (skipped without Chromium)', () => {
  test('is searched by several words, filtered and sorted, with the keyboard too', async () => {
    const { url } = await startPage({ systems: 2 });
    const page = await openPage(url);
    const complaints = complaintsOf(page);
    await expect.poll(() => page.locator('.count').textContent(), { timeout: 30_000 }).toBe('32 partitions');
    await picture(page, 'status-page');
    await page.getByLabel('Search').fill('vios');
    expect((await namesIn(page)).sort()).toEqual(['vios1', 'vios1', 'vios2', 'vios2']);
    await page.getByLabel('Search').fill('frame-02 vios');
    expect((await namesIn(page)).sort()).toEqual(['vios1', 'vios2']);
    expect(await page.locator('.count').textContent()).toBe('2 of 32 partitions');
    await page.getByLabel('Search').fill('');
    await page.getByLabel('Frame', { exact: false }).and(page.locator('select')).selectOption('frame-01');
    await page.getByLabel('Type').and(page.locator('select')).selectOption('VIOS');
    expect((await namesIn(page)).sort()).toEqual(['vios1', 'vios2']);
    // The address keeps what was asked for.
    const second = await openPage(page.url());
    expect((await namesIn(second)).sort()).toEqual(['vios1', 'vios2']);
    await page.getByLabel('State').and(page.locator('select')).selectOption('running');
    await page.getByLabel('no sample').check();
    await page.getByText('No partition fits what you search for.').waitFor();
    await page.getByRole('button', { name: 'Show all of them' }).click();
    expect(await page.locator('.count').textContent()).toBe('32 partitions');
    // How many there are depends on the time of day.
    const shares = () => page.locator('td[data-column="Of entitlement"]').allTextContents();
    const isOver = (share: string) => share.endsWith('over entitlement');
    const over = (await shares()).filter(isOver).length;
    await page.getByLabel('over entitlement').check();
    expect((await shares()).length).toBe(over);
    expect((await shares()).every(isOver)).toBe(true);
    await page.getByLabel('over entitlement').uncheck();
    await page.getByRole('button', { name: 'Partition', exact: true }).focus();
    await page.keyboard.press('Enter');
    const ascending = await namesIn(page);
    expect(ascending).toEqual([...ascending].sort((left, right) => left.localeCompare(right)));
    expect(await page.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');
    await page.keyboard.press('Enter');
    expect((await namesIn(page))[0]).toBe(ascending.at(-1));
    expect(complaints).toEqual([]);
  });

  test('renders the rows of a large table while scrolling, and searches all of them', async () => {
    const { url } = await startPage({ lpars: 498, history: false });
    const page = await openPage(url);
    expect(await page.locator('.count').textContent()).toBe('500 partitions');
    expect((await namesIn(page)).length).toBeLessThan(500);
    await page.getByLabel('Search').fill('vios');
    expect((await namesIn(page)).sort()).toEqual(['vios1', 'vios2']);
    await page.getByLabel('Search').fill('');
    await expect
      .poll(
        async () => {
          await page.mouse.wheel(0, 20_000);
          return (await namesIn(page)).length;
        },
        { timeout: 30_000 },
      )
      .toBe(500);
  });

  test('shows an evil name as the text that it is, on every page', async () => {
    const { url } = await startPage({ name: EVIL });
    const page = await openPage(url);
    page.on('dialog', () => {
      throw new Error('a script of a partition name was run');
    });
    await page.getByLabel('Search').fill('<script>');
    expect(await namesIn(page)).toEqual([EVIL]);
    await page.getByRole('link', { name: EVIL }).click();
    await page.locator('#detail canvas').first().waitFor();
    expect(await page.locator('h1').textContent()).toBe(EVIL);
    expect(await page.title()).toBe(`${EVIL} – otel-powervm`);
    await page.goto(await addressOf(url, 'vios', 'vios1'));
    await page.locator('.path').waitFor();
    expect(await page.locator('img').count()).toBe(0);
  });

  test('reports that a console is down, and that it works again', async () => {
    const { url, takeConsoleDown, bringConsoleBack } = await startPage();
    const page = await openPage(url);
    const issues = page.locator('#issues');
    await expect.poll(() => issues.textContent(), { timeout: 30_000 }).toBe('All is well.');
    expect(await page.locator('.tile.good', { hasText: 'answers' }).count()).toBe(1);
    takeConsoleDown();
    await issues.locator('li.error', { hasText: 'The console 127.0.0.1 has not worked for' }).waitFor();
    await page.locator('.tile.bad', { hasText: 'does not work' }).waitFor();
    await expect.poll(() => page.title()).toMatch(/^\(\d+\) otel-powervm$/);
    await picture(page, 'status-page-console-down', false);
    bringConsoleBack();
    await expect.poll(() => issues.textContent(), { timeout: 60_000 }).toBe('All is well.');
  });

  test('marks old values, with their age and the reason, and finds them in a search', async () => {
    const { url } = await startPage({ history: false });
    const page = await newPage();
    await page.route('**/status.json', async (route) => {
      const reply = await route.fetch();
      const report = (await reply.json()) as StatusReport;
      const [frame] = report.frames;
      if (!frame?.sampleTime) return route.fulfill({ response: reply, json: report });
      const old = { ...frame, isOld: true, sampleTime: report.time - 720_000, reason: 'nothing listens there' };
      const never = { ...frame, id: 'never', name: 'frame-09', sampleTime: undefined, reason: 'monitoring is off' };
      const partitions = report.partitions.map((one) => ({ ...one, isOld: true }));
      return route.fulfill({ response: reply, json: { ...report, frames: [old, never], partitions } });
    });
    await page.goto(url);
    const card = page.locator('.card.old').first();
    await card.waitFor();
    expect(await card.locator('.head').textContent()).toContain('old: last sample 12 min agonothing listens there');
    // What was known is still to be read, and looks like what it is.
    expect(await card.locator('.meters').textContent()).toMatch(/Processors\d+ %busy \d/);
    const opacity = await inPage<string>(page, "getComputedStyle(document.querySelector('.card.old .meters')).opacity");
    expect(Number(opacity)).toBeLessThan(0.8);
    expect(await page.locator('.card.old').nth(1).textContent()).toContain('no sample yetmonitoring is off');
    await page.getByLabel('no sample').check();
    expect((await namesIn(page)).length).toBe(16);
    expect(await page.locator('td .badge.old').count()).toBe(16);
  });

  test('says that the collector itself is away, and continues as soon as it is back', async () => {
    const { url, stop } = await startPage();
    const page = await openPage(url);
    await stop();
    await page.getByRole('alert').filter({ hasText: 'The collector has not answered since' }).waitFor();
    expect((await namesIn(page)).length).toBe(16);
  });

  test('leads to health, metrics and back, under the name by which the reader came', async () => {
    const { url, health, metrics } = await startPage();
    const page = await openPage(url.replace('127.0.0.1', 'localhost'));
    const links = page.getByRole('navigation', { name: 'Other pages of this collector' });
    const hrefs = await links.getByRole('link').evaluateAll((all) => all.map((one) => one.getAttribute('href')));
    expect(hrefs).toEqual([
      `http://${health}/?verbose`.replace('127.0.0.1', 'localhost'),
      `http://${metrics}/metrics`.replace('127.0.0.1', 'localhost'),
    ]);
    for (const href of hrefs) expect((await fetch(String(href))).status, String(href)).toBe(200);
  });

  test('loads nothing from other origins and cannot be framed', async () => {
    const { url } = await startPage();
    const reply = await fetch(url);
    expect(reply.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(reply.headers.get('x-frame-options')).toBe('DENY');
    const page = await newPage();
    const foreign: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith('data:')) foreign.push(request.url());
    });
    await page.goto(url);
    await page.locator('#partitions tbody tr').first().waitFor();
    expect(foreign).toEqual([]);
    expect((await fetch(`${url}partition.json?id=nobody`)).status).toBe(404);
    expect((await fetch(`${url}frame.json?id=nobody`)).status).toBe(404);
    expect((await fetch(`${url}../../etc/passwd`)).status).toBe(404);
  });
});
