import { clockOffsetWords } from '../../base/clock/timestamp.ts';
import { PowerVmError } from '../../base/errors/errors.ts';
import type { ConsoleClient, ManagedSystem, RequestObservation } from '../../rest/index.ts';
import { type CheckResult, failed, passed, warning } from '../checks/check-result.ts';

/** A clock that is further off puts samples where no one looks for them. */
const SKEW_LIMIT = 60;

/** What was seen of the requests while a console was examined. */
export class RequestLog {
  readonly observations: RequestObservation[] = [];

  readonly add = (observation: RequestObservation): void => {
    this.observations.push(observation);
  };

  /** Seconds that the console's clock is ahead; undefined while no response carried a date. */
  get clockSkew(): number | undefined {
    const newest = this.observations.findLast(({ consoleTime }) => consoleTime !== undefined);
    return newest?.consoleTime === undefined ? undefined : (newest.consoleTime - newest.localTime) / 1000;
  }

  /** Whether a console had no quick answer for the inventory, as old releases have none. */
  get lacksQuickResponses(): boolean {
    return this.observations.some(({ kind, statusCode }) => kind === 'inventory' && (statusCode ?? 0) >= 400);
  }
}

/**
 * Logon, authority, systems, clock.
 * @returns the managed systems that the account may see; undefined when there is no continuing
 */
export async function* checkConsole(
  client: ConsoleClient,
  log: RequestLog,
  signal: AbortSignal,
): AsyncGenerator<CheckResult, readonly ManagedSystem[] | undefined> {
  let systems: readonly ManagedSystem[];
  try {
    systems = await client.managedSystems(signal);
  } catch (error) {
    const hasLoggedOn = log.observations.some(({ kind, statusCode }) => kind === 'logon' && statusCode === 200);
    if (hasLoggedOn) yield passed('logon', sessionText(client));
    yield failed(hasLoggedOn ? 'authority' : 'logon', error, isBusy(error) ? RESTARTING : undefined);
    return undefined;
  }
  yield passed('logon', sessionText(client));
  yield* checkClock(log);
  if (log.lacksQuickResponses) {
    yield warning(
      'release',
      'the console has no quick JSON: an old release; the inventory comes as feeds, which takes it longer',
      'Nothing needs to be done; an update of the console makes it faster.',
    );
  }
  if (systems.length === 0) {
    const error = new PowerVmError('POWERVM_NO_SYSTEM', 'the account sees no managed system');
    yield failed('systems', error, 'Give the account a resource role that has the managed systems.');
    return undefined;
  }
  yield passed('systems', systems.map(({ name, state }) => `${name} (${state ?? 'state unknown'})`).join(', '));
  return systems;
}

/** The REST API of an HMC comes up last. */
const RESTARTING = 'The console is restarting or overloaded: wait some minutes, then try again.';

function isBusy(error: unknown): boolean {
  return error instanceof PowerVmError && error.code === 'POWERVM_CONSOLE_BUSY';
}

function sessionText({ endpoint, type }: ConsoleClient): string {
  const kind = type === 'novalink' ? 'NovaLink' : 'an HMC';
  return `${endpoint} is ${kind}; one session, which is ended again (consoles do not say their session limits)`;
}

function* checkClock({ clockSkew }: RequestLog): Generator<CheckResult> {
  if (clockSkew === undefined) return;
  const seconds = Math.round(clockSkew);
  if (Math.abs(clockSkew) <= SKEW_LIMIT) {
    yield passed(
      'clock',
      Math.abs(seconds) <= 1 ? 'both clocks agree' : `the console is ${clockOffsetWords(seconds)} this machine`,
    );
    return;
  }
  const isHours = Math.abs(Math.abs(seconds) % 1800) < 120 || Math.abs(Math.abs(seconds) % 1800) > 1680;
  const zone = isHours ? ', which looks like a wrong time zone' : '';
  yield {
    check: 'clock',
    status: 'failed',
    text: `the clock of the console is ${clockOffsetWords(seconds)} this machine${zone}: samples carry its time`,
    remedy:
      'Set NTP and the time zone on the console (and on this machine), then restart the REST service of the console.',
  };
}
