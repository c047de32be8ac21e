import { defineConfig } from 'vitest/config';

/** Every failure in every view, one after the other: they share a Prometheus and a Chromium, and take minutes. */
export default defineConfig({
  test: {
    include: ['test/operation/**/*.test.ts'],
    testTimeout: 90_000,
    hookTimeout: 90_000,
    // As in the everyday tests: the report says what a second try was needed for.
    retry: process.env.CI ? 1 : 0,
    reporters: ['verbose'],
  },
});
