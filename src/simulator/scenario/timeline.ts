import type { SimulatedSystem } from '../estate/model.ts';
import type { Estate, Step } from './estate-edit.ts';
import type { ScenarioEvent } from './event-schema.ts';
import { migrate } from './migration.ts';
import { computeOnly, energyGap, listPartitionTwice, noSamples, samples } from './monitoring-events.ts';
import { powerCycle, powerOff, powerOn, reboot, rmcInactive, suspend, viosFailure } from './power-events.ts';
import { exhaustPool, plug, resize, unplug } from './resource-events.ts';
import { ScenarioError } from './scenario-error.ts';

interface Phase {
  /** Milliseconds since 1970. */
  readonly from: number;
  readonly estate: Estate;
}

/**
 * The estate at any instant. All events are played once at the start, so that an instant is always the same, in
 * whatever order it is requested.
 */
export class Timeline {
  readonly #phases: readonly Phase[];

  /** @throws {ScenarioError} for an event about something that is not there */
  constructor(initial: Estate, events: readonly ScenarioEvent[], start: number) {
    const problems: string[] = [];
    const phases: Phase[] = [{ from: Number.NEGATIVE_INFINITY, estate: initial }];
    for (const { time, apply, place } of inOrder(events, start)) {
      const before = phases.at(-1)?.estate ?? initial;
      try {
        phases.push({ from: time, estate: apply(before, time) });
      } catch (error) {
        problems.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
      }
    }
    if (problems.length > 0) throw new ScenarioError([...new Set(problems)]);
    this.#phases = phases;
  }

  at(time: number): Estate {
    return this.#phases.findLast(({ from }) => from <= time)?.estate ?? [];
  }

  system(id: string, time: number): SimulatedSystem {
    const system = this.at(time).find((one) => one.id === id);
    if (!system) throw new Error(`the estate has no system ${id}`);
    return system;
  }
}

function inOrder(events: readonly ScenarioEvent[], start: number) {
  return events
    .flatMap((event, index) =>
      stepsOf(event).map(({ after, apply }) => ({
        time: start + event.at + after,
        apply,
        place: `events[${index}].${actionOf(event)}`,
      })),
    )
    .sort((one, other) => one.time - other.time);
}

function actionOf({ at: _at, ...action }: ScenarioEvent): string {
  return Object.entries(action).find(([, value]) => value !== undefined)?.[0] ?? '';
}

function stepsOf(event: ScenarioEvent): readonly Step[] {
  if (event.migrate) return migrate(event.migrate);
  if (event.vios_failure) return viosFailure(event.vios_failure);
  if (event.rmc_inactive) return rmcInactive(event.rmc_inactive);
  if (event.reboot) return reboot(event.reboot);
  if (event.power_off) return powerOff(event.power_off);
  if (event.power_on) return powerOn(event.power_on);
  if (event.power_cycle) return powerCycle(event.power_cycle);
  if (event.suspend) return suspend(event.suspend);
  if (event.plug) return plug(event.plug);
  if (event.unplug) return unplug(event.unplug);
  if (event.resize) return resize(event.resize);
  if (event.exhaust_pool) return exhaustPool(event.exhaust_pool);
  if (event.compute_only) return computeOnly(event.compute_only);
  if (event.energy_gap) return energyGap(event.energy_gap);
  if (event.no_samples) return noSamples(event.no_samples);
  if (event.samples) return samples(event.samples);
  return event.list_twice ? listPartitionTwice(event.list_twice) : [];
}
