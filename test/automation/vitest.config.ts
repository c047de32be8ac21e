import { defineConfig } from 'vitest/config';
import { retryInCi } from '../helpers/retry-in-ci.ts';

/** The automation server against a real Gerrit and with real sandboxes: several minutes, as root. */
export default defineConfig({
  test: {
    include: ['test/automation/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 300_000,
    retry: retryInCi,
    reporters: ['verbose'],
  },
});
