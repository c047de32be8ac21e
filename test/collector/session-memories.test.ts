import { expect, test } from 'vitest';
import { silentLogger } from '../../src/base/logger.ts';
import { Secret } from '../../src/base/secret.ts';
import { parseConfig } from '../../src/collector/index.ts';
import { SessionMemories } from '../../src/collector/session-memories.ts';
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
    const memories = new SessionMemories(directory, silentLogger);
    return [memories.memoryFor(console('monitor'), 'powervm/a'), memories.memoryFor(console('other'), 'powervm/b')];
  };
  const tokens = ['first', 'second'];
  for (const [index, memory] of start().entries()) {
    const token = new Secret(tokens[index] ?? '');
    await memory?.remember('https://hmc1', { token, username: 'u', type: 'hmc' });
  }
  const recalled = await Promise.all(start().map((memory) => memory?.recall('https://hmc1')));
  expect(recalled.map((session) => session?.token.reveal())).toEqual(tokens);
});

test('without a directory nothing is remembered', () => {
  expect(new SessionMemories(undefined, silentLogger).memoryFor(console('monitor'), 'powervm')).toBeUndefined();
});
