import { SimulatedConsole } from './simulated-console.ts';

/** Requests in half a minute of simulated time that the machine must be able to do: live and catching up at once. */
const NEEDED = 75;
const FASTEST = 400;

/**
 * How much faster than the world the clock may continue this machine now, so that its hours are those of a console that
 * keeps up: what a simulated half minute asks for must be answered within it.
 */
export async function affordableRate(): Promise<number> {
  const estate = { systems: 3, lpars: 2, vioses: 1, seed: 'speed' };
  const simulated = await SimulatedConsole.start({ estate, rate: 1, epoch: Date.now() });
  try {
    const paths = simulated.ready.systems.map(
      ({ id }) => `/rest/api/pcm/ManagedSystem/${id}/RawMetrics/LongTermMonitor`,
    );
    const began = performance.now();
    // Without a session each is refused, which takes as long as a small answer does.
    for (let round = 0; round < 20; round += 1) {
      for (const path of paths) await (await fetch(`${simulated.ready.url}${path}`)).arrayBuffer();
    }
    const perRequest = ((performance.now() - began) / (20 * paths.length)) * 2;
    return Math.max(1, Math.min(FASTEST, Math.floor(30_000 / (NEEDED * perRequest))));
  } finally {
    simulated.stop();
  }
}
