import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { PowerVmError } from '../../src/base/errors/errors.ts';
import { type RecordArguments, record } from '../../src/cli/record/record.ts';
import { exitCodeOf } from '../../src/cli/terminal/exit-code.ts';
import { createReplay } from '../../src/collector/create-simulator.ts';
import { inspectionReport, stringifyReport } from '../../src/inspector/index.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import type { PowerVmSimulator, PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const NOW = Date.parse('2026-03-04T12:00:10Z');

function simulator(options: PowerVmSimulatorOptions = {}): Promise<PowerVmSimulator> {
  return startSimulator({ now: () => NOW, lpars: 12, guestMemory: true, systems: 2, ...options });
}

async function recorded(console: PowerVmSimulator, options: Partial<RecordArguments> = {}) {
  const directory = await temporaryDirectory();
  const output = path.join(directory, 'bundle.jsonl');
  const reported: string[] = [];
  const terminal = {
    environment: { OTEL_POWERVM_PASSWORD: console.password },
    isInteractive: false,
    print: (text: string) => reported.push(text),
    report: (text: string) => reported.push(text),
  };
  const call = () =>
    record({ endpoint: console.url, username: console.username, output, instants: 6, ...options }, terminal).catch(
      (error: unknown) => {
        if (!(error instanceof PowerVmError)) throw error;
        reported.push(error.message);
        return exitCodeOf(error);
      },
    );
  return { code: await call(), again: call, output, reported: () => reported.join('\n') };
}

/** What `inspect` says of a console. */
async function inspected({ url, username, password }: { url: string; username: string; password: string }) {
  const receiver = new PowerVmReceiver({ consoles: [{ endpoint: url, username, password }] });
  const { frames, failures } = await receiver.refresh();
  await receiver.stop();
  expect(failures).toEqual([]);
  return JSON.parse(stringifyReport(inspectionReport(frames)));
}

/** Names and identities apart, in an order that does not come from them. */
function numbersOf(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(numbersOf).sort((left, right) => (JSON.stringify(left) < JSON.stringify(right) ? -1 : 1));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      ['id', 'name', 'mtms', 'mac'].includes(key) ? typeof inner : numbersOf(inner),
    ]),
  );
}

test('replaying a recording gives the original numbers and relations', async () => {
  const original = await simulator();
  const { code, output } = await recorded(original);
  expect(code).toBe(0);
  expect(original.sessions.active).toBe(0);
  const replay = createReplay(output, {});
  await replay.start();
  afterThisTest(() => replay.stop());
  const before = await inspected(original);
  const after = await inspected(replay);
  expect(numbersOf(after)).toEqual(numbersOf(before));
  // Not because there was nothing: devices of VIOSes, MAC addresses and guest memory are there.
  const partitions = after.systems[0].partitions;
  expect(
    partitions.some(({ disks }: { disks: { device: string }[] }) =>
      disks.some(({ device }) => /^vios\d\.vhost\d/.test(device)),
    ),
  ).toBe(true);
  expect(
    partitions.some(({ vnics }: { vnics: { mac?: string }[] }) => vnics.some(({ mac }) => mac?.startsWith('02:00'))),
  ).toBe(true);
  expect(partitions.some(({ instance }: { instance: object }) => 'memory_usage' in instance)).toBe(true);
});

test('the bundle contains no identifying data and no secret', async () => {
  const original = await simulator({ username: 'jane.doe' });
  const tokens: (string | undefined)[] = [];
  original.intercept = ({ headers }) => {
    tokens.push(headers['x-api-session']);
    return undefined;
  };
  const { output } = await recorded(original);
  expect(tokens.length).toBeGreaterThan(10);
  const bundle = await readFile(output, 'utf8');
  const plain = bundle.toLowerCase().replaceAll(/[-:]/g, '');
  const secrets = [original.password, 'jane.doe', ...tokens];
  for (const secret of secrets) if (secret !== undefined) expect(bundle).not.toContain(secret);
  for (const system of original.systems) {
    const partitions = [...system.partitions, ...system.vioses];
    const names = [system.name, ...partitions.map(({ name }) => name)];
    const identities = [
      system.id,
      system.serialNumber,
      ...partitions.flatMap(({ id, ethernet, logicalPorts }) => [
        id,
        ...[...ethernet, ...logicalPorts].map(({ mac }) => mac),
      ]),
    ];
    for (const name of names) expect(bundle).not.toContain(name);
    for (const identity of identities) expect(plain).not.toContain(identity.toLowerCase().replaceAll(/[-:]/g, ''));
  }
  expect((await stat(output)).mode & 0o777).toBe(0o600);
});

test('records selected instants of one system, and never overwrites a file', async () => {
  const original = await simulator();
  const { output, again, reported } = await recorded(original, {
    system: original.systems[0]?.name ?? '',
    instants: 1,
  });
  const documents = (await readFile(output, 'utf8'))
    .split('\n')
    .filter((line) => /_phyp_\d+T\d+\+0000\.json","status"/.test(line));
  expect(documents).toHaveLength(1);
  expect(await again()).toBe(2);
  expect(reported()).toContain('nothing is overwritten');
});

test('refused requests are part of the recording and are reported', async () => {
  const original = await simulator({ systems: 1 });
  original.intercept = ({ path: requested }) => (requested.includes('VirtualIOServer') ? { status: 403 } : undefined);
  const { code, output, reported } = await recorded(original);
  expect(code).toBe(0);
  expect(reported()).toContain('redacted');
  expect(await readFile(output, 'utf8')).toContain('"status":403');
});

test('an unreachable console leaves no file behind', async () => {
  const original = await simulator();
  await original.stop();
  const { code, output } = await recorded(original);
  expect(code).toBe(4);
  await expect(stat(output)).rejects.toThrow('ENOENT');
});
