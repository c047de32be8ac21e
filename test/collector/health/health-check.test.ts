import { describe, expect, test } from 'vitest';
import { Collector, parseConfig } from '../../../src/collector/index.ts';
import { afterThisTest } from '../../helpers/console.ts';
import { freePort } from '../../helpers/free-port.ts';
import { OtlpSink } from '../../helpers/otlp-sink/index.ts';
import { simulatedTime } from '../../helpers/simulated-time.ts';

async function startCollector(component = '') {
  let isDown = false;
  const time = await simulatedTime({
    lpars: 2,
    intercept: () => (isDown ? { breakConnection: true } : undefined),
  });
  const sink = await OtlpSink.start();
  afterThisTest(() => sink.stop());
  const endpoint = `127.0.0.1:${await freePort()}`;
  const { url, username, password } = time.simulator;
  const config = parseConfig(
    `
receivers: { powervm: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] } }
exporters: { otlp_http: { endpoint: '${sink.url}' } }
extensions: { health_check: { endpoint: '${endpoint}', ${component} } }
service: { extensions: [health_check], pipelines: { metrics: { receivers: [powervm], exporters: [otlp_http] } } }`,
    'test.yaml',
    { environment: {}, readFile: () => '' },
  );
  const collector = await Collector.create(config, { clock: time.clock });
  afterThisTest(() => collector.stop());
  const send = async (query = '') => {
    const reply = await fetch(`http://${endpoint}/${query}`);
    return { code: reply.status, body: (await reply.json()) as Readonly<Record<string, unknown>> };
  };
  return {
    collector,
    time,
    send,
    takeConsoleDown: () => {
      isDown = true;
    },
  };
}

describe('the health check', () => {
  test('reports a healthy collector, and every component on request', async () => {
    const { collector, send } = await startCollector();
    await collector.start();
    const brief = await send();
    expect(brief).toMatchObject({ code: 200, body: { healthy: true, status: 'StatusOK' } });
    expect(brief.body).not.toHaveProperty('components');
    expect((await send('?verbose')).body.components).toMatchObject({
      'receiver:powervm': { status: 'StatusOK' },
      'exporter:otlp_http': { status: 'StatusOK' },
    });
  });

  test('stays healthy for a supervisor while a console is down, and names it', async () => {
    const { collector, time, send, takeConsoleDown } = await startCollector();
    await collector.start();
    takeConsoleDown();
    for (let step = 0; step < 4; step += 1) await time.pass(30_000);
    expect(await send('?verbose')).toMatchObject({
      code: 200,
      body: {
        healthy: true,
        status: 'StatusRecoverableError',
        error: expect.stringMatching(/127\.0\.0\.1.*the connection was reset.*Check the host name/),
        components: { 'receiver:powervm': { status: 'StatusRecoverableError' } },
      },
    });
  });

  test('responds with 500 when a problem persists, if configured', async () => {
    const { collector, time, send, takeConsoleDown } = await startCollector(
      'component_health: { include_recoverable_errors: true, recovery_duration: 2m }',
    );
    await collector.start();
    takeConsoleDown();
    for (let step = 0; step < 4; step += 1) await time.pass(30_000);
    expect((await send()).code).toBe(200);
    for (let step = 0; step < 5; step += 1) await time.pass(30_000);
    expect((await send()).code).toBe(500);
  });
});
