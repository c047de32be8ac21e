import type { TestProject } from 'vitest/node';
import { bringUp } from './bring-up.ts';
import type { CloudSettings } from './services/settings.ts';

declare module 'vitest' {
  interface ProvidedContext {
    cloud: CloudSettings;
  }
}

/** One cloud for all test files. @returns ends it */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const { settings, end } = await bringUp();
  project.provide('cloud', settings);
  return end;
}
