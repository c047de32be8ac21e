import { expect, test } from 'vitest';
import type { Logger } from '../../../src/base/logger.ts';
import { PowerVmReceiver } from '../../../src/receiver/index.ts';
import { afterThisTest, optionsFor } from '../../helpers/console.ts';
import { startRewritingConsole } from '../../helpers/rewriting-console.ts';
import { simulatedTime } from '../../helpers/simulated-time.ts';

const MINUTE = 60_000;

function recordingLogger() {
  const warnings: string[] = [];
  const logger: Logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (fields, message) => warnings.push(`${message} ${JSON.stringify(fields)}`),
    error: () => undefined,
  };
  return { logger, warnings };
}

test('clock skew is logged once, and again when it changes', async () => {
  let ahead = 90_000;
  const time = await simulatedTime({ lpars: 2 }, undefined, (now) => now + ahead);
  const { logger, warnings } = recordingLogger();
  const { clock } = time;
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(time.simulator, { clock })], clock, logger, jitter: 0 });
  afterThisTest(() => receiver.stop());
  await receiver.start();
  await time.settle();
  await time.pass(3 * MINUTE);
  expect(warnings.filter((text) => text.includes('90 s ahead of ours'))).toHaveLength(1);
  expect(receiver.statistics().consoles[0]?.clockSkew).toBeCloseTo(90, -1);
  ahead = -45_000;
  await time.pass(3 * MINUTE);
  expect(warnings.filter((text) => text.includes('behind ours'))).toHaveLength(1);
});

test('a document from the future is rejected, and later ones are not treated as old', async () => {
  const time = await simulatedTime({ lpars: 2 });
  const { clock } = time;
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(time.simulator, { clock })], clock, jitter: 0 });
  afterThisTest(() => receiver.stop());
  const cursor = receiver.cursor('test');
  await receiver.start();
  await time.settle();
  await time.pass(MINUTE);
  const count = time.simulator.intercept;
  time.simulator.intercept = (request) => {
    count?.(request);
    const name = request.path.split('/').at(-1) ?? '';
    if (!name.includes('_phyp_20260304T120230')) return undefined;
    const text = time.simulator.document(name) ?? '';
    return { body: text.replaceAll('2026-03-04T12:02:30', '2026-03-04T14:02:30') };
  };
  await time.pass(6 * MINUTE);
  const stamps = cursor
    .pending()
    .filter(({ sample }) => sample.fresh.hypervisor)
    .map((activity) => new Date(activity.time).toISOString().slice(11, 19));
  expect(stamps).not.toContain('14:02:30');
  expect(stamps).toEqual(expect.arrayContaining(['12:02:00', '12:04:00', '12:05:30', '12:06:30']));
  expect(receiver.statistics().systems[0]?.documentErrors).toContainEqual(
    expect.objectContaining({ document: 'phyp', errorType: 'POWERVM_DOCUMENT_INVALID' }),
  );
});

test.each(['-1h', '-20m', '-5m'])(
  'a receiver started after the clock was set back by %s reads current samples at once',
  async (jump) => {
    const start = Date.parse('2026-03-04T12:00:10Z');
    const faults = [{ at: '8m', clock_jump: jump }];
    const { clock, simulator, settle, pass } = await simulatedTime(
      { lpars: 2, scenario: { faults }, scenarioStart: start },
      start,
    );
    await pass(10 * MINUTE);
    const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, jitter: 0 });
    afterThisTest(() => receiver.stop());
    const cursor = receiver.cursor('exporter');
    await receiver.start();
    await settle();
    await pass(5 * MINUTE);
    const uptimes = cursor
      .pending()
      .filter(({ sample }) => sample.fresh.hypervisor)
      .map(({ sample }) => Number(sample.hypervisor.timebaseCycles) / 512_000_000);
    expect(uptimes.length).toBeGreaterThanOrEqual(10);
    expect(uptimes.slice(1).map((uptime, index) => Math.round(uptime - (uptimes[index] ?? 0)))).toEqual(
      uptimes.slice(1).map(() => 30),
    );
    const [system] = receiver.statistics().systems;
    expect(system?.gaps).toEqual([]);
    expect(system?.sampleAge).toBeLessThan(90);
  },
);

test('a frame that is power-cycled while the clock is set back is still read, also by a later receiver', async () => {
  const start = Date.parse('2026-03-04T12:00:10Z');
  const faults = [{ at: '8m', clock_jump: '-1h' }];
  const { clock, simulator, settle, pass } = await simulatedTime(
    { lpars: 2, scenario: { faults }, scenarioStart: start },
    start,
  );
  // The power cycle: from the jump on the timebase begins at nothing.
  let timebaseOfBefore = 0;
  const endpoint = await startRewritingConsole(simulator.url, (_path, body) => {
    const timebase = Number(/"timeBasedCycles":([\d.e+]+)/.exec(body)?.[1] ?? 0);
    if (clock.now() < start + 8 * MINUTE) timebaseOfBefore = Math.max(timebaseOfBefore, timebase);
    if (timebase <= timebaseOfBefore) return undefined;
    return { body: body.replace(/"timeBasedCycles":[\d.e+]+/, `"timeBasedCycles":${timebase - timebaseOfBefore}`) };
  });
  const readFrom = async () => {
    const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock, endpoint })], clock, jitter: 0 });
    afterThisTest(() => receiver.stop());
    const cursor = receiver.cursor('exporter');
    await receiver.start();
    await settle();
    return { receiver, cursor };
  };
  const running = await readFrom();
  await pass(16 * MINUTE);
  const later = await readFrom();
  await pass(4 * MINUTE);
  const stamps = ({ cursor }: typeof running) =>
    cursor.pending().flatMap(({ sample, time }) => (sample.fresh.hypervisor ? [time] : []));
  // After the jump the stamps are those of an hour before.
  const afterwards = stamps(running).filter((time) => time < start);
  expect(afterwards.length).toBeGreaterThanOrEqual(22);
  expect(stamps(later).length).toBeGreaterThanOrEqual(8);
  for (const { receiver } of [running, later]) expect(receiver.statistics().systems[0]?.sampleAge).toBeLessThan(90);
});
