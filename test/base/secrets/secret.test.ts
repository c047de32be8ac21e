import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { redactUrl, Secret } from '../../../src/base/secrets/secret.ts';

test('a secret is shown only where it is explicitly revealed', () => {
  const secret = new Secret('abc123');
  const shown = [
    String(secret),
    `${secret}`,
    JSON.stringify({ secret }),
    inspect({ secret }, { showHidden: true }),
    Object.values(secret).join(),
  ];
  expect(shown.join('\n')).not.toContain('abc123');
  expect(secret.reveal()).toBe('abc123');
});

test.each([
  ['rabbit://user:s3cret@host:5672/', 's3cret'],
  ['https://host/path?token=s3cret&batch=true', 's3cret'],
  ['http://:s3cret@host/', 's3cret'],
  ['https://host/services/T0123/xoxb-3f9a7c21d08e4b55/v1/metrics', '3f9a7c21'],
])('the secret in %s is redacted', (url, secret) => {
  expect(redactUrl(url)).not.toContain(secret);
  expect(redactUrl(url)).toContain('host');
});

test('text that is not a URL, or has no secret, is unchanged', () => {
  expect(redactUrl('not a url')).toBe('not a url');
  for (const url of [
    'https://hmc1.example.com:12443/',
    'http://collector/opentelemetry-collector/v1/metrics',
    'https://gateway/prod-eu-west-2/otlp',
    'file:///var/lib/ceilometer/samples-of-frame-01.jsonl',
  ]) {
    expect(redactUrl(url)).toBe(url);
  }
});

test.each([
  'rabbit://user:geheim@one:5672,two:5672/vhost',
  'rabbit://user:geheim@one:5672,other:geheim@two:5672/vhost?ssl=1',
  'rabbit://user:geheim@one,two',
])('a list of hosts keeps the hosts and hides passwords: %s', (url) => {
  expect(redactUrl(url)).not.toContain('geheim');
  expect(redactUrl(url)).toMatch(/one.*two/);
});
