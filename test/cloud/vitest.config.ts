import { defineConfig } from 'vitest/config';
import { retryInCi } from '../helpers/retry-in-ci.ts';

export default defineConfig({
  test: {
    include: ['test/cloud/**/*.test.ts'],
    globalSetup: ['test/cloud/global-setup.ts'],
    // The files share the services, and some of them stop one for a while.
    fileParallelism: false,
    // Only for what hangs: on a busy machine Nova takes a quarter of a minute for an answer.
    testTimeout: 900_000,
    hookTimeout: 300_000,
    retry: retryInCi,
    reporters: ['verbose'],
  },
});
