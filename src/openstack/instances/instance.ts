/** What Nova says about one instance. Texts are as Nova has them; what it did not say, or hides, is `undefined`. */
export interface Instance {
  /** UUID, lower case and dashed. */
  readonly id: string;
  /** Display name. Changes, and need not be unique. */
  readonly name: string;
  /** The hypervisor's name for it, `instance-0000002a` (`OS-EXT-SRV-ATTR:instance_name`, shown to administrators). */
  readonly instanceName: string | undefined;
  /** Keystone ids of the owner. */
  readonly projectId: string | undefined;
  readonly userId: string | undefined;
  /** Compute host (`OS-EXT-SRV-ATTR:host`, shown to administrators). */
  readonly host: string | undefined;
  /** Hash of project and host, which every user may see. */
  readonly hostId: string | undefined;
  /** `ACTIVE`, `SHUTOFF`, … */
  readonly status: string | undefined;
  /** `active`, `stopped`, … (`OS-EXT-STS:vm_state`). */
  readonly vmState: string | undefined;
  readonly taskState: string | undefined;
  readonly availabilityZone: string | undefined;
  /** Times as Nova writes them. */
  readonly createdAt: string | undefined;
  readonly launchedAt: string | undefined;
  /** `undefined` also for an instance that boots from a volume. */
  readonly image: InstanceImage | undefined;
  readonly flavor: Flavor | undefined;
  /** What the owner has set. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** The image that an instance was made from. */
export interface InstanceImage {
  readonly id: string;
  /** Nova's bookmark link to it. */
  readonly link: string | undefined;
  /** Of Glance; absent until it has answered, and for an image that it does not show. */
  readonly name?: string | undefined;
  readonly properties?: Readonly<Record<string, string>>;
}

/** The size of an instance, as it was when the instance was made. */
export interface Flavor {
  /** Any text that the site chose, often a number. */
  readonly id: string | undefined;
  readonly name: string | undefined;
  readonly vcpus: number | undefined;
  /** MiB. */
  readonly ram: number | undefined;
  /** GiB of the root disk. */
  readonly disk: number | undefined;
  /** GiB. */
  readonly ephemeral: number | undefined;
  /** MiB. */
  readonly swap: number | undefined;
  readonly extraSpecs: Readonly<Record<string, string>> | undefined;
}
