import { defineConfig } from 'vitest/config';

/** Delivery to real receivers. Apart from the everyday tests: the receivers are built first, which takes minutes. */
export default defineConfig({
  test: {
    include: ['test/receivers/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    // As in the everyday tests: the report says what a second try was needed for.
    retry: process.env.CI ? 1 : 0,
    reporters: ['verbose'],
  },
});
