import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include:
      process.env.CLOUD_WITH_NOVA === '1'
        ? ['test/cloud/nova/*.test.ts']
        : ['test/cloud/*.test.ts', 'test/cloud/prometheus/*.test.ts'],
    globalSetup: ['test/cloud/global-setup.ts'],
    // The files share the services, and some of them stop one for a while.
    fileParallelism: false,
    testTimeout: 240_000,
    hookTimeout: 120_000,
    reporters: ['verbose'],
  },
});
