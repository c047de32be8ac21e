import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import {
  addressOf,
  halfAnHourIn,
  hasChromium,
  inPage,
  newPage,
  openPage,
  startPage,
  useBrowser,
} from './start-page.ts';

useBrowser();

const WIDTHS = [390, 768, 1024, 1280, 1440, 2560];

/** What a reader of this width cannot see of the texts of some elements. */
function lostTexts(page: Page, selector: string): Promise<readonly string[]> {
  return inPage(
    page,
    `[...document.querySelectorAll(${JSON.stringify(selector)})].filter((one) => {
      if (one.closest('[hidden]')) return false;
      const { left, right, width, height } = one.getBoundingClientRect();
      const isCut = one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible';
      return width === 0 || height === 0 || left < 0 || right > innerWidth || isCut;
    }).map((one) => one.textContent)`,
  );
}

function sticksOut(page: Page): Promise<number> {
  return inPage(page, 'document.documentElement.scrollWidth - innerWidth');
}

describe.skipIf(!hasChromium)('the layout of the status page (skipped without Chromium)', () => {
  test('loses no number in any width, light and dark', async () => {
    const { url } = await startPage({ systems: 3, lpars: 6 });
    const partition = await (async () => {
      await openPage(url);
      return addressOf(url, 'partition', 'prod-db1');
    })();
    for (const [index, width] of WIDTHS.entries()) {
      // The colours take no room: every other width is enough.
      for (const colorScheme of index % 2 === 0 ? (['light', 'dark'] as const) : (['light'] as const)) {
        const page = await openPage(url, { width, colorScheme });
        await halfAnHourIn(page);
        const numbers = 'td.number, .meter .share, .meter .detail, .legend b, .tile p, .power b';
        expect(await page.locator('td.number').count()).toBeGreaterThan(50);
        expect(await lostTexts(page, numbers), `${width} ${colorScheme}`).toEqual([]);
        expect(await sticksOut(page), `${width} ${colorScheme}`).toBe(0);
        await page.goto(partition);
        await halfAnHourIn(page);
        expect(await lostTexts(page, 'td.number, .figures b, .legend b, .box'), `${width} ${colorScheme}`).toEqual([]);
        expect(await sticksOut(page), `${width} ${colorScheme}, a partition`).toBe(0);
        // The legend is ours: nothing of uPlot's is in the page.
        expect(await page.locator('.u-legend').count()).toBe(0);
        await page.close();
      }
    }
  }, 240_000);

  test('uses the width: frames stand side by side where there is room', async () => {
    const { url } = await startPage({ systems: 3, lpars: 4, history: false });
    const lefts = async (width: number) => {
      const page = await openPage(url, { width });
      await expect.poll(() => page.locator('.card.frame').count(), { timeout: 30_000 }).toBe(3);
      const places = await page
        .locator('.card.frame')
        .evaluateAll((all) => all.map((one) => Math.round(one.getBoundingClientRect().left)));
      return new Set(places).size;
    };
    expect(await lefts(390)).toBe(1);
    expect(await lefts(1280)).toBe(2);
    expect(await lefts(2560)).toBe(3);
  });

  test('prints black on white even from a dark screen, all rows, and no controls', async () => {
    const { url } = await startPage();
    const page = await openPage(url, { colorScheme: 'dark' });
    await halfAnHourIn(page);
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const [text, background] = await inPage<readonly string[]>(
      page,
      '(({ color, backgroundColor }) => [color, backgroundColor])(getComputedStyle(document.body))',
    );
    expect(background).toBe('rgb(255, 255, 255)');
    expect(text).toBe('rgb(27, 31, 36)');
    expect(await page.locator('.tools').isVisible()).toBe(false);
    expect((await page.pdf()).length).toBeGreaterThan(10_000);
  });

  test('says what to do where there is nothing to show', async () => {
    const { url } = await startPage({ history: false });
    const page = await newPage();
    await page.route('**/status.json', async (route) => {
      const reply = await route.fetch();
      await route.fulfill({ response: reply, json: { ...(await reply.json()), frames: [], partitions: [] } });
    });
    await page.goto(url);
    await page.getByText('No frame yet.').waitFor();
    expect(await page.locator('#frames .empty').textContent()).toContain('otel-powervm doctor');
    await page.unroute('**/status.json');
    await page.route('**/status.json', async (route) => {
      const reply = await route.fetch();
      await route.fulfill({ response: reply, json: { ...(await reply.json()), frames: [], consoles: [] } });
    });
    await page.reload();
    await page.getByText('No console is configured').waitFor();
  });
});
