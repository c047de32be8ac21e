import { z } from 'zod';
import { duration, oneOf, reference } from './values.ts';

/** Where on the estate: a partition or VIOS; of which system need only be said when the name is not unique. */
const place = { partition: reference, system: reference.optional() };
const system = { system: reference.optional() };
const adapterKind = z.enum(['ethernet', 'scsi', 'fibre_channel', 'sriov']);
const error = z.strictObject({ id: reference, message: z.string().default('') });

/** What may happen to the estate. */
const actions = {
  /** Live partition mobility: both systems list the partition for a while, one of them as a placeholder. */
  migrate: z
    .strictObject({
      ...place,
      to: reference,
      takes: duration.default(60_000),
      /** How long the source continues listing it, as Not Activated. */
      leaves_after: duration.default(60_000),
      /** Whether its processor counters arrive with it, months of cycles at once, or restart. */
      counters: z.enum(['carried', 'anew']).default('carried'),
    })
    .optional(),
  /** The VIOS is in Open Firmware; its document has error 4002, or there is none. Then it starts. */
  vios_failure: z
    .strictObject({ ...place, lasts: duration.default(120_000), shows: z.enum(['error', 'missing']).default('error') })
    .optional(),
  /** The console does not reach the guest: error 4005 of a VIOS, 6003 of a client. */
  rmc_inactive: z.strictObject({ ...place, lasts: duration.default(120_000) }).optional(),
  /** Counters restart; Open Firmware for a while. */
  reboot: z.strictObject({ ...place, takes: duration.default(60_000) }).optional(),
  power_off: z.strictObject(place).optional(),
  power_on: z.strictObject(place).optional(),
  /** The frame is off for a while; its timebase and all counters on it restart. */
  power_cycle: z.strictObject({ ...system, takes: duration.default(180_000) }).optional(),
  suspend: z.strictObject({ ...place, lasts: duration.default(120_000) }).optional(),
  plug: z.strictObject({ ...place, adapter: adapterKind, vios: z.number().int().positive().default(1) }).optional(),
  /** The newest adapter of the kind. */
  unplug: z.strictObject({ ...place, adapter: adapterKind }).optional(),
  /** DLPAR: what is not given stays. */
  resize: z
    .strictObject({
      ...place,
      entitlement: z.number().positive().optional(),
      virtual_processors: z.number().int().positive().optional(),
      memory_mib: z.number().int().positive().optional(),
    })
    .optional(),
  /** Its partitions want all that the pool has. */
  exhaust_pool: z.strictObject({ pool: reference, ...system, lasts: duration.default(300_000) }).optional(),
  compute_only: z.strictObject({ ...system, lasts: duration.optional() }).optional(),
  energy_gap: z.strictObject({ ...system, lasts: duration.default(900_000) }).optional(),
  /** PCM takes no sample: these samples are missing permanently. */
  no_samples: z.strictObject({ ...system, lasts: duration.default(120_000) }).optional(),
  /** Status 1: nothing was collected; 2: a part (without errors: the SR-IOV ports failed, 3004). */
  samples: z
    .strictObject({
      ...system,
      status: z.union([z.literal(1), z.literal(2)]),
      errors: z.array(error).optional(),
      lasts: duration.default(120_000),
    })
    .optional(),
  /** The hypervisor lists the partition with and without dashes. */
  list_twice: z.strictObject({ ...place, lasts: duration.optional() }).optional(),
};

export const eventSchema = z.strictObject({ at: duration, ...actions }).superRefine(oneOf(Object.keys(actions)));

export type ScenarioEvent = z.output<typeof eventSchema>;
export type Action<Name extends keyof typeof actions> = NonNullable<ScenarioEvent[Name]>;
