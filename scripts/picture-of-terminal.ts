/**
 * Draws a terminal screen as a picture, for the pages: `tmux capture-pane -e -p | tsx scripts/picture-of-terminal.ts FILE.png`.
 * It knows the few attributes that our screens use: bold, faint, reverse, and none.
 */
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const STYLES: Readonly<Record<string, string>> = {
  '1': 'font-weight:bold',
  '2': 'opacity:.6',
  '7': 'background:#d8dee9;color:#1d2430',
  '31': 'color:#ff7b72',
  '32': 'color:#7ee787',
  '33': 'color:#f2cc60',
};

/** What a code takes back; without one, everything. */
const ENDED: Readonly<Record<string, readonly string[]>> = {
  '22': ['1', '2'],
  '27': ['7'],
  '39': ['31', '32', '33'],
  '49': [],
};

function html(screen: string): string {
  let active: readonly string[] = [];
  let isOpen = false;
  const close = () => (isOpen ? '</span>' : '');
  const text = screen.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const body = text.replace(/\u001b\[([\d;]*)m/g, (_match, codes: string) => {
    for (const code of codes.split(';')) {
      const ended = ENDED[code];
      if (code === '' || code === '0') active = [];
      else active = ended === undefined ? [...active, code] : active.filter((one) => !ended.includes(one));
    }
    const style = active.flatMap((code) => STYLES[code] ?? []);
    const opening = close() + (style.length > 0 ? `<span style="${style.join(';')}">` : '');
    isOpen = style.length > 0;
    return opening;
  });
  return `<body style="margin:0"><pre style="display:inline-block;margin:0;padding:14px 18px;background:#1d2430;color:#d8dee9;font:15px/1.25 'DejaVu Sans Mono',monospace">${body}${close()}</pre>`;
}

const [file = 'terminal.png'] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
await page.setContent(html(readFileSync(0, 'utf8').trimEnd()));
await page.locator('pre').screenshot({ path: file });
await browser.close();
