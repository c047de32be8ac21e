import type { TestProject } from 'vitest/node';
import { Cloud, type Step } from './services/cloud.ts';
import { installPackages } from './services/packages.ts';
import { keptDirectory } from './services/process-group.ts';
import { type CloudSettings, chooseSettings } from './services/settings.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cloud: CloudSettings;
  }
}

/** Of `npm run test:nova`. */
const withNova = process.env.CLOUD_WITH_NOVA === '1';

const seconds = (milliseconds: number) => `${(milliseconds / 1000).toFixed(1).padStart(6)} s`;

const step: Step = async (what, work) => {
  const start = performance.now();
  const result = await work();
  process.stdout.write(`${seconds(performance.now() - start)}  ${what}\n`);
  return result;
};

/** Installs and starts the services for all test files. @returns ends them and removes what they left */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const installed = await step('packages', () => installPackages(withNova));
  if (installed.length > 0) process.stdout.write(`installed: ${installed.join(', ')}\n`);
  const kept = await keptDirectory();
  const settings = await chooseSettings(kept.directory);
  try {
    await step('all services', () => new Cloud(settings).start(step, withNova));
  } catch (error) {
    await kept.end();
    throw error;
  }
  project.provide('cloud', settings);
  return () => step('end of all services', kept.end);
}
