import { expect, test } from 'vitest';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, connect, hurriedClock, onlySystem, optionsFor, startSimulator } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/**
 * `inspect` reads two instants for its rates. When the document of one of them was broken there were no rates at all,
 * though older ones were good.
 */
test.each([
  ['the second newest', -2, 1],
  ['the newest', -1, 1],
  ['the two behind the newest', -2, 2],
])('%s instant that cannot be read is replaced by an older one', async (_what, position, count) => {
  const simulator = await startSimulator({ lpars: 3 });
  const probe = new PowerVmReceiver({ consoles: [optionsFor(simulator)], clock: hurriedClock });
  afterThisTest(() => probe.stop());
  await probe.refresh({ withInventory: false });
  const read = simulator.requests.map(({ path }) => path).filter((path) => path.includes('_phyp_'));
  const newest = [...read].sort();
  expect(newest).toHaveLength(2);
  const stampOf = (path: string) => /_phyp_(\d{8}T\d{6})/.exec(path)?.[1] ?? '';
  const broken = position === -1 ? [newest[1]] : [newest[0]];
  const first = stampOf(broken[0] ?? '');
  const requested = new Set<string>();
  simulator.intercept = ({ path }) => {
    if (!path.includes('_phyp_')) return undefined;
    requested.add(path);
    const older = [...requested]
      .filter((other) => stampOf(other) <= first)
      .sort()
      .reverse();
    return older.slice(0, count).includes(path) && stampOf(path) <= first ? { truncateTo: 200 } : undefined;
  };
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator)], clock: hurriedClock });
  afterThisTest(() => receiver.stop());
  const { frames, failures } = await receiver.refresh({ withInventory: false });
  expect(failures).toEqual([]);
  expect(frames[0]?.previousTime).toBeLessThan(frames[0]?.time ?? 0);
  expect(frames[0]?.partitions.some(({ processor }) => processor.consumed !== undefined)).toBe(true);
});

test.each([
  ['a partition', /"utilizedCappedProcCycles"\s*:\s*\d+/, '"utilizedCappedProcCycles":null'],
  ['all partitions', /"lparsUtil"\s*:/, '"lparsUtil":"?","elsewhere":'],
])(
  'what of the second newest instant cannot be read, of %s, is taken from an older one',
  async (_what, part, instead) => {
    const { simulator, clock } = await simulatedTime({ lpars: 3 });
    const { id } = onlySystem(simulator);
    const console = connect(simulator, { clock });
    const feed = await console.longTermMonitorFeed(id);
    const [broken] = feed.filter(({ category }) => category === 'phyp').slice(-2);
    if (!broken) throw new Error('no document');
    const text = await console.pcmDocument(broken);
    expect(text).toMatch(part);
    const body = text.replace(part, instead);
    const rates = async () => {
      const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock });
      afterThisTest(() => receiver.stop());
      const { frames, failures } = await receiver.refresh({ withInventory: false });
      expect(failures).toEqual([]);
      return frames.flatMap(({ partitions }) => partitions.map(({ processor }) => processor.consumed));
    };
    const whole = await rates();
    expect(whole.filter((rate) => rate !== undefined).length).toBeGreaterThan(1);
    simulator.intercept = ({ path }) =>
      decodeURIComponent(path).endsWith(broken.fileName) ? { status: 200, body } : undefined;
    const mended = await rates();
    expect(mended.map((rate) => rate === undefined)).toEqual(whole.map((rate) => rate === undefined));
  },
);
