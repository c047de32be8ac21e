import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../src/base/clock/manual-clock.ts';
import { SeriesRegistry } from '../../src/prometheus/remote-write/series-registry.ts';
import { encodeWriteRequest } from '../../src/prometheus/remote-write/write-request.ts';
import { decodeWriteRequest } from '../helpers/remote-write-sink.ts';
import { gauge, resourceMetrics } from '../helpers/resource-metrics.ts';

const T0 = Date.UTC(2026, 0, 1);
const STALE_AFTER = 120_000;
const LOOKBACK = 300_000;
const SPACINGS = 2.5;

/** Made by {@link attributesOf}: one object each, as a collector has them, or a new one every time. */
const held = new Map<string, Record<string, string>>();

function attributesOf(disk: string, isHeld: boolean): Record<string, string> {
  const known = held.get(disk);
  if (isHeld && known) return known;
  const made = { disk, kind: 'virtual' };
  held.set(disk, made);
  return made;
}

interface Sent {
  readonly frame: string;
  readonly disks: readonly string[];
  readonly steps: number;
  readonly isHeld: boolean;
}

function resourcesOf({ frame, disks, isHeld }: Sent, time: number) {
  const points = disks.map((disk) => ({ time, value: 1, attributes: attributesOf(disk, isHeld) }));
  return [resourceMetrics({ 'powervm.system.id': frame }, [gauge('powervm.system.level', points)])];
}

function namesOf(series: Parameters<typeof encodeWriteRequest>[0]): string[] {
  const { series: read } = decodeWriteRequest(encodeWriteRequest(series));
  return read.map(({ labels }) => `${labels.powervm_system_id} ${labels.disk}`);
}

/** The rule without anything that makes it fast: looks at every series after every batch. */
class PlainRule {
  readonly #series = new Map<string, { frame: string; last: number; spacing: number | undefined }>();
  readonly #newest = new Map<string, number>();

  add({ frame, disks }: Sent, time: number): void {
    for (const disk of disks) {
      const known = this.#series.get(`${frame} ${disk}`) ?? { frame, last: time, spacing: undefined };
      const spacing = Math.abs(time - known.last);
      if (spacing > 0) known.spacing = Math.min(spacing, known.spacing ?? spacing);
      known.last = Math.max(known.last, time);
      this.#series.set(`${frame} ${disk}`, known);
      this.#newest.set(frame, Math.max(time, this.#newest.get(frame) ?? 0));
    }
  }

  takeEnded(): string[] {
    const ended = [...this.#series].filter(([, { frame, last, spacing }]) => {
      const silent = (this.#newest.get(frame) ?? 0) - last;
      return silent > Math.max(STALE_AFTER, spacing === undefined ? LOOKBACK : spacing * SPACINGS);
    });
    for (const [name] of ended) this.#series.delete(name);
    return ended.map(([name]) => name);
  }
}

const anySent = fc.record({
  frame: fc.constantFrom('north', 'south'),
  disks: fc.uniqueArray(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { minLength: 1, maxLength: 2 }),
  // Rarely anything else than the present; negative for what comes late.
  steps: fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.integer({ min: -6, max: 6 })),
  isHeld: fc.boolean(),
});

test('property: in any order of points, the same series are written and ended as by a plain implementation', () => {
  fc.assert(
    fc.property(fc.array(anySent, { maxLength: 60, size: 'max' }), (batches) => {
      const registry = new SeriesRegistry({}, STALE_AFTER, new ManualClock(T0));
      const rule = new PlainRule();
      let now = T0;
      for (const sent of batches) {
        now += 30_000;
        const time = now + sent.steps * 30_000;
        const { series } = registry.prepare(resourcesOf(sent, time));
        expect(namesOf(series)).toEqual(sent.disks.map((disk) => `${sent.frame} ${disk}`));
        expect(series.map(({ samples }) => samples)).toEqual(sent.disks.map(() => [{ time, value: 1 }]));
        rule.add(sent, time);
        expect(namesOf(registry.takeEnded()).sort()).toEqual(rule.takeEnded().sort());
      }
    }),
    { numRuns: 100 },
  );
});

test('attributes in another order are the same series, one more or fewer are another', () => {
  const registry = new SeriesRegistry({}, STALE_AFTER, new ManualClock(T0));
  const send = (time: number, attributes: Record<string, string>) =>
    registry.prepare([
      resourceMetrics({ 'powervm.system.id': 'north' }, [
        gauge('powervm.system.level', [{ time, value: 1, attributes }]),
      ]),
    ]).series;
  const first = send(T0, { disk: 'a', kind: 'virtual' });
  const turned = send(T0 + 30_000, { kind: 'virtual', disk: 'a' });
  const other = send(T0 + 60_000, { disk: 'b', kind: 'virtual' });
  const more = send(T0 + 90_000, { disk: 'b', kind: 'virtual', slot: '2' });
  const fewer = send(T0 + 120_000, { disk: 'b' });
  expect([first, turned, other, more, fewer].map(namesOf)).toEqual([
    ['north a'],
    ['north a'],
    ['north b'],
    ['north b'],
    ['north b'],
  ]);
  expect(turned[0]?.labels).toBe(first[0]?.labels);
  expect(new Set([other, more, fewer].map(([series]) => series?.labels)).size).toBe(3);
});

test.each([
  [23, ['north b']],
  [25, []],
])('a frame that comes back after %i hours ends the series that it has not any more: %j', async (hours, ended) => {
  const clock = new ManualClock(T0);
  const registry = new SeriesRegistry({}, STALE_AFTER, clock);
  const send = (frame: string, disks: readonly string[]) => {
    const { series } = registry.prepare(resourcesOf({ frame, disks, steps: 0, isHeld: true }, clock.now()));
    return { names: namesOf(series), ended: namesOf(registry.takeEnded()) };
  };
  expect(send('north', ['a', 'b'])).toEqual({ names: ['north a', 'north b'], ended: [] });
  for (let hour = 0; hour < hours; hour += 1) {
    await clock.advance(3_600_000);
    expect(send('south', ['a']).ended).toEqual([]);
  }
  expect(send('north', ['a'])).toEqual({ names: ['north a'], ended });
  expect(send('south', ['a'])).toEqual({ names: ['south a'], ended: [] });
});

describe('the series of an instance of OpenStack follow the frame that it is said to be on', () => {
  const instance = { 'openstack.instance.id': 'instance-uuid' };
  const registry = () => {
    const made = new SeriesRegistry({}, STALE_AFTER, new ManualClock(T0));
    return {
      send: (time: number, frame: string, disk: string) =>
        made.prepare(
          [resourceMetrics(instance, [gauge('ceilometer_disk', [{ time, value: 1, attributes: { disk } }])])],
          new Map([['instance-uuid', frame]]),
        ).series[0],
      endedAt: (time: number, frame: string) => {
        made.advance(new Map([[frame, time]]));
        return made.takeEnded().length;
      },
    };
  };

  test('they end by its time, and are forgotten', () => {
    const { send, endedAt } = registry();
    const first = send(T0, 'north', 'a');
    expect(send(T0 + 30_000, 'north', 'a')?.labels).toBe(first?.labels);
    expect(endedAt(T0 + 30_000 + STALE_AFTER, 'north')).toBe(0);
    expect(endedAt(T0 + 90_000 + STALE_AFTER, 'south')).toBe(0);
    expect(endedAt(T0 + 60_000 + STALE_AFTER, 'north')).toBe(1);
    expect(endedAt(T0 + 90_000 + STALE_AFTER, 'north')).toBe(0);
    expect(send(T0 + 120_000 + STALE_AFTER, 'north', 'a')?.labels).not.toBe(first?.labels);
  });

  test('after a migration they follow the new one, what comes late from the old one included', () => {
    const { send, endedAt } = registry();
    for (const disk of ['a', 'gone']) for (const time of [T0, T0 + 30_000]) send(time, 'north', disk);
    for (const time of [T0 + 60_000, T0 + 90_000]) send(time, 'south', 'a');
    send(T0 + 45_000, 'north', 'a');
    expect(endedAt(T0 + 600_000, 'north')).toBe(0);
    // What it has not taken along.
    expect(endedAt(T0 + 60_000 + STALE_AFTER, 'south')).toBe(1);
    expect(endedAt(T0 + 120_000 + STALE_AFTER, 'south')).toBe(1);
  });
});
