/**
 * The end-to-end test with the real services: RabbitMQ, Ceilometer's notification agent, Gnocchi, Keystone, Placement,
 * Glance and Nova from Debian's packages, Aodh and Tempest from PyPI, on loopback.
 *
 *   npm run test:openstack [-- FILE]
 *   npm run test:tempest
 */
import { spawnSync } from 'node:child_process';
import { whatIsMissing } from './services/packages.ts';

const missing = await whatIsMissing();
if (missing === undefined) {
  const config = ['--config', 'test/cloud/vitest.config.ts'];
  const { status } = spawnSync('npx', ['vitest', 'run', ...config, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} else {
  process.stdout.write(`test:openstack is skipped. It needs ${missing}.\n`);
}
