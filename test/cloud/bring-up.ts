import { Cloud, type Step } from './services/cloud.ts';
import { installPackages } from './services/packages.ts';
import { keptDirectory } from './services/process-group.ts';
import { type CloudSettings, chooseSettings } from './services/settings.ts';

interface RunningCloud {
  readonly settings: CloudSettings;
  /** Ends the services and removes what they left. */
  readonly end: () => Promise<void>;
}

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1).padStart(6)} s`;

const step: Step = async (what, work) => {
  const start = performance.now();
  const result = await work();
  process.stdout.write(`${seconds(performance.now() - start)}  ${what}\n`);
  return result;
};

/** Installs and starts the services. They end with this process at the latest, whatever happens to it. */
export async function bringUp(): Promise<RunningCloud> {
  const installed = await step('packages', installPackages);
  if (installed.length > 0) process.stdout.write(`installed: ${installed.join(', ')}\n`);
  const kept = await keptDirectory();
  const settings = await chooseSettings(kept.directory);
  try {
    await step('all services', () => new Cloud(settings).start(step));
  } catch (error) {
    await kept.end();
    throw error;
  }
  return { settings, end: () => step('end of all services', kept.end) };
}
