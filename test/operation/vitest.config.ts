import { defineConfig } from 'vitest/config';
import { retryInCi } from '../helpers/retry-in-ci.ts';

/** Every failure in every view, one after the other: they share a Prometheus and a Chromium, and take minutes. */
export default defineConfig({
  test: {
    include: ['test/operation/**/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    retry: retryInCi,
    reporters: ['verbose'],
  },
});
