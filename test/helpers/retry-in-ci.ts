/**
 * How often a suite tries a failed test again: once where `CI` is set, whose cores are shared with others, so that a pause
 * can fail a test. The report names what needed it.
 */
export const retryInCi = process.env.CI ? 1 : 0;
