import { type Clock, systemClock } from '../../base/clock/clock.ts';
import { ExportError } from '../../base/errors/errors.ts';
import { clockRule, fullText, listOf, type OptionRules, objectWith, oneOf } from '../../base/options/option-rules.ts';
import type { Instance, InstanceDirectory, InstanceMatch } from '../../openstack/index.ts';
import type { MeterValue } from '../intervals/interval-aggregation.ts';
import { DISK_SIZE_UNIT, MEMORY_UNIT } from '../meters/meter-definition.ts';
import { type CeilometerSample, createSample } from './sample.ts';
import { SampledResources } from './sampled-resource.ts';

/** How samples are labelled, and whose they are. */
export interface SampleBuilderOptions {
  /** Label of memory meters: `MiB` since Ceilometer 26, and `GiB` for disks. The number is the same. Default `MB`. */
  readonly memoryUnit?: 'MB' | 'MiB';
  /** Default `openstack`, as `[DEFAULT] sample_source` of Ceilometer. */
  readonly source?: string;
  /**
   * Maps partitions to instances: only those that are one are sent, under the instance's UUID and owner. Without
   * a directory all are sent, under their own UUID and without an owner.
   */
  readonly instances?: InstanceDirectory;
  /** Keys of server metadata that go into `user_metadata`, beside those that begin with `metering.` */
  readonly reservedMetadataKeys?: readonly string[];
  readonly clock?: Clock;
}

export const sampleBuilderRules: OptionRules<SampleBuilderOptions> = {
  memoryUnit: oneOf('MB', 'MiB'),
  source: fullText,
  instances: objectWith('match'),
  reservedMetadataKeys: listOf(fullText),
  clock: clockRule,
};

/** The samples of some meter values. */
export interface BuiltSamples {
  readonly samples: readonly CeilometerSample[];
  /** By UUID of the instance, the managed system where it was sampled last: samples do not say it. */
  readonly systems: ReadonlyMap<string, string>;
  /** Samples that would have harmed a receiver, and why. */
  readonly refused: readonly ExportError[];
  /** Values of partitions that are no instance, or that might be either of two. */
  readonly withoutInstance: number;
  /** Values of partitions of which it is not known yet whether they are instances: to be added again. */
  readonly undecided: readonly MeterValue[];
}

type Owner = Pick<CeilometerSample, 'user_id' | 'project_id'>;
/** Without Nova there is no owner, and none is invented. */
const NO_OWNER: Owner = { user_id: null, project_id: null };

/** Makes samples of what meters came to. */
export class SampleBuilder {
  readonly #units: ReadonlyMap<string, string>;
  readonly #source: string;
  readonly #instances: InstanceDirectory | undefined;
  readonly #resources: SampledResources;
  readonly #clock: Clock;
  /** Whether the directory has classified any partition. */
  #hasDirectoryAnswered = false;

  constructor(options: SampleBuilderOptions = {}) {
    const unit = options.memoryUnit ?? MEMORY_UNIT;
    this.#units = new Map([
      [MEMORY_UNIT, unit],
      [DISK_SIZE_UNIT, unit === 'MiB' ? 'GiB' : DISK_SIZE_UNIT],
    ]);
    this.#source = options.source ?? 'openstack';
    this.#instances = options.instances;
    this.#resources = new SampledResources(options.reservedMetadataKeys ?? []);
    this.#clock = options.clock ?? systemClock;
  }

  /**
   * Once the instances were read, a partition that is new to the directory delays only itself.
   * @throws {ExportError} `POWERVM_EXPORT_FAILED` as long as the instances were never read
   */
  build(values: readonly MeterValue[]): BuiltSamples {
    const samples: CeilometerSample[] = [];
    const systems = new Map<string, string>();
    const refused: ExportError[] = [];
    const undecided: MeterValue[] = [];
    let withoutInstance = 0;
    const now = this.#clock.now();
    for (const value of values) {
      const match = this.#match(value);
      if (match?.kind === 'unknown') {
        undecided.push(value);
        continue;
      }
      const instance = match?.kind === 'instance' ? match.instance : undefined;
      if (match && !instance) {
        withoutInstance += 1;
        continue;
      }
      const volume = value.meter.ofFlavor ? ofFlavor(value, instance) : value.volume;
      if (volume === undefined) continue;
      try {
        samples.push(this.#sample(value, volume, instance, now));
        const { id, systemId } = value.partition.identity;
        if (systemId !== undefined) systems.set(instance?.id ?? id, systemId);
      } catch (error) {
        if (!(error instanceof ExportError)) throw error;
        refused.push(error);
      }
    }
    if (undecided.length > 0 && !this.#hasDirectoryAnswered) {
      const reason = this.#instances?.unknownReason ?? 'Nova has not answered yet';
      throw new ExportError(
        'POWERVM_EXPORT_FAILED',
        `which partitions are OpenStack instances is not known yet: ${reason}`,
      );
    }
    return { samples, systems, refused, withoutInstance, undecided };
  }

  /** `undefined` for what is not looked up in Nova. */
  #match({ partition }: MeterValue): InstanceMatch | undefined {
    if (!this.#instances || partition.identity.kind !== 'instance') return undefined;
    const match = this.#instances.match(partition.identity.id);
    if (match.kind !== 'unknown') this.#hasDirectoryAnswered = true;
    return match;
  }

  #sample(value: MeterValue, volume: number, instance: Instance | undefined, now: number): CeilometerSample {
    const { meter, time } = value;
    const { id, metadata } = this.#resources.of(value, instance);
    const owner = instance ? ownerOf(instance) : NO_OWNER;
    return createSample(
      {
        name: meter.name,
        type: meter.type,
        unit: this.#units.get(meter.unit) ?? meter.unit,
        volume,
        user_id: owner.user_id,
        project_id: owner.project_id,
        resource_id: id,
        time,
        resource_metadata: metadata,
        source: this.#source,
      },
      now,
    );
  }
}

function ownerOf({ userId, projectId }: Instance): Owner {
  return { user_id: userId ?? null, project_id: projectId ?? null };
}

function ofFlavor({ meter }: MeterValue, instance: Instance | undefined): number | undefined {
  return instance?.flavor && meter.ofFlavor?.(instance.flavor);
}
