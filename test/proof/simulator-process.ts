import { acceleratedClock } from '../../src/base/clock/accelerated-clock.ts';
import { PowerVmSimulator } from '../../src/simulator/index.ts';
import type { SimulatorOrder, SimulatorRequestLog, SimulatorStart } from './simulator-messages.ts';

/** A console in a process of its own. Its parent sends orders; it answers each with what it has seen. */
const start: SimulatorStart = JSON.parse(process.argv[2] ?? '{}');
const clock = acceleratedClock(start.rate, start.epoch);
let health: SimulatorOrder['health'] = 'well';
let started = 0;
let mostSessions = 0;
/** Requests by simulated minute, while the console was not well. */
const duringReboots = new Map<number, number>();

const simulator = new PowerVmSimulator({
  ...start.estate,
  now: () => clock.now(),
  intercept: ({ path }) => {
    started += 1;
    mostSessions = Math.max(mostSessions, simulator.sessions.active);
    if (health === 'well') return undefined;
    const minute = Math.floor(clock.now() / 60_000);
    duringReboots.set(minute, (duringReboots.get(minute) ?? 0) + 1);
    if (health === 'off' || path.endsWith('/Logon')) return { breakConnection: true };
    return { status: 503, body: 'MC has just restarted or UUID not found in PCM.' };
  },
});

function requestLog(): SimulatorRequestLog {
  return {
    sessions: simulator.sessions,
    requests: started,
    mostAtOnce: simulator.requestLog[0]?.greatestSimultaneous ?? 0,
    mostSessions,
    mostInMinuteOfReboot: Math.max(0, ...duringReboots.values()),
  };
}

await simulator.start();
process.on('message', (order: SimulatorOrder) => {
  // A console that goes down loses its sessions.
  if (health === 'well' && order.health === 'off') simulator.expireSessions();
  health = order.health;
  process.send?.(requestLog());
});
process.on('disconnect', () => process.exit());
process.send?.({
  url: simulator.url,
  username: simulator.username,
  password: simulator.password,
  systems: simulator.systems.map(({ id, name, partitions, vioses }) => ({
    id,
    name,
    partitions: [...partitions, ...vioses].map((partition) => partition.id),
  })),
});
