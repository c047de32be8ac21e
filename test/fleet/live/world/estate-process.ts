import { acceleratedClock } from '../../../../src/base/clock/accelerated-clock.ts';
import { PowerVmSimulator } from '../../../../src/simulator/index.ts';
import type { ConsoleUse, EstateStart, SessionUse } from './estate-messages.ts';

/** Many consoles, each with a frame of its own, in one process. Answers every message with what the consoles have seen. */
const start: EstateStart = JSON.parse(process.argv[2] ?? '{}');
const clock = acceleratedClock(start.rate, start.epoch);

function watched(index: number) {
  const uses = new Map<string, SessionUse>();
  let mostSessions = 0;
  const simulator = new PowerVmSimulator({
    systems: 1,
    lpars: start.lpars,
    vioses: 1,
    seed: `${start.seed}-${index}`,
    now: () => clock.now(),
    intercept: ({ path, headers }) => {
      mostSessions = Math.max(mostSessions, simulator.sessions.active);
      const token = headers['x-api-session'];
      if (token === undefined || path.endsWith('/Logon')) return undefined;
      const now = Date.now();
      const { requests, first } = uses.get(token) ?? { requests: 0, first: now };
      uses.set(token, { token: token.slice(0, 8), requests: requests + 1, first, last: now });
      return undefined;
    },
  });
  const use = (): ConsoleUse => ({
    url: simulator.url,
    uses: [...uses.values()],
    mostSessions,
    openSessions: simulator.sessions.active,
    opened: simulator.sessions.opened,
    refused: simulator.sessions.refused,
  });
  return { simulator, use };
}

const consoles = Array.from({ length: start.consoles }, (_, index) => watched(index));
await Promise.all(consoles.map(({ simulator }) => simulator.start()));
process.on('message', () => process.send?.(consoles.map(({ use }) => use())));
process.on('disconnect', () => process.exit());
process.send?.(
  consoles.map(({ simulator: { url, username, password, systems } }) => ({
    url,
    username,
    password,
    systems: systems.map(({ id }) => id),
  })),
);
