import { defineConfig } from 'vitest/config';
import { retryInCi } from '../../helpers/retry-in-ci.ts';

/** Fleets of real processes on a real etcd. Apart from the everyday tests: they take minutes and every core. */
export default defineConfig({
  test: {
    include: ['test/fleet/live/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    retry: retryInCi,
    reporters: ['verbose'],
  },
});
