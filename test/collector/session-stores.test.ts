import { expect, test } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { Secret } from '../../src/base/secrets/secret.ts';
import { parseConfig } from '../../src/collector/index.ts';
import { SessionStores } from '../../src/collector/session-stores.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const console = (username: string) => {
  const config = parseConfig(
    `receivers: { powervm: { consoles: [{ endpoint: 'https://hmc1', username: ${username}, password: p }] } }
exporters: { debug: }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  ).receivers.powervm?.consoles[0];
  if (!config) throw new Error('no console');
  return config;
};

test('two receivers that read one console each find their own session after a crash', async () => {
  const directory = await temporaryDirectory();
  const start = () => {
    const memories = new SessionStores(directory, silentLogger);
    return [memories.storeFor(console('monitor'), 'powervm/a'), memories.storeFor(console('other'), 'powervm/b')];
  };
  const tokens = ['first', 'second'];
  for (const [index, memory] of start().entries()) {
    const token = new Secret(tokens[index] ?? '');
    await memory?.save('https://hmc1', { token, username: 'u', type: 'hmc' });
  }
  const recalled = await Promise.all(start().map((memory) => memory?.load('https://hmc1')));
  expect(recalled.map((session) => session?.token.reveal())).toEqual(tokens);
});

test('nothing is stored without a directory', () => {
  expect(new SessionStores(undefined, silentLogger).storeFor(console('monitor'), 'powervm')).toBeUndefined();
});
