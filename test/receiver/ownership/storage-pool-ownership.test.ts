import { expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import { emptyInventory, type FrameActivity } from '../../../src/inspector/index.ts';
import { metricView, resourceMetricsOf } from '../../../src/metrics/index.ts';
import { StoragePoolOwnership } from '../../../src/receiver/ownership/storage-pool-ownership.ts';
import { phyp, START, storage, vios, viosPartition } from '../../helpers/documents.ts';
import { lastFrame } from '../../helpers/frames.ts';
import { pointsOf } from '../../helpers/points.ts';

const OTHER_SYSTEM = '00000000-0000-4000-8000-000000000002';
const OTHER_VIOS = '5A2B3C4D-0000-4000-8000-00000000000E';

/** What a frame tells whose VIOS is in the pool. */
function frameAt(time: number, isOther: boolean): FrameActivity {
  const pool = { id: 'pool', totalSpace: 1000, usedSpace: 10, ...storage() };
  const partition = viosPartition(time, isOther ? { uuid: OTHER_VIOS } : {});
  const poll = {
    time,
    phyp: phyp(time, { vioses: [partition] }),
    vioses: [vios(time, { storage: { sharedStoragePools: [pool] } })],
  };
  return isOther ? lastFrame([poll], emptyInventory(OTHER_SYSTEM)) : lastFrame([poll]);
}

const reportedBy = (frame: FrameActivity) =>
  pointsOf(resourceMetricsOf([frame], metricView())).filter(({ name }) => name.startsWith('powervm.ssp.'));

test('a pool that spans systems has its size from one system, and the traffic of every VIOS', () => {
  const clock = new ManualClock(START);
  const ownership = new StoragePoolOwnership(clock, 120_000);
  const points = [0, 30_000].flatMap((later) =>
    [false, true].flatMap((isOther) => reportedBy(ownership.accountFor(frameAt(START + later, isOther)))),
  );
  const keys = points.map(({ name, attributes, endTime }) => JSON.stringify([name, attributes, endTime]));
  expect(new Set(keys).size).toBe(keys.length);
  expect(points.filter(({ name }) => name === 'powervm.ssp.size')).toHaveLength(2);
  expect(new Set(points.map(({ attributes }) => attributes['powervm.vios.id']))).toHaveProperty('size', 3);
});

test('another system takes over when the reporting one has no new samples', async () => {
  const clock = new ManualClock(START);
  const ownership = new StoragePoolOwnership(clock, 120_000);
  const sizes = (later: number, isOther: boolean) =>
    reportedBy(ownership.accountFor(frameAt(START + later, isOther))).filter(({ name }) => name === 'powervm.ssp.size')
      .length;
  expect(sizes(0, false)).toBe(1);
  expect(sizes(90_000, true)).toBe(0);
  await clock.advance(150_000, async () => undefined);
  // What the other saw before the last word is no news.
  expect(sizes(0, true)).toBe(0);
  expect(sizes(150_000, true)).toBe(1);
  expect(sizes(150_000, false)).toBe(0);
});
