import { describe, expect, test } from 'vitest';
import { InspectorError } from '../../src/base/errors/errors.ts';
import { normalizeUuid } from '../../src/base/text/uuid.ts';
import { type FrameActivity, type PartitionActivity, PowerVmInspector } from '../../src/inspector/index.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import {
  areGoldenCasesAvailable,
  goldenCaseNames,
  readGoldenCase,
  readGoldenResult,
  serveGoldenCase,
} from './golden-cases.ts';

/** Inputs that made the original fail as a whole. */
const brokenCases = goldenCaseNames.filter((name) => name.startsWith('bad_') || name === 'feed_no_fraction');

interface GoldenAdapter {
  readonly [name: string]: string | number;
}

interface GoldenMetric {
  readonly processor?: Readonly<Record<string, string | number | null>>;
  readonly memory?: Readonly<Record<string, number>>;
  readonly cnas?: readonly GoldenAdapter[] | null;
  readonly virt_adpts?: readonly GoldenAdapter[] | null;
  readonly vfc_adpts?: readonly GoldenAdapter[] | null;
}

interface GoldenStep {
  readonly cur_sample_time?: string;
  readonly prev_sample_time?: string;
  readonly lpars?: Readonly<
    Record<
      string,
      { readonly metric?: GoldenMetric | null; readonly prev_metric?: GoldenMetric | null; readonly vnics?: unknown }
    >
  >;
}

interface GoldenInstance {
  readonly id: string;
  readonly lpar_uuid: string;
}

const number = (value: number | bigint | undefined) => (value === undefined ? 0 : Number(value));

/** Where RMC reported nothing the original made up 0 % free, or 100 % for a partition that does not run; we say nothing. */
function expectSameGuestMemory({ guestMemory }: PartitionActivity, theirs: Readonly<Record<string, number>>): void {
  const { pct_real_mem_free: free, vm_pg_in_rate: pageIn, vm_pg_out_rate: pageOut } = theirs;
  if (!guestMemory) {
    expect.soft([0, 100, undefined]).toContain(free);
    return;
  }
  const { limit, free: freeBytes, pageInRate, pageOutRate } = guestMemory;
  if (freeBytes !== undefined && limit !== undefined) expect.soft((freeBytes / limit) * 100).toBeCloseTo(free ?? 0);
  expect.soft([pageInRate ?? -1, pageOutRate ?? -1]).toEqual([pageIn, pageOut]);
}

function expectSameAddresses(inspector: PowerVmInspector, id: string, vnics: readonly GoldenAdapter[]): void {
  const ours = new Map(inspector.inspectVnics(id).map(({ name, mac }) => [name, mac]));
  for (const { name, mac } of vnics) expect.soft(ours.get(String(name))).toBe(String(mac).toLowerCase());
}

/** Which partition an OpenStack instance id means, or that none does. */
function expectSamePartition(inspector: PowerVmInspector, instanceId: string, partitionId: string): void {
  const known = inspector.partitions().some(({ id }) => id === normalizeUuid(partitionId));
  if (known) expect.soft(inspector.partition(instanceId).id).toBe(normalizeUuid(partitionId));
  else expect.soft(() => inspector.partition(instanceId)).toThrow(InspectorError);
}

/** The original read 0 where PCM said nothing, so an absent value of ours agrees with its 0 and with nothing else. */
function expectSameCounters(ours: PartitionActivity, theirs: GoldenMetric): void {
  const { processor, memory } = ours;
  const MEBIBYTE = 2 ** 20;
  expect
    .soft({
      capped: number(processor.cappedCycles),
      uncapped: number(processor.uncappedCycles),
      idle: number(processor.idleCycles),
      donated: number(processor.donatedCycles),
      entitled: number(processor.entitledCycles),
      virtualProcessors: number(processor.maxVirtualProcessors),
    })
    .toEqual({
      capped: Number(theirs.processor?.util_cap_proc_cycles ?? 0),
      uncapped: Number(theirs.processor?.util_uncap_proc_cycles ?? 0),
      idle: Number(theirs.processor?.idle_proc_cycles ?? 0),
      donated: Number(theirs.processor?.donated_proc_cycles ?? 0),
      entitled: Number(theirs.processor?.entitled_proc_cycles ?? 0),
      virtualProcessors: Number(theirs.processor?.virt_procs ?? 0),
    });
  expect
    .soft([number(memory.limit) / MEBIBYTE, number(memory.backed) / MEBIBYTE])
    .toEqual([theirs.memory?.logical_mem ?? 0, theirs.memory?.backed_physical_mem ?? 0]);
  const adapters = ours.networkAdapters.map((adapter) => ({
    physical_location: adapter.location,
    received_bytes: number(adapter.receivedBytes),
    received_packets: number(adapter.receivedPackets),
    sent_bytes: number(adapter.sentBytes),
    sent_packets: number(adapter.sentPackets),
    dropped_packets: number(adapter.droppedPackets),
  }));
  for (const { vlan_id: _vlan, vswitch_id: _switch, ...adapter } of theirs.cnas ?? []) {
    expect.soft(adapters).toContainEqual(adapter);
  }
  const disks = ours.disks.map((disk) => ({
    num_reads: number(disk.reads),
    num_writes: number(disk.writes),
    read_bytes: number(disk.readBytes),
    write_bytes: number(disk.writtenBytes),
  }));
  for (const adapter of [...(theirs.virt_adpts ?? []), ...(theirs.vfc_adpts ?? [])]) {
    expect.soft(disks).toContainEqual({
      num_reads: adapter.num_reads,
      num_writes: adapter.num_writes,
      read_bytes: adapter.read_bytes,
      write_bytes: adapter.write_bytes,
    });
  }
}

/** Every response of the receiver by the time of its sample: the original sometimes worked on an older one. */
async function readStep(receiver: PowerVmReceiver, seen: Map<number, FrameActivity[]>): Promise<void> {
  const unsubscribe = receiver.onActivity((activity) => save(seen, activity));
  const { frames } = await receiver.refresh();
  unsubscribe();
  for (const frame of frames) save(seen, frame);
}

function save(seen: Map<number, FrameActivity[]>, activity: FrameActivity): void {
  seen.set(activity.time, [...(seen.get(activity.time) ?? []), activity]);
}

function timeOf(text: string | undefined): number {
  return Date.parse(text?.replace(/([+-]\d\d)(\d\d)$/, '$1:$2') ?? '');
}

describe.skipIf(!areGoldenCasesAvailable)(
  'golden data of the original inspector (skipped: ../shared is not on this machine)',
  () => {
    test.each(goldenCaseNames)('%s: the same counters, MAC addresses and partitions', async (caseName) => {
      const { steps = [] } = readGoldenResult<{ steps?: readonly GoldenStep[] }>(caseName);
      const { instances = [] } = readGoldenCase<{ instances?: readonly GoldenInstance[] }>(caseName);
      const url = await serveGoldenCase(caseName);
      const receiver = new PowerVmReceiver({
        consoles: [{ endpoint: url, username: 'hscroot', password: 'abc123' }],
      });
      const inspector = new PowerVmInspector(receiver);
      const seen = new Map<number, FrameActivity[]>();
      for (const [index, step] of steps.entries()) {
        if (index > 0) await fetch(`${url}/__step`, { method: 'POST' });
        await readStep(receiver, seen);
        // The newest of the same time: it knows the MAC addresses.
        const frame = seen.get(timeOf(step.cur_sample_time))?.at(-1);
        const isOneInstant = step.prev_sample_time === step.cur_sample_time;
        const before = isOneInstant ? undefined : seen.get(timeOf(step.prev_sample_time))?.at(-1);
        for (const [id, { metric, prev_metric, vnics }] of Object.entries(step.lpars ?? {})) {
          if (!metric) continue;
          const oursBefore = before?.partitions.find((partition) => partition.id === normalizeUuid(id));
          if (oursBefore && prev_metric) expectSameCounters(oursBefore, prev_metric);
          const ours = frame?.partitions.find((partition) => partition.id === normalizeUuid(id));
          expect.soft(ours, `step ${index}, sample of ${step.cur_sample_time}: ${id}`).toBeDefined();
          if (!ours) continue;
          expectSameCounters(ours, metric);
          expectSameGuestMemory(ours, metric.memory ?? {});
          if (frame === receiver.frames()[0] && Array.isArray(vnics)) expectSameAddresses(inspector, id, vnics);
        }
      }
      for (const { id, lpar_uuid } of steps.length === 0 ? [] : instances)
        expectSamePartition(inspector, id, lpar_uuid);
      await receiver.stop();
    });

    test.each(brokenCases)('%s: input that crashed the original loses only its own values', async (caseName) => {
      const url = await serveGoldenCase(caseName);
      const receiver = new PowerVmReceiver({
        consoles: [{ endpoint: url, username: 'hscroot', password: 'abc123' }],
      });
      const { frames } = await receiver.refresh();
      await receiver.stop();
      expect(frames.flatMap(({ partitions }) => partitions).length).toBeGreaterThan(0);
    });

    test('fixture_multi_host: several systems are several systems', async () => {
      const url = await serveGoldenCase('fixture_multi_host');
      const receiver = new PowerVmReceiver({
        consoles: [{ endpoint: url, username: 'hscroot', password: 'abc123' }],
      });
      // The recording ends before the performance data, so that every system fails for itself.
      const { failures } = await receiver.refresh();
      await receiver.stop();
      expect(receiver.systems().length).toBe(3);
      expect(failures.map(({ system }) => system?.name)).toHaveLength(3);
    });
  },
);
