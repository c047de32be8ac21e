import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, test } from 'vitest';
import { afterThisTest } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';
import { session } from '../simulator/client.ts';

const root = path.join(import.meta.dirname, '../..');
const main = path.join(root, 'dist/cli/main.js');
const story = path.join(root, 'examples/scenarios/ten-minutes.yaml');

function start(...args: string[]): ChildProcess {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH } });
  afterThisTest(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
  });
  return child;
}

/** The ready line of `simulate`. */
async function simulate(...args: string[]) {
  const { stdout } = start('simulate', ...args);
  if (!stdout) throw new Error('no standard output');
  const [line] = await once(createInterface(stdout), 'line');
  return JSON.parse(line);
}

async function ended(child: ChildProcess) {
  let text = '';
  child.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  child.stderr?.on('data', (chunk) => {
    text += chunk;
  });
  const [code] = await once(child, 'close');
  return { code, text };
}

async function fileWith(name: string, text: string): Promise<string> {
  const directory = await temporaryDirectory();
  await writeFile(path.join(directory, name), text);
  return path.join(directory, name);
}

describe('simulate', () => {
  test('plays a scenario on two consoles with a shared fast clock, and serves its request log', async () => {
    // Half an hour a second, since a second ago: the ten minutes are over before the first request.
    const epoch = String(Date.now() - 1000);
    const args = ['--now', '2026-03-04T12:00:00Z', '--clock-rate', '1800', '--clock-epoch', epoch];
    const ready = await simulate(
      '--systems',
      '2',
      '--consoles',
      '2',
      '--scenario',
      story,
      '--control-port',
      '0',
      ...args,
    );
    expect(ready.urls).toHaveLength(2);
    expect(ready.url).toBe(ready.urls[0]);
    const ask = await session({ ...ready, url: ready.urls[1] });
    const reply = await ask(`/rest/api/uom/ManagedSystem/${ready.systems[1]}/LogicalPartition/quick/All`);
    const names = JSON.parse(await reply.text()).map(({ PartitionName }: { PartitionName: string }) => PartitionName);
    expect(names.filter((name: string) => name === 'prod-db1')).toHaveLength(2);
    expect(Date.parse(reply.headers.get('date') ?? '')).toBeGreaterThan(Date.parse('2026-03-04T12:10:00Z'));
    const { consoles } = JSON.parse(await (await fetch(ready.request_log)).text());
    expect(consoles.map(({ requests }: { requests: object }) => requests)).toEqual([{}, { logon: 1, inventory: 1 }]);
  });

  test('replays a bundle', async () => {
    const bundle = await fileWith(
      'bundle.jsonl',
      '{"bundle":"otel-powervm","version":1,"console":"novalink","recorded_at":"2026-03-04T12:00:00Z"}\n' +
        '{"method":"GET","path":"/rest/api/uom/ManagedSystem/quick/All","status":200,"body":"[]"}\n',
    );
    const ready = await simulate('--replay', bundle);
    expect(ready).toMatchObject({ event: 'listening', console: 'novalink', systems: [] });
    expect(await (await (await session(ready))('/rest/api/uom/ManagedSystem/quick/All')).text()).toBe('[]');
  });

  test.each([
    ['a path of which nothing can be decoded', '{"method":"GET","path":"/rest/%zz","status":200}'],
    ['a header that no answer can have', '{"method":"GET","path":"/","status":200,"headers":{"a b":"c"}}'],
  ])('explains a bundle with %s, and ends with 2', async (_what, line) => {
    const head = '{"bundle":"otel-powervm","version":1,"console":"hmc","recorded_at":"2026-03-04T12:00:00Z"}';
    const bundle = await fileWith('bundle.jsonl', `${head}\n${line}\n`);
    const { code, text } = await ended(start('simulate', '--replay', bundle));
    expect(code).toBe(2);
    expect(text).toContain(`${bundle}:2:1  `);
    expect(text).not.toMatch(/^ +at /m);
  });

  test('explains an invalid scenario and exits with 2', async () => {
    const scenario = await fileWith('story.yaml', 'events:\n  - at: soon\n    power_off: { partition: x }\n');
    const { code, text } = await ended(start('simulate', '--scenario', scenario));
    expect(code).toBe(2);
    expect(text).toContain(`${scenario}:2:9  events[0].at: must be a duration`);
    expect((await ended(start('simulate', '--scenario', '/nowhere.yaml'))).code).toBe(2);
    expect((await ended(start('simulate', '--replay', scenario, '--tls'))).text).toContain('does not go with --tls');
  });
});

test('demo plays a scenario on two frames', async () => {
  const { code, text } = await ended(start('demo', '--scenario', story, '--no-tty', '--duration', '4s'));
  expect(code).toBe(0);
  expect(text).toContain('frame-02');
});
