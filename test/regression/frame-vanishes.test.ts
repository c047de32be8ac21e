import { expect, test } from 'vitest';
import { overallStatus } from '../../src/collector/health/component-status.ts';
import { statusReport } from '../../src/collector/status/report.ts';
import { metricView, selfMetricsOf } from '../../src/metrics/index.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { afterThisTest, optionsFor } from '../helpers/console.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';

const MINUTE = 60_000;

/** What `powervm.receiver.system.up` says, by id of the system. */
function systemsUp(receiver: PowerVmReceiver): Readonly<Record<string, unknown>> {
  const metrics = selfMetricsOf({ receiver: receiver.statistics() }, metricView({})).flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap((scope) => scope.metrics),
  );
  const up = metrics.find(({ descriptor }) => descriptor.name === 'powervm.receiver.system.up');
  return Object.fromEntries(
    (up?.dataPoints ?? []).map(({ attributes, value }) => [attributes['powervm.system.id'], value]),
  );
}

test('a system that no console lists any more is reported in every view until it is back', async () => {
  const time = await simulatedTime({ systems: 2, lpars: 2, vioses: 1 });
  const { simulator, clock } = time;
  const [kept, gone] = simulator.systems;
  if (!kept || !gone) throw new Error('two systems, please');
  const count = simulator.intercept;
  let isListed = true;
  let reply: { status: number; headers: Record<string, string>; body: string } | undefined;
  simulator.intercept = (request) => {
    const fault = count?.(request);
    return !isListed && request.path.endsWith('/ManagedSystem/quick/All') ? reply : fault;
  };
  const logger = new RecordedLog();
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator, { clock })], clock, logger, jitter: 0 });
  afterThisTest(() => receiver.stop());
  await receiver.start();
  await time.pass(2 * MINUTE);
  expect(systemsUp(receiver)).toEqual({ [kept.id]: 1, [gone.id]: 1 });

  reply = {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify([{ UUID: kept.id, SystemName: kept.name, State: 'operating', MTMS: '9009-42A*1234567' }]),
  };
  isListed = false;
  await time.pass(12 * MINUTE);
  const statistics = () => new Map([['powervm', { receiver: receiver.statistics() }]]);
  const issues = () =>
    statusReport({ time: clock.now(), frames: receiver.frames(), statistics: statistics(), recent: () => 0 }).issues;
  expect(systemsUp(receiver)).toEqual({ [kept.id]: 1, [gone.id]: 0 });
  expect(overallStatus('running', statistics())).toMatchObject({
    status: 'StatusRecoverableError',
    error: expect.stringContaining(gone.name),
  });
  expect(issues()).toContainEqual({
    severity: 'error',
    text: expect.stringMatching(`${gone.name} could not be read for .*no console manages`),
  });
  expect(logger.lines).toContainEqual(
    expect.objectContaining({
      message: expect.stringContaining(`no console manages ${gone.name} any more`),
      fields: expect.objectContaining({ code: 'POWERVM_NO_SYSTEM', remedy: expect.any(String) }),
    }),
  );

  isListed = true;
  await time.pass(12 * MINUTE);
  expect(systemsUp(receiver)).toEqual({ [kept.id]: 1, [gone.id]: 1 });
  expect(overallStatus('running', statistics())).toMatchObject({ status: 'StatusOK' });
  expect(issues()).toEqual([]);
});
