import { defineConfig } from 'vitest/config';
import { retryInCi } from './test/helpers/retry-in-ci.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // Suites with real services, or that ask a registry, have a command of their own: `npm run test:openstack` and its like.
    exclude: [
      'test/cloud/**',
      'test/package/**',
      'test/receivers/**',
      'test/hosts/**',
      'test/automation/**',
      'test/fleet/live/**',
      'test/operation/**',
    ],
    // Only for what hangs: a busy machine takes many times as long as an idle one.
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // Two workers: the machines that run this have two cores, and the suites start servers and child processes.
    maxWorkers: 2,
    retry: retryInCi,
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      // Runs in a browser only: test/browser drives it there, out of sight of the coverage.
      exclude: ['src/collector/status/page/**'],
      reporter: ['text-summary', 'html', 'json-summary'],
      thresholds: { lines: 85, functions: 85, branches: 75 },
    },
  },
});
