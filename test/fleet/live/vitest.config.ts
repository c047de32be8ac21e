import { defineConfig } from 'vitest/config';

/** Fleets of real processes on a real etcd. Apart from the everyday tests: they take minutes and every core. */
export default defineConfig({
  test: {
    include: ['test/fleet/live/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // As in the everyday tests: the report says what a second try was needed for.
    retry: process.env.CI ? 1 : 0,
    reporters: ['verbose'],
  },
});
