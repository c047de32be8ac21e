import type { PoolReporter, SharedSightings, SightingsListener, SystemSightings } from '../../src/receiver/index.ts';

/** What several receivers of one process tell each other, as members of a fleet do through etcd. */
export class SightingsHub {
  readonly systems = new Map<string, SystemSightings>();
  readonly pools = new Map<string, PoolReporter>();
  readonly #listeners: SightingsListener[] = [];

  /** For one receiver. */
  member(): SharedSightings {
    const notify = (call: (listener: SightingsListener) => void) => this.#listeners.forEach(call);
    const setPool = (poolId: string, reporter: PoolReporter) => {
      this.pools.set(poolId, reporter);
      notify((listener) => listener.notePool(poolId));
    };
    return {
      subscribe: (listener) => {
        this.#listeners.push(listener);
        for (const [systemId, sightings] of this.systems) listener.learn(systemId, sightings);
        for (const poolId of this.pools.keys()) listener.notePool(poolId);
      },
      sightingsOf: (systemId) => this.systems.get(systemId),
      report: (systemId, sightings) => {
        this.systems.set(systemId, sightings);
        notify((listener) => listener.learn(systemId, sightings));
      },
      reportAlive: (systemId) => notify((listener) => listener.noteAlive(systemId)),
      poolReporter: (poolId) => this.pools.get(poolId),
      claimPool: async (poolId, systemId) => {
        const time = this.pools.get(poolId)?.time ?? 0;
        setPool(poolId, { systemId, time, after: time });
      },
      reportPool: (poolId, time) => {
        const known = this.pools.get(poolId);
        if (known) setPool(poolId, { ...known, time: Math.max(time, known.time) });
      },
    };
  }
}
