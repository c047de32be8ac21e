import { expect, test } from 'vitest';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, connect, onlySystem, optionsFor } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/**
 * At first contact a third instant was read whenever any partition had no rate, and with it everything was asked for a
 * second time: also for a partition that is new or powered off, of which no older document knows more.
 */

interface PhypDocument {
  systemUtil: { utilSample: { lparsUtil: { uuid: string; state: string; processor: Record<string, unknown> }[] } };
}

/** A refresh at first contact, with the hypervisor's document of the older of its two instants changed. */
async function firstContact(change: (document: PhypDocument) => void) {
  const { simulator, clock } = await simulatedTime({ lpars: 4, vioses: 2 });
  const feed = await connect(simulator, { clock }).longTermMonitorFeed(onlySystem(simulator).id);
  const [older] = feed.filter(({ category }) => category === 'phyp').slice(-2);
  if (!older) throw new Error('no document');
  const document: PhypDocument = JSON.parse(await connect(simulator, { clock }).pcmDocument(older));
  change(document);
  const asked: string[] = [];
  simulator.intercept = ({ path }) => {
    const name = decodeURIComponent(path).split('/').at(-1) ?? '';
    if (name.endsWith('.json')) asked.push(name);
    return name === older.fileName ? { status: 200, body: JSON.stringify(document) } : undefined;
  };
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock });
  afterThisTest(() => receiver.stop());
  const { frames, failures } = await receiver.refresh({ withInventory: false });
  expect(failures).toEqual([]);
  const [frame] = frames;
  const withoutRate = frame?.partitions.filter(({ processor }) => processor.consumed === undefined).length;
  return { asked, instants: asked.filter((name) => name.includes('_phyp_')).length, withoutRate };
}

const lparsOf = ({ systemUtil }: PhypDocument) => systemUtil.utilSample.lparsUtil;

test('a partition that is new is no reason to read a third instant', async () => {
  const { asked, instants, withoutRate } = await firstContact((document) => lparsOf(document).splice(0, 1));
  expect(withoutRate).toBe(1);
  expect(instants).toBe(2);
  expect(new Set(asked).size).toBe(asked.length);
});

test('a partition that was powered off, and has no counters then, is no reason to read a third instant', async () => {
  const { asked, instants, withoutRate } = await firstContact((document) => {
    const [partition] = lparsOf(document);
    if (partition) Object.assign(partition, { state: 'Not Activated', processor: {} });
  });
  expect(withoutRate).toBe(1);
  expect(instants).toBe(2);
  expect(new Set(asked).size).toBe(asked.length);
});

test('what could not be read of the older instant is taken from a third, and nothing is asked for twice', async () => {
  const { asked, instants, withoutRate } = await firstContact((document) => {
    const [partition] = lparsOf(document);
    if (partition) partition.processor.utilizedCappedProcCycles = '?';
  });
  expect(withoutRate).toBe(0);
  expect(instants).toBe(3);
  expect(new Set(asked).size).toBe(asked.length);
});
