import { expect, test } from 'vitest';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, optionsFor } from '../helpers/console.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

/**
 * A frame that is switched off and on begins its timebase anew, and in the same maintenance the console's clock is set:
 * neither alone tells what is older and what is newer.
 */
const MINUTE = 60_000;
const START = Date.parse('2026-03-04T12:00:10Z');
const CYCLES_PER_SECOND = 512_000_000;

test.each(['-1h', '-20m', '-5m', '-1m', '+1m', '+20m'])(
  'a power cycle of the frame with the clock set by %s costs nothing but the time that it is off',
  async (jump) => {
    const scenario = {
      events: [{ at: '4m', power_cycle: { takes: '3m' } }],
      faults: [{ at: '5m30s', clock_jump: jump }],
    };
    const { clock, simulator, settle, pass } = await simulatedTime(
      { lpars: 3, vioses: 1, scenario, scenarioStart: START },
      START,
    );
    const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, jitter: 0 });
    afterThisTest(() => receiver.stop());
    const cursor = receiver.cursor('exporter');
    await receiver.start();
    await settle();
    await pass(7 * MINUTE);
    // Three intervals after it is on again there is something new of it.
    await pass(90_000);
    expect(receiver.statistics().systems[0]?.sampleAge).toBeLessThan(90);
    await pass(6.5 * MINUTE);

    const seen = cursor.pending().filter(({ sample }) => sample.fresh.hypervisor);
    const uptimes = seen.map(({ sample }) => Number(sample.hypervisor.timebaseCycles) / CYCLES_PER_SECOND);
    const begin = uptimes.findIndex((uptime, index) => uptime < (uptimes[index - 1] ?? 0));
    const [before, after] = [uptimes.slice(0, begin), uptimes.slice(begin)];
    const steps = (times: readonly number[]) =>
      times.slice(1).map((uptime, index) => Math.round(uptime - (times[index] ?? 0)));
    expect(before.length).toBeGreaterThanOrEqual(7);
    expect(after.length).toBeGreaterThanOrEqual(14);
    expect(new Set([...steps(before), ...steps(after)])).toEqual(new Set([30]));
    // The first after it has nothing to be compared with, and no rate is out of all proportion.
    const cores = (index: number) => seen[index]?.system.processor.consumed;
    expect(cores(begin)).toBeUndefined();
    expect(cores(begin + 1)).toBeDefined();
    for (const { system } of seen)
      expect(system.processor.consumed ?? 0).toBeLessThanOrEqual(system.processor.installed ?? 0);
    // Every counter that fell begins with its own start.
    for (const { id } of seen.at(-1)?.partitions ?? []) {
      const starts = seen.slice(begin).map(({ partitions }) => partitions.find((one) => one.id === id)?.startTime);
      expect(new Set(starts)).toEqual(new Set([seen[begin]?.time]));
    }
    const { gaps = [], sampleAge } = receiver.statistics().systems[0] ?? {};
    expect(gaps).toEqual([]);
    expect(sampleAge).toBeLessThan(90);
  },
);
