import type { ScenarioOptions } from '../../../src/simulator/index.ts';
import { moveInstance } from '../services/nova-database.ts';
import type { NovaUser } from '../services/nova-user.ts';
import type { CloudSettings } from '../services/settings.ts';

/** What somebody does in a cloud. */
export interface Actor {
  readonly settings: CloudSettings;
  readonly nova: NovaUser;
  /** Images and flavors, by name. */
  readonly images: { readonly first: string; readonly second: string };
  readonly flavors: { readonly small: string; readonly large: string };
  /** The project that an instance moves to. */
  readonly otherProject: string;
  /** Makes the instances of partitions. */
  readonly create: (...indexes: readonly number[]) => Promise<void>;
}

type ConsoleEvent = Omit<NonNullable<ScenarioOptions['events']>[number], 'at'>;

/** Something that is done to one instance, and what its partition does then. */
export interface CloudEvent {
  /** The instance, by index of its partition. */
  readonly of: number;
  readonly act: (actor: Actor, id: string) => Promise<void>;
  readonly console?: (partition: number) => ConsoleEvent;
}

/** A partition's number in a frame with two VIOSes. */
export const numberOf = (index: number): number => index + 3;

/** The partitions that are instances when the hour begins; one of them is off. */
export const INITIAL = { instances: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], off: 9 } as const;
/** From one time of events to the next. */
const SUSPENSION = '5m';

const powerOff = (partition: number): ConsoleEvent => ({ power_off: { partition } });
const powerOn = (partition: number): ConsoleEvent => ({ power_on: { partition } });

function create(of: number): CloudEvent {
  return { of, act: (actor) => actor.create(of) };
}

function rename(of: number, name: string): CloudEvent {
  return { of, act: async ({ nova }, id) => void (await nova.call('PUT', `/servers/${id}`, { server: { name } })) };
}

/** An action of Nova's and the status to which it leads. */
function action(of: number, name: string, status: string, console?: CloudEvent['console'], parameters?: unknown) {
  const act: CloudEvent['act'] = async ({ nova }, id) => {
    await nova.act(id, name, parameters ?? null);
    await nova.until(id, status);
  };
  return { of, act, ...(console ? { console } : {}) };
}

const stop = (of: number): CloudEvent => action(of, 'os-stop', 'SHUTOFF', powerOff);
const start = (of: number): CloudEvent => action(of, 'os-start', 'ACTIVE', powerOn);
const shelve = (of: number): CloudEvent => action(of, 'shelve', 'SHELVED_OFFLOADED', powerOff);
const unshelve = (of: number): CloudEvent => action(of, 'unshelve', 'ACTIVE', powerOn);
const suspend = (of: number): CloudEvent =>
  action(of, 'suspend', 'SUSPENDED', (partition) => ({ suspend: { partition, lasts: SUSPENSION } }));
const resume = (of: number): CloudEvent => action(of, 'resume', 'ACTIVE');
const fail = (of: number): CloudEvent => action(of, 'os-resetState', 'ERROR', undefined, { state: 'error' });
const recover = (of: number): CloudEvent => action(of, 'os-resetState', 'ACTIVE', undefined, { state: 'active' });

async function confirmed(nova: NovaUser, id: string): Promise<void> {
  await nova.until(id, 'VERIFY_RESIZE');
  await nova.act(id, 'confirmResize');
  await nova.until(id, 'ACTIVE');
}

function enlarge(of: number): CloudEvent {
  return {
    of,
    act: async ({ nova, flavors }, id) => {
      await nova.act(id, 'resize', { flavorRef: flavors.large });
      await confirmed(nova, id);
    },
    console: (partition) => ({ resize: { partition, memory_mib: 32_768 } }),
  };
}

function migrate(of: number): CloudEvent {
  return {
    of,
    act: async ({ nova }, id) => {
      await nova.act(id, 'migrate');
      await confirmed(nova, id);
    },
  };
}

function rebuild(of: number): CloudEvent {
  return {
    of,
    act: async ({ nova, images }, id) => {
      await nova.act(id, 'rebuild', { imageRef: images.second });
      await nova.until(id, 'ACTIVE');
    },
    console: (partition) => ({ reboot: { partition, takes: '1m' } }),
  };
}

function move(of: number): CloudEvent {
  return { of, act: ({ settings, otherProject }, id) => moveInstance(settings, id, otherProject) };
}

function remove(of: number): CloudEvent {
  return {
    of,
    act: async ({ nova }, id) => {
      await nova.call('DELETE', `/servers/${id}`);
      await nova.until(id, 'DELETED');
    },
    console: powerOff,
  };
}

/** Thirty events: those of each five minutes of the hour. They are of different instances, and happen at the same time. */
export const HOUR: readonly (readonly CloudEvent[])[] = [
  [create(10), rename(0, 'shop')],
  [enlarge(1), stop(2)],
  [migrate(3), start(2), rebuild(4)],
  [fail(5), shelve(6), rename(7, 'bank')],
  [move(1), suspend(8)],
  [recover(5), unshelve(6), resume(8)],
  [remove(10), stop(0)],
  [create(11), start(0), enlarge(7)],
  [rebuild(2), shelve(3), start(9)],
  [enlarge(4), remove(5), rename(11, 'till')],
  [unshelve(3), stop(9), migrate(6)],
  [stop(4)],
];
