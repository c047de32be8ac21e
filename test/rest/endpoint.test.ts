import { expect, test } from 'vitest';
import { parseEndpoint } from '../../src/rest/endpoint.ts';

test('the default ports are 443 and then 12443; an explicit port is used alone', () => {
  expect(parseEndpoint('https://hmc1.example.com', false).candidates).toEqual(
    ['https://hmc1.example.com', 'https://hmc1.example.com:12443'].map((text) => expect.stringContaining(text)),
  );
  expect(parseEndpoint('https://hmc1.example.com:8443', false).candidates).toHaveLength(1);
});

test('what is written without a scheme means HTTPS', () => {
  expect(parseEndpoint('hmc1', false).candidates).toEqual(parseEndpoint('https://hmc1', false).candidates);
  expect(parseEndpoint('hmc1:12443', false).candidates).toEqual(['https://hmc1:12443']);
  expect(parseEndpoint('[fe80::1]:12443', false).address).toBe('fe80::1');
});

test('loopback is recognised by name and by both kinds of address', () => {
  for (const host of ['localhost', '127.0.0.1', '[::1]']) {
    expect(parseEndpoint(`http://${host}:12080`, false).isLoopback).toBe(true);
  }
  expect(parseEndpoint('https://hmc1', false).isLoopback).toBe(false);
});

test.each([
  'ftp://hmc1',
  'https://',
  'https://user:secret@hmc1',
  'user:secret@hmc1',
  'https://hmc1/hmc/connect?secret',
  'hmc1/x',
])('%s is not a console address', (text) => {
  expect(() => parseEndpoint(text, false)).toThrow(expect.objectContaining({ code: 'POWERVM_CONFIG_INVALID' }));
  expect(() => parseEndpoint(text, false)).not.toThrow(/secret/);
});
