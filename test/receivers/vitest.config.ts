import { defineConfig } from 'vitest/config';
import { retryInCi } from '../helpers/retry-in-ci.ts';

/** Delivery to real receivers. Apart from the everyday tests: the receivers are built first, which takes minutes. */
export default defineConfig({
  test: {
    include: ['test/receivers/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    retry: retryInCi,
    reporters: ['verbose'],
  },
});
