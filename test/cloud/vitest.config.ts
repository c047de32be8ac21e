import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/cloud/**/*.test.ts'],
    globalSetup: ['test/cloud/global-setup.ts'],
    // The files share the services, and some of them stop one for a while.
    fileParallelism: false,
    // Only for what hangs: on a busy machine Nova takes a quarter of a minute for an answer.
    testTimeout: 900_000,
    hookTimeout: 300_000,
    // As in the everyday tests: the report says what a second try was needed for.
    retry: process.env.CI ? 1 : 0,
    reporters: ['verbose'],
  },
});
