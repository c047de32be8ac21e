import { describe, expect, test } from 'vitest';
import { CurrentSamples } from '../../../src/receiver/polling/current-samples.ts';
import { EnergyFeed } from '../../../src/receiver/polling/energy-feed.ts';
import { FeedListing } from '../../../src/receiver/polling/feed-listing.ts';
import type { ManagedSystem } from '../../../src/rest/model.ts';
import { DocumentConsole, timeOf } from '../../helpers/document-console.ts';
import { lpar, phyp } from '../../helpers/documents.ts';
import { SYSTEM_ID } from '../../helpers/frames.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';
import { instantOf } from '../../helpers/sample-reader.ts';
import { traversals } from '../../helpers/traversals.ts';

const { signal } = new AbortController();

/** The current samples of a system; our clock shows the time of the instant that the console wrote last. */
function currentSamples() {
  const console = new DocumentConsole();
  const log = new RecordedLog();
  const { clock, recorder, create } = traversals({ logger: log });
  const setBack: number[] = [];
  let skew = 0;
  const current = new CurrentSamples({
    newTraversal: create,
    feed: new FeedListing({
      system: () => ({ id: SYSTEM_ID, name: 'frame' }) as ManagedSystem,
      preferences: () => undefined,
      readsEnergy: false,
      energy: new EnergyFeed(SYSTEM_ID, clock, recorder),
    }),
    clock,
    clockSkew: () => skew,
    onClockSetBack: (consoleNow) => setBack.push(consoleNow),
    logger: log,
    place: () => ({ system: 'frame' }),
  });
  const poll = async () => {
    const entries = await current.list(console, signal);
    const step = await current.step(console, entries, signal);
    if (step.activities.length > 0) current.noteReceived(clock.monotonic());
    return step;
  };
  const setConsoleTime = (instant: number) => {
    skew = timeOf(instant) - clock.now();
  };
  return { clock, console, current, poll, log, setBack, setConsoleTime };
}

describe('current samples', () => {
  test('begin with two instants and follow what is new, asking for each document once', async () => {
    const { console, poll, setConsoleTime } = currentSamples();
    console.addInstants(0, 20);
    setConsoleTime(20);
    expect((await poll()).activities.map(instantOf)).toEqual([19, 20]);
    console.addInstants(21, 22);
    setConsoleTime(22);
    expect((await poll()).activities.map(instantOf)).toEqual([21, 22]);
    expect(new Set(console.requested).size).toBe(console.requested.length);
  });

  test('start again at the newest when more is new than is read in order', async () => {
    const { console, poll, current, setConsoleTime } = currentSamples();
    console.addInstants(0, 5);
    setConsoleTime(5);
    await poll();
    console.addInstants(6, 30);
    setConsoleTime(30);
    expect((await poll()).activities.map(instantOf)).toEqual([29, 30]);
    expect(current.newestInstant).toBe(timeOf(30));
  });

  test.each([
    ['the newest', ['phyp 20'], [18, 19]],
    ['the second newest', ['phyp 19'], [18, 20]],
    ['the two behind the newest', ['phyp 19', 'phyp 18'], [17, 20]],
  ])('take the first rates from older instants when %s cannot be read', async (_what, broken, instants) => {
    const { console, poll, setConsoleTime } = currentSamples();
    console.addInstants(0, 20);
    setConsoleTime(20);
    console.intercept = ({ fileName }) => (broken.includes(fileName) ? '{' : undefined);
    const { activities } = await poll();
    expect(activities.map(instantOf)).toEqual(instants);
    expect(activities[1]?.partitions[0]?.processor.consumed).toBeGreaterThan(0);
    const whole = console.requested.filter((name) => !broken.includes(name));
    expect(new Set(whole).size).toBe(whole.length);
  });

  test('read a third instant for a counter that could not be read in the second, and ask for nothing twice', async () => {
    const { console, poll, setConsoleTime } = currentSamples();
    console.addInstants(0, 20);
    setConsoleTime(20);
    const processor = { ...(lpar(timeOf(19)).processor as object), utilizedCappedProcCycles: 'many' };
    const partial = phyp(timeOf(19), { lpars: [lpar(timeOf(19), { processor })] });
    console.intercept = ({ fileName }) => (fileName === 'phyp 19' ? partial : undefined);
    const { activities } = await poll();
    expect(activities.map(instantOf)).toEqual([19, 20]);
    expect(activities[1]?.partitions[0]?.processor.consumed).toBeCloseTo(0.75);
    expect(console.requested.sort()).toEqual(['phyp 18', 'phyp 19', 'phyp 20']);
  });

  test("continue with a console's clock that was set back, which they say once", async () => {
    const { clock, console, poll, log, setBack, setConsoleTime } = currentSamples();
    console.addInstants(0, 20);
    setConsoleTime(20);
    await poll();
    // Nineteen instants back: what it listed before lies in its future, and its timebase continues.
    await clock.advance(30_000);
    setConsoleTime(2);
    console.purgeBefore(10);
    const sample = { timeBasedCycles: (5000 + 21 * 30) * 512_000_000 };
    console.add('phyp', timeOf(2), phyp(timeOf(2), { lpars: [lpar(timeOf(21))], sample }));
    const { activities } = await poll();
    expect(activities.map(({ sample: { listedAt } }) => listedAt)).toEqual([timeOf(2)]);
    expect(activities[0]?.partitions[0]?.processor.consumed).toBeCloseTo(0.75);
    expect((await poll()).activities).toEqual([]);
    expect(setBack).toHaveLength(1);
    expect(log.at('warn').filter(({ message }) => message.includes('was set back'))).toHaveLength(1);
  });
});
