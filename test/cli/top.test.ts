import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../../src/cli/terminal/screen-text.ts';
import { saveCsv } from '../../src/cli/top/csv.ts';
import { type ColumnNeeds, columnsFor } from '../../src/cli/top/drawing/columns.ts';
import { bar, glyphsFor, sparkline } from '../../src/cli/top/drawing/glyphs.ts';
import { filterRows, rowsOf, sortOrders, sortRows } from '../../src/cli/top/drawing/row.ts';
import { listHeight, type Picture, renderScreen, visibleRows } from '../../src/cli/top/drawing/screen.ts';
import { screenStyle } from '../../src/cli/top/drawing/style.ts';
import { outagesOf } from '../../src/cli/top/outages.ts';
import { TrendHistory } from '../../src/cli/top/trend-history.ts';
import { firstView, press, type View } from '../../src/cli/top/view.ts';
import type { FrameActivity } from '../../src/inspector/index.ts';
import { readSimulator } from '../helpers/reading.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const terminal = {
  environment: { LANG: 'C.UTF-8', NO_COLOR: '1', TERM: 'dumb' },
  isInteractive: true,
  print: () => undefined,
  report: () => undefined,
};
const style = screenStyle(terminal);

async function readFrame(): Promise<FrameActivity> {
  const { receiver } = await readSimulator();
  const [frame] = receiver.frames();
  if (!frame) throw new Error('no frame came');
  return frame;
}

function pictureOf(frame: FrameActivity): Picture {
  const trends = new TrendHistory();
  trends.add(frame);
  return {
    frames: [frame],
    rows: rowsOf([frame], trends),
    old: new Set(),
    now: frame.time + 7_000,
    outages: [],
    news: undefined,
  };
}

function renamed(frame: FrameActivity, name: string): FrameActivity {
  const [first, ...others] = frame.partitions;
  return first ? { ...frame, partitions: [{ ...first, name }, ...others] } : frame;
}

const key = (character: string) => ({ character, name: character, ctrl: false });
const named = (name: string) => ({ character: undefined, name, ctrl: false });

describe('the screen', () => {
  test('fits terminals of 40 columns or more, whatever the names', async () => {
    const frame = await readFrame();
    const pages = fc.constantFrom<View['page']>('list', 'partition', 'help');
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.integer({ min: 40, max: 300 }),
        fc.integer({ min: 5, max: 80 }),
        pages,
        (name, width, height, page) => {
          const lines = renderScreen(pictureOf(renamed(frame, name)), { ...firstView, page }, { width, height }, style);
          expect(lines.length).toBeLessThanOrEqual(height + (page === 'help' ? 20 : 0));
          for (const line of lines) {
            expect(widthOf(line)).toBeLessThanOrEqual(width);
            expect(line).not.toMatch(/\p{Cc}/u);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('shows the system, its pools and its partitions, greatest consumer first', async () => {
    const frame = await readFrame();
    const text = renderScreen(pictureOf(frame), firstView, { width: 80, height: 24 }, style).join('\n');
    expect(text).toContain('sample 7 s old');
    expect(text).toMatch(/processors .*% {2}consumed \d+\.\d\d {2}busy \d+\.\d\d {2}of \d+\.\d\d/);
    expect(text).toMatch(/pool 0 .*DefaultPool/);
    const consumed = frame.partitions.map(({ processor }) => processor.consumed ?? 0);
    const [busiest] = visibleRows(pictureOf(frame), firstView);
    expect(busiest?.partition.processor.consumed).toBe(Math.max(...consumed));
  });

  test('of a printout has every partition and no selection', async () => {
    const picture = pictureOf(await readFrame());
    const lines = renderScreen(picture, firstView, { width: 100, height: undefined }, style);
    for (const { partition } of picture.rows) expect(lines.some((line) => line.includes(partition.name))).toBe(true);
  });

  test('of one partition shows which VIOS and port serve it', async () => {
    const picture = pictureOf(await readFrame());
    const row = picture.rows.find(({ partition }) => partition.disks.some(({ type }) => type === 'npiv'));
    const view: View = { ...firstView, page: 'partition', selected: row?.key };
    const text = renderScreen(picture, view, { width: 160, height: undefined }, style).join('\n');
    expect(text).toMatch(/npiv .*served by vios\d .*port fcs\d .*WWPN [0-9a-f]{16}/);
    expect(text).toMatch(/entitlement +\d+\.\d\d/);
  });

  test('shows the newest issue whole, above its last line', async () => {
    const news = 'hmc1: a document could not be read, and here is the reason at some length: refused';
    const picture = { ...pictureOf(await readFrame()), news };
    const lines = renderScreen(picture, firstView, { width: 60, height: 20 }, style);
    expect(lines).toHaveLength(20);
    expect(lines.slice(-3, -1).join(' ').replaceAll(/ +/g, ' ')).toBe(news);
    expect(lines.at(-1)).toContain('q: end');
  });

  test('keeps the selected partition visible', async () => {
    const picture = pictureOf(await readFrame());
    const size = { width: 80, height: 14 };
    for (const { key: selected, partition } of picture.rows) {
      const lines = renderScreen(picture, { ...firstView, selected }, size, style);
      expect(lines.some((line) => line.startsWith(partition.name))).toBe(true);
    }
    expect(listHeight(picture, firstView, size, style)).toBeGreaterThan(0);
  });
});

describe('the screen of 80x24', () => {
  const size = { width: 80, height: 24 };

  /** The same frame three times, under names of its own, whose partitions have the same names. */
  function estate(frame: FrameActivity, old: ReadonlySet<string> = new Set()): Picture {
    const frames = [1, 2, 3].map((number): FrameActivity => {
      const description = { ...frame.system.description, id: `id-${number}`, name: `frame-0${number}` };
      return { ...frame, system: { ...frame.system, description } };
    });
    const trends = new TrendHistory();
    for (const one of frames) trends.add(one);
    return { frames, old, rows: rowsOf(frames, trends, old), now: frame.time + 7_000, outages: [], news: undefined };
  }

  test('has processors, memory, power and pools of three frames, and ten partitions with their frame', async () => {
    const frame = await readFrame();
    const lines = renderScreen(estate(frame), firstView, size, style);
    expect(lines).toHaveLength(24);
    for (const name of ['frame-01', 'frame-02', 'frame-03']) {
      const at = lines.findIndex((line) => line.startsWith(name));
      expect(lines[at]).toMatch(/CPU \S+ +\d+% +\d+\.\d\d\/\d+\.\d\d {2}MEM \S+ +\d+% +[\d.]+[GT] free {2}\d+ W$/);
      expect(lines[at + 1]).toMatch(/^ {2}pools DefaultPool \d+%/);
    }
    const titles = lines.findIndex((line) => line.startsWith('PARTITION'));
    expect(lines[titles]).toMatch(/FRAME .*CONS▼/);
    const rows = lines.slice(titles + 1, -1);
    expect(rows.length).toBeGreaterThanOrEqual(10);
    for (const row of rows) expect(row).toMatch(/frame-0[123]/);
  });

  test('shows the column that it is sorted by, whichever that is, with an arrow', async () => {
    const picture = estate(await readFrame());
    for (const order of sortOrders) {
      const view: View = { ...firstView, order };
      const titles = (one: View) =>
        renderScreen(picture, one, size, style).find((line) => line.startsWith('PARTITION'));
      expect(titles(view), order.title).toMatch(order.key === 'a' ? /^PARTITION▲/ : /▼/);
      expect(titles({ ...view, isReversed: true }), order.title).toMatch(order.key === 'a' ? /^PARTITION▼/ : /▲/);
    }
  });

  test('lists every key in its help', () => {
    const lines = renderScreen({ ...emptyPicture, now: 0 }, { ...firstView, page: 'help' }, size, style);
    expect(lines.length).toBeLessThanOrEqual(24);
    expect(lines.join('\n')).not.toContain('…');
    for (const { title } of sortOrders) expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toContain(title);
    expect(lines.at(-1)).toContain('red from 95 %');
  });

  test('says of an outage what, since when, why and what to do, and marks the last known values as old', async () => {
    const frame = await readFrame();
    const now = frame.time + 720_000;
    const condition = {
      state: 'failing' as const,
      seconds: 600,
      code: 'POWERVM_CONSOLE_UNREACHABLE' as const,
      reason: 'hmc1.example.com:12443: nothing listens there (connection refused)',
      remedy: 'Check the address and the port, and whether a firewall is in between.',
    };
    const console = { address: 'hmc1.example.com', condition };
    const outages = outagesOf({ consoles: [console], systems: [] } as unknown as Parameters<typeof outagesOf>[0], now);
    const old = new Set(['id-1', 'id-2', 'id-3']);
    const picture = { ...estate(frame, old), now, outages };
    const lines = renderScreen(picture, firstView, size, style);
    const text = lines.join(' ').replaceAll(/\s+/g, ' ');
    const since = new Date(now - 600_000).toISOString().slice(11, 19);
    expect(text).toContain('NOTHING NEW: last sample 12 min ago');
    expect(text).toContain(
      `hmc1.example.com does not work since ${since}Z (10 min): ${condition.reason}. ${condition.remedy}`,
    );
    expect(lines.filter((line) => line.includes('old: last sample 12 min ago')).length).toBe(3);
    expect(lines.filter((line) => line.includes('(old)')).length).toBeGreaterThan(3);
    expect(lines).toHaveLength(24);
    // With nothing known, what is wrong and what to do are all there is, and whole.
    const start = renderScreen({ ...emptyPicture, now, outages }, firstView, size, style)
      .join(' ')
      .replaceAll(/\s+/g, ' ');
    expect(start).toContain('no sample yet');
    expect(start).toContain(condition.remedy);
  });

  test('of one partition cuts no adapter, and says what its trend is drawn to', async () => {
    const frame = await readFrame();
    const trends = new TrendHistory();
    for (const offset of [0, 30_000]) trends.add({ ...frame, time: frame.time + offset });
    const now = { ...frame, time: frame.time + 30_000 };
    const rows = rowsOf([now], trends);
    const row = rows.find(({ partition }) => partition.disks.some(({ type }) => type === 'npiv'));
    const view: View = { ...firstView, page: 'partition', selected: row?.key };
    const picture = { ...pictureOf(now), rows };
    const lines = renderScreen(picture, view, { width: 80, height: undefined }, style);
    expect(lines.join('\n')).not.toContain('…');
    expect(lines.join(' ').replaceAll(/\s+/g, ' ')).toMatch(/served by vios\d port fcs\d WWPN [0-9a-f]{16}/);
    expect(lines.join('\n')).toMatch(/full height is \d+\.\d\d/);
  });

  test('colours what is nearly full, and writes the same in numbers', async () => {
    const coloured = screenStyle({ ...terminal, environment: { LANG: 'C.UTF-8', TERM: 'xterm' } });
    const frame = await readFrame();
    const [first, ...others] = frame.partitions;
    if (!first) throw new Error('the frame is empty');
    const processor = { ...first.processor, consumedUtilization: 1.39 };
    const full = { ...frame, partitions: [{ ...first, name: 'greedy', processor }, ...others] };
    const view: View = { ...firstView, selected: rowsOf([full], new TrendHistory())[1]?.key };
    const lines = renderScreen(pictureOf(full), view, { width: 100, height: undefined }, coloured);
    expect(lines.find((line) => line.startsWith('greedy'))).toContain('\u001b[31m139.0\u001b[0m');
  });
});

const emptyPicture: Picture = { frames: [], old: new Set(), rows: [], now: 0, outages: [], news: undefined };

test('writes what is shown as CSV: numbers in full, names that are no formulas, no file overwritten', async () => {
  const frame = renamed(await readFrame(), '=cmd(),"x"');
  const { rows } = pictureOf(frame);
  const directory = await temporaryDirectory();
  const done = await saveCsv(rows, Date.parse('2026-03-04T12:00:00Z'), directory);
  expect(done).toBe(`${rows.length} partitions written to ${directory}/otel-powervm-top-20260304T120000Z.csv`);
  const lines = (await readFile(`${directory}/otel-powervm-top-20260304T120000Z.csv`, 'utf8')).trimEnd().split('\r\n');
  expect(lines).toHaveLength(rows.length + 1);
  expect(lines[0]).toMatch(/^time,frame,partition,.*consumed_processors/);
  expect(lines[1]).toContain(`"'=cmd(),""x"""`);
  expect(lines[2]?.split(',')[9]).toBe(String(rows[1]?.partition.processor.consumed));
  expect(await saveCsv(rows, Date.parse('2026-03-04T12:00:00Z'), directory)).toMatch(/^not written: .*exist/i);
});

describe('keys', () => {
  const keys = ['a', 'b', 'c'];
  const pressAll = (...presses: Parameters<typeof press>[1][]) =>
    presses.reduce<View | 'quit'>((view, next) => (view === 'quit' ? view : press(view, next, keys, 2)), firstView);

  test('navigate, open and go back', () => {
    expect(pressAll(named('down'), named('down'), named('down'))).toMatchObject({ selected: 'c' });
    expect(pressAll(named('end'), named('pageup'))).toMatchObject({ selected: 'a' });
    expect(pressAll(named('down'), named('return'))).toMatchObject({ page: 'partition', selected: 'b' });
    expect(pressAll(named('return'), named('escape'))).toMatchObject({ page: 'list' });
    expect(pressAll(named('return'), key('q'), key('q'))).toBe('quit');
    expect(press(firstView, { character: '\u0003', name: 'c', ctrl: true }, keys, 2)).toBe('quit');
  });

  test('sort, reverse and filter', () => {
    expect(pressAll(key('n'))).toMatchObject({ order: { title: 'network' }, isReversed: false });
    expect(pressAll(key('n'), key('n'))).toMatchObject({ order: { title: 'network' }, isReversed: true });
    expect(pressAll(key('/'), key('q'), key('c'), named('backspace'), named('return'))).toMatchObject({
      filter: 'q',
      isTyping: false,
    });
    expect(pressAll(key('/'), key('q'), named('escape'))).toMatchObject({ filter: '', isTyping: false });
  });

  test('any key sequence leaves a view that can be rendered', () => {
    const anyKey = fc.record({
      character: fc.option(fc.string({ minLength: 1, maxLength: 1 }), { nil: undefined }),
      name: fc.constantFrom('up', 'down', 'return', 'escape', 'pageup', 'pagedown', 'home', 'end', 'f1', undefined),
      ctrl: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(anyKey), fc.array(fc.string()), (presses, rows) => {
        let view: View | 'quit' = firstView;
        for (const next of presses) if (view !== 'quit') view = press(view, next, rows, 5);
        if (view !== 'quit' && view.page === 'partition') expect(view.selected).toBeDefined();
      }),
    );
  });
});

test('rows without a value come last in either sort direction', async () => {
  const { rows } = pictureOf(await readFrame());
  for (const order of sortOrders) {
    for (const isReversed of [false, true]) {
      const values = sortRows(rows, order, isReversed).map((row) => order.of(row));
      const firstAbsent = values.indexOf(undefined);
      if (firstAbsent >= 0) expect(values.slice(firstAbsent).every((value) => value === undefined)).toBe(true);
    }
  }
  expect(filterRows(rows, 'VIOS').length).toBe(2);
});

const needs: ColumnNeeds = { frames: 'one', order: 'c', hasTrend: true };

test('a narrow terminal keeps the most important columns, a wide one uses its full width', () => {
  expect(columnsFor(40, needs).map(({ title }) => title)).toEqual(['PARTITION', 'ENT', 'CONS', 'BUSY', '%ENT']);
  expect(columnsFor(200, { ...needs, frames: 'several' }).map(({ title }) => title)).toContain('FRAME');
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 400 }), fc.boolean(), (width, hasTrend) => {
      const columns = columnsFor(width, { ...needs, hasTrend });
      const used = columns.reduce((sum, column) => sum + column.width + 1, -1);
      expect(used).toBeLessThanOrEqual(width);
    }),
  );
});

test('bars and trends use the characters that the terminal supports', () => {
  const unicode = glyphsFor({ LANG: 'de_DE.UTF-8' });
  const ascii = glyphsFor({ LANG: 'C' });
  expect([0, 0.5, 1, 1.2, undefined].map((ratio) => bar(ratio, 4, unicode))).toEqual([
    '░░░░',
    '██░░',
    '████',
    '███▶',
    '    ',
  ]);
  expect(bar(0.5, 4, ascii)).toBe('##..');
  expect(sparkline([0, 1, undefined, 2], 4, unicode)).toBe('▁▅ █');
  expect(sparkline([1, 5, 2, 2], 2, ascii)).toBe('#-');
  expect(sparkline([1, 2], 2, ascii, 7)).toBe('.:');
  expect(glyphsFor({ LC_ALL: 'C', LANG: 'de_DE.UTF-8' })).toBe(ascii);
});

test('a trend has one slot per half minute, and gaps stay visible', async () => {
  const frame = await readFrame();
  const [partition] = frame.partitions.filter(({ processor }) => processor.consumed !== undefined);
  const trends = new TrendHistory();
  const at = (offset: number) => ({ ...frame, time: frame.time + offset });
  for (const offset of [0, 30_000, 90_000]) trends.add(at(offset));
  const values = trends.consumed(frame.system.description.id, partition?.id ?? '', frame.time + 90_000);
  expect(values).toHaveLength(60);
  expect(values.slice(-4).map((value) => value !== undefined)).toEqual([true, true, false, true]);
  trends.add(at(3_600_000));
  expect(
    trends.consumed(frame.system.description.id, partition?.id ?? '', frame.time + 3_600_000).filter((value) => value),
  ).toHaveLength(1);
});
