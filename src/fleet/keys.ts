/** Where in etcd a fleet keeps what. Everything that has to be looked at together to decide who reads what is under `live`. */
export class FleetKeys {
  readonly prefix: string;

  /** @param prefix ends with a slash */
  constructor(prefix: string) {
    this.prefix = prefix;
  }

  get live(): string {
    return `${this.prefix}live/`;
  }

  get statuses(): string {
    return `${this.prefix}status/`;
  }

  member(name: string): string {
    return `${this.live}members/${encodeURIComponent(name)}`;
  }

  owner(group: string): string {
    return `${this.live}owners/${encodeURIComponent(group)}`;
  }

  /** What is known of a group, whoever reads it. */
  group(group: string): string {
    return `${this.live}groups/${encodeURIComponent(group)}`;
  }

  /** That a group lists what another one reads. */
  joined(group: string, other: string): string {
    return `${this.live}joined/${encodeURIComponent(group)}/${encodeURIComponent(other)}`;
  }

  status(name: string): string {
    return `${this.statuses}${encodeURIComponent(name)}`;
  }

  /** How far a group was read and delivered. */
  state(group: string): string {
    return `${this.prefix}state/${encodeURIComponent(group)}/`;
  }

  /**
   * Which group reads each managed system of a receiver. `homes` stays what it was called first: a system belongs to the group
   * that makes its key, so that under two names, while members of two releases are in a fleet, two groups would read it.
   */
  affinities(receiver: string): string {
    return `${this.prefix}homes/${encodeURIComponent(receiver)}/`;
  }

  /** What the managed systems of a receiver list that others may list as well. */
  sightings(receiver: string): string {
    return `${this.prefix}sightings/${encodeURIComponent(receiver)}/`;
  }

  /** That a console has refused the logon. */
  refusal(console: string): string {
    return `${this.prefix}refusals/${encodeURIComponent(console)}`;
  }

  session(console: string): string {
    return `${this.prefix}sessions/${encodeURIComponent(console)}`;
  }
}
