import { afterEach, expect, test, vi } from 'vitest';
import { proxyOptions } from '../../../../src/collector/config/schema/proxy.ts';

afterEach(() => {
  vi.unstubAllEnvs();
});

const fromEnvironment = { from_environment: true };

test('the environment is used only when requested', () => {
  vi.stubEnv('HTTPS_PROXY', 'http://proxy:3128');
  expect(proxyOptions(undefined, 'https://hmc1')).toBeUndefined();
  expect(proxyOptions(fromEnvironment, 'https://hmc1')).toEqual({ url: 'http://proxy:3128' });
});

test('NO_PROXY excludes hosts and domains', () => {
  vi.stubEnv('HTTPS_PROXY', 'http://me:s%40crt@proxy:3128');
  vi.stubEnv('NO_PROXY', 'hmc1,.example.com');
  expect(proxyOptions(fromEnvironment, 'https://hmc1')).toBeUndefined();
  expect(proxyOptions(fromEnvironment, 'https://hmc2.example.com')).toBeUndefined();
  const options = proxyOptions(fromEnvironment, 'https://hmc3');
  expect(options).toMatchObject({ url: 'http://proxy:3128', username: 'me' });
  expect(options?.password?.reveal()).toBe('s@crt');
});
