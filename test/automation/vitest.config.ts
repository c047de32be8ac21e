import { defineConfig } from 'vitest/config';

/** The automation server against a real Gerrit and with real sandboxes: several minutes, as root. */
export default defineConfig({
  test: {
    include: ['test/automation/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 300_000,
    // As in the everyday tests: the report says what a second try was needed for.
    retry: process.env.CI ? 1 : 0,
    reporters: ['verbose'],
  },
});
