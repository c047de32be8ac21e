import { defineConfig } from 'vitest/config';
import { retryInCi } from '../helpers/retry-in-ci.ts';

/** The package as a user installs it. Apart from the everyday tests: it packs, and asks the npm registry. */
export default defineConfig({
  test: { include: ['test/package/**/*.test.ts'], testTimeout: 120_000, retry: retryInCi },
});
