import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { widthOf } from '../../src/cli/screen-text.ts';
import { columnsFor } from '../../src/cli/top/columns.ts';
import { bar, glyphsFor, sparkline } from '../../src/cli/top/glyphs.ts';
import { filterRows, rowsOf, sortOrders, sortRows } from '../../src/cli/top/row.ts';
import { listHeight, type Picture, renderScreen, visibleRows } from '../../src/cli/top/screen.ts';
import { screenStyle } from '../../src/cli/top/style.ts';
import { TrendBook } from '../../src/cli/top/trend-book.ts';
import { firstView, press, type View } from '../../src/cli/top/view.ts';
import type { FrameActivity } from '../../src/inspector/index.ts';
import { readSimulator } from '../helpers/reading.ts';

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
  const trends = new TrendBook();
  trends.add(frame);
  return { frames: [frame], rows: rowsOf([frame], trends), now: frame.time + 7_000, trouble: undefined };
}

function renamed(frame: FrameActivity, name: string): FrameActivity {
  const [first, ...others] = frame.partitions;
  return first ? { ...frame, partitions: [{ ...first, name }, ...others] } : frame;
}

const key = (character: string) => ({ character, name: character, ctrl: false });
const named = (name: string) => ({ character: undefined, name, ctrl: false });

describe('the screen', () => {
  test('fits terminals from 40 columns on, whatever the names are', async () => {
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
          expect(lines.length).toBeLessThanOrEqual(height);
          for (const line of lines) {
            expect(widthOf(line)).toBeLessThanOrEqual(width);
            expect(line).not.toMatch(/\p{Cc}/u);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  test('shows the frame, its pools and its partitions, the greatest consumer first', async () => {
    const frame = await readFrame();
    const text = renderScreen(pictureOf(frame), firstView, { width: 80, height: 24 }, style).join('\n');
    expect(text).toContain('sample 7 s old');
    expect(text).toMatch(/processors .*% {2}consumed \d+\.\d\d {2}busy \d+\.\d\d {2}of \d+\.\d\d/);
    expect(text).toMatch(/pool 0 .*DefaultPool/);
    const consumed = frame.partitions.map(({ processor }) => processor.consumed ?? 0);
    const [busiest] = visibleRows(pictureOf(frame), firstView);
    expect(busiest?.partition.processor.consumed).toBe(Math.max(...consumed));
  });

  test('of a printout has every partition and marks none', async () => {
    const picture = pictureOf(await readFrame());
    const lines = renderScreen(picture, firstView, { width: 100, height: undefined }, style);
    for (const { partition } of picture.rows) expect(lines.some((line) => line.includes(partition.name))).toBe(true);
  });

  test('of one partition tells which VIOS and port serve it', async () => {
    const picture = pictureOf(await readFrame());
    const row = picture.rows.find(({ partition }) => partition.disks.some(({ type }) => type === 'npiv'));
    const view: View = { ...firstView, page: 'partition', selected: row?.key };
    const text = renderScreen(picture, view, { width: 160, height: undefined }, style).join('\n');
    expect(text).toMatch(/npiv .*served by vios\d .*port fcs\d .*WWPN [0-9a-f]{16}/);
    expect(text).toMatch(/entitlement +\d+\.\d\d/);
  });

  test('has its last line for the newest trouble', async () => {
    const picture = { ...pictureOf(await readFrame()), trouble: 'hmc1: no sample; trying again: refused' };
    const lines = renderScreen(picture, firstView, { width: 60, height: 20 }, style);
    expect(lines.at(-1)).toBe('hmc1: no sample; trying again: refused');
  });

  test('of 80x24 has three frames whole, with processors and memory, and tells partitions of one name apart', async () => {
    const frame = await readFrame();
    const frames = ['frame-01', 'frame-02', 'frame-03'].map((name, index) => ({
      ...frame,
      system: { ...frame.system, description: { ...frame.system.description, id: `id-${index}`, name } },
    }));
    const picture = { ...pictureOf(frame), frames, rows: rowsOf(frames, new TrendBook()) };
    const lines = renderScreen(picture, firstView, { width: 80, height: 24 }, style);
    expect(lines).toHaveLength(24);
    for (const name of ['frame-01', 'frame-02', 'frame-03']) {
      expect(lines.filter((line) => line.startsWith(name))).toEqual([
        expect.stringMatching(/^frame-0\d +cpu \S{8} +\d+% [\d.]+\/\d+ +mem \S{8} +\d+% [\d.]+\w*\/[\d.]+\w*$/),
      ]);
    }
    expect(lines.find((line) => line.startsWith('PARTITION'))).toContain(' FRAME ');
  });

  test('shows the column by which it is sorted, and which way', async () => {
    const picture = pictureOf(await readFrame());
    for (const order of sortOrders) {
      for (const isReversed of [false, true]) {
        const lines = renderScreen(picture, { ...firstView, order, isReversed }, { width: 80, height: 24 }, style);
        const arrow = (order.key === 'a') === isReversed ? '▼' : '▲';
        expect(lines.filter((line) => line.includes(`${order.column}${arrow}`))).toHaveLength(1);
      }
    }
  });

  test('has help and reasons whole in 80 columns', async () => {
    const picture = pictureOf(await readFrame());
    const size = { width: 80, height: 24 };
    const help = renderScreen(picture, { ...firstView, page: 'help' }, size, style).join(' ');
    expect(help).not.toContain('…');
    const trouble = `https://hmc1.example.com:12443: the console does not answer; trying again: hmc1.example.com: nothing listens there (connection refused)`;
    const lines = renderScreen({ ...picture, trouble }, firstView, size, style);
    expect(lines).toHaveLength(24);
    expect(lines.join(' ')).toContain('nothing listens there (connection refused)');
  });

  test('keeps the selected partition in sight', async () => {
    const picture = pictureOf(await readFrame());
    const size = { width: 80, height: 14 };
    for (const { key: selected, partition } of picture.rows) {
      const lines = renderScreen(picture, { ...firstView, selected }, size, style);
      expect(lines.some((line) => line.startsWith(partition.name))).toBe(true);
    }
    expect(listHeight(picture, size, style)).toBeGreaterThan(0);
  });
});

describe('keys', () => {
  const keys = ['a', 'b', 'c'];
  const pressAll = (...presses: Parameters<typeof press>[1][]) =>
    presses.reduce<View | 'quit'>((view, next) => (view === 'quit' ? view : press(view, next, keys, 2)), firstView);

  test('move, open and go back', () => {
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

  test('whatever is pressed, the view stays one that can be drawn', () => {
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

test('rows without a value come last, whichever way they are sorted', async () => {
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

test('a narrow terminal keeps what matters most, a wide one fills its width', () => {
  expect(columnsFor(40, { hasSeveralFrames: false }).map(({ title }) => title)).toEqual([
    'PARTITION',
    'ENT',
    'CONS',
    'BUSY',
    '%ENT',
  ]);
  expect(columnsFor(200, { hasSeveralFrames: true }).map(({ title }) => title)).toContain('FRAME');
  fc.assert(
    fc.property(fc.integer({ min: 20, max: 400 }), fc.boolean(), (width, several) => {
      const columns = columnsFor(width, { hasSeveralFrames: several });
      const used = columns.reduce((sum, column) => sum + column.width + 1, -1);
      expect(used).toBeLessThanOrEqual(width);
    }),
  );
});

test('bars and trends are drawn with what the terminal understands', () => {
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
  expect(glyphsFor({ LC_ALL: 'C', LANG: 'de_DE.UTF-8' })).toBe(ascii);
});

test('a trend has one place for each half minute, and a gap stays one', async () => {
  const frame = await readFrame();
  const [partition] = frame.partitions.filter(({ processor }) => processor.consumed !== undefined);
  const trends = new TrendBook();
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
