import { readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { type Clock, systemClock } from '../../src/base/clock/clock.ts';
import { PowerVmError } from '../../src/base/errors/errors.ts';
import { type EnablePcmArguments, enablePcm } from '../../src/cli/enable-pcm/enable-pcm.ts';
import { exitCodeOf } from '../../src/cli/terminal/exit-code.ts';
import type { PowerVmSimulator, PowerVmSimulatorOptions } from '../../src/simulator/index.ts';
import { startSimulator } from '../helpers/console.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

interface Bench {
  readonly simulator: PowerVmSimulator;
  readonly undoFile: string;
  readonly call: (options?: EnablePcmArguments) => Promise<{ code: number; output: string; reported: string }>;
}

/** A console with monitoring off, whose time continues while the verb waits. */
async function bench(options: PowerVmSimulatorOptions = {}): Promise<Bench> {
  let now = Date.parse('2026-03-04T12:00:10Z');
  const simulator = await startSimulator({ longTermMonitor: false, now: () => now, systems: 2, ...options });
  const clock: Clock = {
    ...systemClock,
    sleep: async (milliseconds) => {
      now += milliseconds;
    },
  };
  const directory = await temporaryDirectory();
  const undoFile = path.join(directory, 'state', 'undo.json');
  const call = async (requested: EnablePcmArguments = {}) => {
    const output: string[] = [];
    const reported: string[] = [];
    const terminal = {
      environment: { OTEL_POWERVM_PASSWORD: simulator.password },
      isInteractive: false,
      print: (text: string) => output.push(text),
      report: (text: string) => reported.push(text),
    };
    const connection = { endpoint: simulator.url, username: simulator.username, undoFile };
    const code = await enablePcm({ ...connection, ...requested }, terminal, clock).catch((error: unknown) => {
      if (!(error instanceof PowerVmError)) throw error;
      reported.push(error.message);
      return exitCodeOf(error);
    });
    return { code, output: output.join('\n'), reported: reported.join('\n') };
  };
  return { simulator, undoFile, call };
}

function posts({ requests }: PowerVmSimulator): number {
  return requests.filter(({ method }) => method === 'POST').length;
}

function monitored(simulator: PowerVmSimulator): readonly boolean[] {
  return simulator.systems.map(({ id }) => simulator.monitoring(id).longTermMonitor);
}

test('without --yes it shows the planned changes and changes nothing', async () => {
  const { simulator, undoFile, call } = await bench();
  for (const options of [{}, { dryRun: true }]) {
    const { code, output, reported } = await call(options);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({
      dry_run: true,
      systems: [{ change: 'switch_on', before: { long_term_monitor: false } }, { change: 'switch_on' }],
    });
    expect(reported).toContain('nothing was changed: --yes does it');
  }
  expect((await call({ format: 'table' })).output).toMatch(/frame-01 .* off +off +on/);
  expect([posts(simulator), monitored(simulator)]).toEqual([0, [false, false]]);
  await expect(stat(undoFile)).rejects.toThrow('ENOENT');
  expect(simulator.sessions.active).toBe(0);
});

test('--yes enables monitoring and waits for a new sample; --undo reverts exactly that', async () => {
  const { simulator, undoFile, call } = await bench();
  const [first, second] = simulator.systems;
  if (!first || !second) throw new Error('two systems');
  simulator.monitoring(second.id).longTermMonitor = true;
  const { code, output, reported } = await call({ yes: true });
  expect(code).toBe(0);
  const { systems } = JSON.parse(output);
  expect(systems).toMatchObject([
    { name: first.name, change: 'switch_on', after: { long_term_monitor: true } },
    { name: second.name, change: 'none' },
  ]);
  expect(Date.parse(systems[0].newest_sample)).toBeGreaterThanOrEqual(Date.parse('2026-03-04T12:00:10Z'));
  expect(reported).toContain('waiting for the first sample');
  expect([posts(simulator), monitored(simulator)]).toEqual([1, [true, true]]);
  expect((await stat(undoFile)).mode & 0o777).toBe(0o600);
  expect(await readFile(undoFile, 'utf8')).not.toContain(simulator.password);

  expect((await call({ undo: true, dryRun: true })).code).toBe(0);
  expect(monitored(simulator)).toEqual([true, true]);
  expect((await call({ undo: true })).reported).toContain('nothing was changed: --yes does it');
  expect(monitored(simulator)).toEqual([true, true]);
  expect((await call({ undo: true, yes: true })).code).toBe(0);
  expect(monitored(simulator)).toEqual([false, true]);
  await expect(stat(undoFile)).rejects.toThrow('ENOENT');
  expect((await call({ undo: true })).reported).toContain('nothing to take back');
});

test('--system leaves other systems unchanged', async () => {
  const { simulator, call } = await bench();
  const name = simulator.systems[1]?.name ?? '';
  expect((await call({ yes: true, system: name })).code).toBe(0);
  expect(monitored(simulator)).toEqual([false, true]);
  expect(await call({ system: 'nope' })).toMatchObject({ code: 1, output: '' });
});

test('the limit of monitored systems is checked before any change', async () => {
  const { simulator, call } = await bench();
  simulator.intercept = ({ path: requested }) =>
    requested === '/rest/api/pcm/preferences'
      ? {
          status: 200,
          body:
            '<entry xmlns="http://www.w3.org/2005/Atom"><content><ManagementConsolePcmPreference>' +
            '<MaximumManagedSystemsForLongTermMonitor>1</MaximumManagedSystemsForLongTermMonitor>' +
            '</ManagementConsolePcmPreference></content></entry>',
        }
      : undefined;
  const { code, reported } = await call({ yes: true });
  expect(code).toBe(1);
  expect(reported).toContain(
    '0 systems are monitored, 2 would be added, and the console allows 1; nothing was changed',
  );
  expect([posts(simulator), monitored(simulator)]).toEqual([0, [false, false]]);
  expect((await call({ yes: true, system: simulator.systems[0]?.name ?? '' })).code).toBe(0);
});

test('concurrent changes of preferences are read again and kept', async () => {
  const { simulator, call } = await bench({ systems: 1 });
  const id = simulator.systems[0]?.id ?? '';
  simulator.intercept = ({ method }) => {
    if (method === 'POST' && posts(simulator) === 0) simulator.monitoring(id).shortTermMonitor = true;
    return undefined;
  };
  expect((await call({ yes: true })).code).toBe(0);
  expect(simulator.monitoring(id)).toMatchObject({ longTermMonitor: true, shortTermMonitor: true });
  const statuses = simulator.requests.filter(({ method }) => method === 'POST').map(({ status }) => status);
  expect(statuses).toEqual([412, 200]);
});

test('a read-only account gets an error naming the required role, and nothing is recorded for undo', async () => {
  const { simulator, undoFile, call } = await bench();
  simulator.intercept = ({ method }) => (method === 'POST' ? { status: 403 } : undefined);
  const { code, reported } = await call({ yes: true });
  expect(code).toBe(3);
  expect(reported).toContain('hmcviewer only looks');
  await expect(stat(undoFile)).rejects.toThrow('ENOENT');
});

test('exit code 5 when no sample arrives within three minutes; the change stays recorded', async () => {
  const { simulator, undoFile, call } = await bench({ systems: 1 });
  simulator.intercept = ({ path: requested }) =>
    requested.includes('RawMetrics') ? { status: 204, body: '' } : undefined;
  const { code, output, reported } = await call({ yes: true });
  expect(code).toBe(5);
  expect(JSON.parse(output).systems[0]).toMatchObject({ after: { long_term_monitor: true } });
  expect(reported).toContain('no sample came within 3 minutes');
  expect(JSON.parse(await readFile(undoFile, 'utf8')).switched).toHaveLength(1);
});

test('an undo that the console does not allow is reported', async () => {
  const { simulator, call } = await bench({ systems: 1 });
  await call({ yes: true });
  simulator.monitoring(simulator.systems[0]?.id ?? '').aggregation = true;
  const { code, reported } = await call({ undo: true, yes: true });
  expect(code).toBe(1);
  expect(reported).toContain('switch aggregation off first');
  simulator.monitoring(simulator.systems[0]?.id ?? '').aggregation = false;
  expect((await call({ undo: true, yes: true })).code).toBe(0);
  expect(monitored(simulator)).toEqual([false]);
});

test('an invalid undo file and contradicting flags are rejected', async () => {
  const { undoFile, call } = await bench();
  expect((await call({ yes: true, dryRun: true })).code).toBe(2);
  expect((await call({ undo: true, undoFile: path.join(import.meta.dirname, 'enable-pcm.test.ts') })).code).toBe(2);
  expect((await call({ undo: true, undoFile })).code).toBe(0);
});
