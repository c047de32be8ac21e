/**
 * The tests of the automation server, where the machine can run them: npm run test:automation.
 */
import { spawnSync } from 'node:child_process';
import { missingPrograms } from './missing-programs.ts';

const missing = missingPrograms();
if (missing === '') {
  const config = ['--config', 'test/automation/vitest.config.ts'];
  process.exitCode =
    spawnSync('npx', ['vitest', 'run', ...config, ...process.argv.slice(2)], { stdio: 'inherit' }).status ?? 1;
} else {
  process.stdout.write(`test:automation is skipped. It needs ${missing}.\n`);
}
