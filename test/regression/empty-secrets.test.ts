import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPassword } from '../../src/base/files/read-text-file.ts';
import { Secret } from '../../src/base/secrets/secret.ts';
import { parseConfig } from '../../src/collector/config/load-config.ts';
import { emptySecrets } from '../../src/collector/config/problems/empty-secrets.ts';
import { resolveCloud } from '../../src/openstack/settings/resolve-cloud.ts';
import { PowerVmConsole } from '../../src/rest/index.ts';
import { afterThisTest, connect, startSimulator } from '../helpers/console.ts';

// A variable that was never filled in, or a file that an editor on Windows had saved, became a logon with a wrong password:
// refused, and counted towards the lock of the account.

async function fileWith(content: string | Buffer): Promise<string> {
  const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-'));
  afterThisTest(() => rm(directory, { recursive: true }));
  const file = path.join(directory, 'password');
  await writeFile(file, content);
  return file;
}

describe('a password file', () => {
  test.each([
    ['a line break', 'abc123\n'],
    ['no line break', 'abc123'],
    ['a byte-order mark and CRLF', '\ufeffabc123\r\n'],
    ['UTF-16', Buffer.from('\ufeffabc123\r\n', 'utf16le')],
    ['several line breaks', 'abc123\r\n\r\n'],
  ])('with %s holds the password', async (_what, content) => {
    expect(readPassword(await fileWith(content))).toBe('abc123');
  });

  test.each([
    ['nothing', ''],
    ['a line break', '\r\n'],
    ['a byte-order mark', '\ufeff'],
    ['two lines', 'abc\n123\n'],
    ['control characters', 'abc\u0000'],
  ])('with %s is rejected before any logon', async (_what, content) => {
    const file = await fileWith(content);
    expect(() => readPassword(file)).toThrow(expect.objectContaining({ code: 'POWERVM_CONFIG_INVALID' }));
  });

  test('keeps spaces, which may belong to the password', async () => {
    expect(readPassword(await fileWith(' a b \n'))).toBe(' a b ');
  });
});

describe('an empty password', () => {
  const endpoint = 'https://hmc.test';
  test.each([
    ['a text', { endpoint, username: 'u', password: '' }],
    ['a secret', { endpoint, username: 'u', password: new Secret('') }],
    ['none', { endpoint, username: 'u' }],
    ['one without a name', { endpoint, password: 'p' }],
    ['an empty name', { endpoint, username: '', password: 'p' }],
  ])('of a console, %s, is a configuration error', (_what, options) => {
    expect(() => new PowerVmConsole(options)).toThrow(expect.objectContaining({ code: 'POWERVM_CONFIG_INVALID' }));
  });

  test('from a function never reaches a console', async () => {
    const simulator = await startSimulator();
    const console = connect(simulator, { password: async () => '' });
    await expect(console.managedSystems()).rejects.toMatchObject({ code: 'POWERVM_LOGON_FAILED' });
    expect(simulator.requests).toHaveLength(0);
  });

  test.each(['password', 'application_credential_secret', 'token'])('of OpenStack counts as missing: %s', (key) => {
    const auth = { auth_url: 'https://keystone/v3', username: 'u', project_name: 'p', application_credential_id: 'i' };
    const authType = key === 'token' ? 'token' : key === 'password' ? 'password' : 'application_credential';
    expect(() => resolveCloud({ auth: { ...auth, [key]: '' }, authType })).toThrow(`${key} is missing`);
  });
});

describe('a configuration with a variable that is set and empty', () => {
  const read = (text: string) => parseConfig(text, 'c.yaml', { environment: { EMPTY: '' }, readFile: () => '\n' });
  const pipelines = 'service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }';
  const config = (console: string) =>
    `receivers: { powervm: { consoles: [{ endpoint: https://hmc, username: u, ${console} }] } }\nexporters: { debug: {} }\n${pipelines}`;

  test.each([
    ['a variable', 'password: "${env:EMPTY}"'],
    ['a file', 'password: "${file:/x}"'],
    ['nothing', 'password:'],
    ['the password of a proxy', 'password: p, proxy: { url: http://p, username: u, password: "${env:EMPTY}" }'],
  ])('is reported for a secret: %s', (_what, console) => {
    expect(() => read(config(console))).toThrow(/password: is empty/);
  });

  test('is accepted where it is not a secret', () => {
    expect(() =>
      read(config('password: p').replace('debug: {}', 'debug: { verbosity: "${env:EMPTY:-basic}" }')),
    ).not.toThrow();
  });

  test.each([
    [{ a: { transport_url: 'rabbit://user:@host' } }, 1],
    [{ a: { transport_url: 'rabbit://user:x@host,user:@host2/' } }, 1],
    [{ a: { endpoint: 'https://host:443/a:@b' } }, 0],
    [{ telemetry_secret: '' }, 0],
    [{ deep: [{ token: '' }, { client_secret: '' }] }, 2],
  ])('%j: %i', (content, count) => {
    expect(emptySecrets(content)).toHaveLength(count);
  });
});
