import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { expect, test } from 'vitest';
import { DeltaExport } from '../../../src/otlp/deltas/delta-export.ts';
import type { DeltaRecord, DeltaStateStorage } from '../../../src/otlp/index.ts';
import { counter, resourceMetrics } from '../../helpers/resource-metrics.ts';

/** What several processes share, and which of them has which system for the how manieth time. */
class SharedState {
  readonly records = new Map<string, readonly DeltaRecord[]>();
  readonly stays = new Map<string, { readonly process: string; readonly stay: number }>();

  give(part: string, process: string): void {
    this.stays.set(part, { process, stay: (this.stays.get(part)?.stay ?? 0) + 1 });
  }

  of(process: string): DeltaStateStorage {
    const stayOf = (part: string) => {
      const stay = this.stays.get(part);
      return stay?.process === process ? stay.stay : undefined;
    };
    return {
      isLasting: true,
      load: async () => new Map(),
      save: async (part, records) => {
        if (stayOf(part) !== undefined) this.records.set(part, records);
      },
      shared: { stayOf, load: async (part) => this.records.get(part) ?? [] },
    };
  }
}

function batch(system: string, second: number, value: number): readonly ResourceMetrics[] {
  const points = [{ time: second * 1_000, startTime: 0, value }];
  return [resourceMetrics({ 'powervm.system.id': system }, [counter('io', points)])];
}

function process(state: SharedState, name: string) {
  const exporting = new DeltaExport({ deltaState: state.of(name) });
  const send = (resources: readonly ResourceMetrics[]) =>
    exporting.send(resources, async (converted) =>
      converted.flatMap(({ scopeMetrics }) =>
        scopeMetrics.flatMap(({ metrics }) =>
          metrics.flatMap(({ dataPoints }) =>
            dataPoints.map(({ startTime, endTime, value }) => `${startTime[0]} to ${endTime[0]}: ${value}`),
          ),
        ),
      ),
    );
  return { exporting, send };
}

test('a member that takes over a system continues with what was delivered, also when it had the system before', async () => {
  const state = new SharedState();
  const [one, two] = [process(state, 'one'), process(state, 'two')];
  state.give('a', 'one');
  expect(await one.send(batch('a', 10, 100))).toEqual([]);
  expect(await one.send(batch('a', 20, 107))).toEqual(['10 to 20: 7']);
  state.give('a', 'two');
  expect(await two.send(batch('a', 30, 110))).toEqual(['20 to 30: 3']);
  // What was on its way when the system was lost is not sent: the other one does.
  expect(await one.send(batch('a', 30, 110))).toEqual([]);
  expect(await two.send(batch('a', 40, 111))).toEqual(['30 to 40: 1']);
  state.give('a', 'one');
  expect(await one.send(batch('a', 50, 115))).toEqual(['40 to 50: 4']);
});

test('one system waits for no other', async () => {
  const state = new SharedState();
  state.give('a', 'one');
  state.give('b', 'one');
  const { exporting, send } = process(state, 'one');
  await send(batch('b', 10, 1));
  let release: () => void = () => undefined;
  const stuck = new Promise<void>((resolve) => {
    release = resolve;
  });
  const waiting = exporting.send(batch('a', 10, 1), () => stuck);
  expect(await send(batch('b', 20, 3))).toEqual(['10 to 20: 2']);
  release();
  await waiting;
  await exporting.settled();
});
