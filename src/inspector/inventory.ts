/**
 * What the console's inventory adds to the samples: descriptions, never values of an instant. It comes lazily and
 * may be incomplete or missing; what it lacks is absent from the results of the inspector.
 */
export interface FrameInventory {
  readonly system: SystemDescription;
  /** By partition UUID; VIOSes too. */
  readonly partitions: ReadonlyMap<string, PartitionInventory>;
  /** UUIDs of the VIOSes by partition number. */
  readonly vioses: ReadonlyMap<number, string>;
  /** Whether the adapters of each partition will be asked for: who says what they are like waits for that. */
  readonly awaitsAdapters?: boolean;
}

export interface SystemDescription {
  /** UUID. */
  readonly id: string;
  readonly name: string | undefined;
  /** `8247-22L*2125D4A` */
  readonly mtms: string | undefined;
  readonly machineType: string | undefined;
  readonly model: string | undefined;
  readonly serialNumber: string | undefined;
  readonly firmwareVersion: string | undefined;
}

export interface PartitionInventory {
  /** As the console writes it, for example `AIX 7.2 7200-05-03-2148`. */
  readonly operatingSystem: string | undefined;
  /** Virtual processors it has now (`AllocatedVirtualProcessors`). */
  readonly virtualProcessors: number | undefined;
  /** Whole processors of its own; `undefined` for a partition that shares them. */
  readonly dedicatedProcessors?: number | undefined;
  /** By location code of the adapter, without a `-T` suffix. */
  readonly clientAdapters: ReadonlyMap<string, ClientAdapterInventory>;
  /** Locations of adapters that were asked for, whether or not the console knew them. */
  readonly askedAdapters?: ReadonlySet<string>;
}

export interface ClientAdapterInventory {
  /** Lower case with colons, `fa:16:3e:00:00:01`. */
  readonly mac: string | undefined;
}

/** The inventory of a system of which only the samples are known. */
export function emptyInventory(systemId: string): FrameInventory {
  return {
    system: {
      id: systemId,
      name: undefined,
      mtms: undefined,
      machineType: undefined,
      model: undefined,
      serialNumber: undefined,
      firmwareVersion: undefined,
    },
    partitions: new Map(),
    vioses: new Map(),
  };
}
