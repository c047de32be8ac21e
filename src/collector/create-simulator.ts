import { ConfigurationError } from '../base/errors/errors.ts';
import { readTextFile } from '../base/files/read-text-file.ts';
import {
  PowerVmReplay,
  PowerVmSimulator,
  type PowerVmSimulatorOptions,
  type ReplayOptions,
  readBundle,
  readScenario,
  ScenarioError,
} from '../simulator/index.ts';

/**
 * A simulator that plays the scenario of a file, where one is named.
 * @throws {ConfigurationError} for a file that cannot be read, or a scenario that this estate cannot play
 */
export function createSimulator(options: PowerVmSimulatorOptions, scenarioFile: string | undefined): PowerVmSimulator {
  if (scenarioFile === undefined) return new PowerVmSimulator(options);
  return explained(
    scenarioFile,
    () => new PowerVmSimulator({ ...options, scenario: readScenario(readTextFile(scenarioFile), scenarioFile) }),
  );
}

/**
 * A console that answers what was recorded in a bundle.
 * @throws {ConfigurationError} for a file that cannot be read, or is no bundle
 */
export function createReplay(file: string, options: ReplayOptions): PowerVmReplay {
  return explained(file, () => new PowerVmReplay(readBundle(readTextFile(file), file), options));
}

/** What a person reads of a file that is something else altogether. */
const MOST_PROBLEMS = 5;

function explained<Result>(file: string, make: () => Result): Result {
  try {
    return make();
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    const problems = [...new Set(error.problems)];
    const others = problems.length > MOST_PROBLEMS ? `; and ${problems.length - MOST_PROBLEMS} more` : '';
    const message = `${file} cannot be played: ${problems.slice(0, MOST_PROBLEMS).join('; ')}${others}`;
    throw new ConfigurationError('POWERVM_CONFIG_INVALID', message, { cause: error, context: { file } });
  }
}
