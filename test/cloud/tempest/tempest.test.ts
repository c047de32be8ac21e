import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { aodhEnvironment, aodhServices, prepareAodh } from '../services/aodh.ts';
import { debianRelease } from '../services/ceilometer-release.ts';
import { configureNotificationAgent, notificationAgentService } from '../services/notification-agent.ts';
import { chosenUuids } from '../services/nova.ts';
import { freePort } from '../services/ports.ts';
import type { Service } from '../services/service.ts';
import { collectorService, offerPartitions } from './collector.ts';
import { reasonNotToApply, type TempestResult, tableOf } from './table.ts';
import { TempestWorkspace, tempestEnvironment } from './workspace.ts';

/**
 * Tempest against the real services, whose telemetry comes from our collector on a simulated console in real time: the
 * telemetry tests of Tempest's plugin, and our own in plugin/.
 */
const settings = inject('cloud');
const TESTS = '^(telemetry_tempest_plugin|otel_powervm_tempest)\\.';
/** Gnocchi's finest stock policy: the others keep one value in five minutes, for which no test waits. */
const agent = { ...debianRelease, name: 'ceilometer-tempest' };
const ARCHIVE_POLICY = 'ceilometer-high-rate';

const stock = notificationAgentService(settings);
let isStockStopped = false;
const started: Service[] = [];
let results: readonly TempestResult[];

beforeAll(async () => {
  // One after the other: two processors are all there is.
  const aodh = await aodhEnvironment();
  const tempest = await tempestEnvironment();
  await prepareAodh(settings, aodh);
  const { api, evaluator } = aodhServices(settings, aodh);
  await start(api);
  await start(evaluator);
  await configureNotificationAgent(settings, agent, ARCHIVE_POLICY);
  // One consumer of the queue at a time.
  await stock.stop();
  isStockStopped = true;
  await start(notificationAgentService(settings, agent));
  const workspace = await TempestWorkspace.create(settings, tempest);
  await offerPartitions(settings);
  await start(await collectorService(settings, await freePort()));
  results = await workspace.run(process.env.TEMPEST_TESTS ?? TESTS);
  process.stdout.write(`\n${tableOf(results)}\n`);
}, 25 * 60_000);

afterAll(async () => {
  for (const service of started.reverse()) await service.stop();
  if (isStockStopped) await stock.start();
  await rm(chosenUuids(settings), { force: true });
});

async function start(service: Service): Promise<void> {
  started.push(service);
  await service.start();
}

test('every telemetry test of Tempest that applies passes', () => {
  const problems = results.filter((result) => result.status !== 'success' && reasonNotToApply(result) === undefined);
  expect(problems).toEqual([]);
});

test.each([
  ['telemetry_tempest_plugin.aodh.', 30],
  ['telemetry_tempest_plugin.scenario.test_gnocchi.', 2],
  ['otel_powervm_tempest.', 7],
])('among them those of %s', (prefix, count) => {
  const passed = results.filter(({ id, status }) => status === 'success' && id.startsWith(prefix));
  expect(passed.length).toBeGreaterThanOrEqual(count);
});
