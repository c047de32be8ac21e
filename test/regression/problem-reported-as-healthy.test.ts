import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse, stringify } from 'yaml';
import { Collector, parseConfig } from '../../src/collector/index.ts';
import { statusReport } from '../../src/collector/status/report.ts';
import { PowerVmSimulator } from '../../src/simulator/index.ts';
import { freePort } from '../helpers/free-port.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';
import { simulatedTime } from '../helpers/simulated-time.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/**
 * Everything that a collector depends on fails at once. A refused logon, monitoring that is off, a destination, a broker
 * and a cloud that are away looked healthy everywhere but in one line of the log: each must be reported by the health check,
 * the status page, a metric, the log with its remedy, and an alert.
 */
const faults = [
  {
    fault: 'a refused logon',
    component: 'receiver:powervm/refused',
    status: 'StatusPermanentError',
    page: /refused the logon and has not been asked/,
    metric: /^powervm_receiver_console_refused\{[^}]*\} 1$/m,
    log: { message: 'the console is not asked again until the configuration changes', code: 'POWERVM_LOGON_REFUSED' },
    alert: 'PowerVmLogonRefused',
  },
  {
    fault: 'monitoring that is off',
    component: 'receiver:powervm/off',
    status: 'StatusRecoverableError',
    page: /could not be read.*monitor/i,
    metric: /^powervm_receiver_system_up\{[^}]*\} 0$/m,
    log: { message: 'no sample; trying again', code: 'POWERVM_PCM_DISABLED' },
    alert: 'PowerVmSystemNotRead',
  },
  {
    fault: 'a destination that is away',
    component: 'exporter:otlp_http',
    status: 'StatusRecoverableError',
    page: /The destination of otlp_http has not taken what it got/,
    metric: /^powervm_exporter_up\{[^}]*powervm_component_id="otlp_http"[^}]*\} 0$/m,
    log: { message: 'not delivered; trying again', code: 'POWERVM_EXPORT_FAILED', exporter: 'otlp_http' },
    alert: 'PowerVmDestinationAway',
  },
  {
    fault: 'a broker that is away',
    component: 'exporter:ceilometer',
    status: 'StatusRecoverableError',
    page: /The destination of ceilometer has not taken what it got/,
    metric: /^powervm_exporter_up\{[^}]*powervm_component_id="ceilometer"[^}]*\} 0$/m,
    log: { message: 'not delivered; trying again', code: 'POWERVM_EXPORT_FAILED', exporter: 'ceilometer' },
    alert: 'PowerVmDestinationAway',
  },
  {
    fault: 'a cloud that is away',
    component: 'extension:openstack',
    status: 'StatusRecoverableError',
    page: /What openstack depends on has not worked/,
    metric: /^powervm_extension_up\{[^}]*powervm_component_id="openstack"[^}]*\} 0$/m,
    log: { message: /^Nova cannot be read/, code: 'POWERVM_OPENSTACK_UNREACHABLE' },
    alert: 'PowerVmCloudAway',
  },
] as const;

interface Views {
  readonly health: { readonly components: Readonly<Record<string, { status: string; error?: string }>> };
  readonly page: readonly { readonly text: string }[];
  readonly metrics: string;
  readonly log: RecordedLog;
  readonly prometheusTarget: string;
}

async function collectorWithProblems(): Promise<{
  views: () => Promise<Views>;
  pass: (ms: number) => Promise<void>;
  stop: () => Promise<void>;
}> {
  const time = await simulatedTime({ lpars: 2, vioses: 1 });
  const off = new PowerVmSimulator({ lpars: 2, vioses: 1, fault: 'pcm-off', now: () => time.clock.now() });
  await off.start();
  const [health, prometheus] = [await freePort(), await freePort()];
  const nobody = await freePort();
  const log = new RecordedLog();
  const { url, username, password } = time.simulator;
  const config = parseConfig(
    `
receivers:
  powervm/well: { consoles: [{ endpoint: '${url}', username: '${username}', password: '${password}' }] }
  powervm/refused: { consoles: [{ endpoint: '${url}', username: '${username}', password: wrong }] }
  powervm/off: { consoles: [{ endpoint: '${off.url}', username: '${off.username}', password: '${off.password}' }] }
exporters:
  prometheus: { endpoint: '127.0.0.1:${prometheus}' }
  otlp_http: { endpoint: 'http://127.0.0.1:${nobody}', timeout: 300ms }
  ceilometer: { interval: 30s, publishers: ['notifier://'], transport_url: 'rabbit://guest:guest@127.0.0.1:${nobody}/' }
extensions:
  health_check: { endpoint: '127.0.0.1:${health}' }
  openstack: { auth: { auth_url: 'http://127.0.0.1:${nobody}', username: u, password: p, project_name: s, user_domain_name: d, project_domain_name: d } }
service:
  extensions: [health_check, openstack]
  pipelines:
    metrics: { receivers: [powervm/well, powervm/refused, powervm/off], exporters: [prometheus, otlp_http, ceilometer] }`,
    'issues.yaml',
    { environment: {}, readFile: () => '' },
  );
  const collector = await Collector.create(config, { clock: time.clock, logger: log });
  const started = collector.start();
  await time.pass(15_000);
  await started;
  const fetchText = async (address: string) => (await fetch(`http://127.0.0.1:${address}`)).text();
  return {
    pass: time.pass,
    stop: async () => {
      await collector.stop();
      await off.stop();
    },
    views: async () => ({
      health: JSON.parse(await fetchText(`${health}/?verbose`)),
      // What the page shows is made of this; test/browser looks at it in a browser.
      page: statusReport({ time: time.clock.now(), frames: [], statistics: collector.statistics(), recent: () => 0 })
        .issues,
      metrics: await fetchText(`${prometheus}/metrics`),
      log,
      prometheusTarget: `127.0.0.1:${prometheus}`,
    }),
  };
}

describe('self-monitoring while every dependency fails', () => {
  let views: Views;
  let firing: readonly string[] | undefined;

  beforeAll(async () => {
    const collector = await collectorWithProblems();
    for (let step = 0; step < 8; step += 1) {
      await collector.pass(30_000);
      // The broker and the dead ports are real sockets, which need real time.
      await pause(150);
    }
    views = await collector.views();
    firing = hasPrometheus ? await alertsThatFire(views.prometheusTarget) : undefined;
    return () => collector.stop();
  });

  test.each(faults)('$fault: the health check', ({ component, status }) => {
    expect(views.health.components[component]).toMatchObject({ status, error: expect.any(String) });
  });

  test.each(faults)('$fault: the status page', ({ page }) => {
    expect(views.page.map(({ text }) => text).filter((text) => page.test(text))).not.toEqual([]);
  });

  test.each(faults)('$fault: a metric', ({ metric }) => {
    expect(views.metrics).toMatch(metric);
  });

  test.each(faults)('$fault: the log, with the remedy', ({ log }) => {
    const { message, ...fields } = log;
    const lines = views.log.lines.filter((entry) =>
      typeof message === 'string' ? entry.message === message : message.test(entry.message),
    );
    expect(lines.map((entry) => entry.fields)).toContainEqual(
      expect.objectContaining({ ...fields, remedy: expect.any(String) }),
    );
  });

  test('components that work are not reported', () => {
    expect(views.health.components['receiver:powervm/well']).toMatchObject({ status: 'StatusOK' });
    expect(views.health.components['exporter:prometheus']).toMatchObject({ status: 'StatusOK' });
  });

  const hasPrometheus = spawnSync('prometheus', ['--version']).status === 0;
  test.skipIf(!hasPrometheus).each(faults)(
    '$fault: an alert in a real Prometheus (skipped without one)',
    ({ alert }) => {
      expect(firing).toContain(alert);
    },
  );
});

/** The shipped rules in a real Prometheus that looks at the collector, without the time that they wait. */
async function alertsThatFire(target: string): Promise<readonly string[]> {
  const directory = await temporaryDirectory();
  const rules = parse(await readFile(path.join(import.meta.dirname, '../../examples/prometheus/alerts.yaml'), 'utf8'));
  for (const group of rules.groups) for (const rule of group.rules) rule.for = '0s';
  await writeFile(path.join(directory, 'alerts.yaml'), stringify(rules));
  await writeFile(
    path.join(directory, 'prometheus.yml'),
    stringify({
      global: { scrape_interval: '500ms', evaluation_interval: '500ms' },
      rule_files: ['alerts.yaml'],
      scrape_configs: [{ job_name: 'powervm', static_configs: [{ targets: [target] }] }],
    }),
  );
  const port = await freePort();
  const child: ChildProcess = spawn(
    'prometheus',
    [
      `--config.file=${directory}/prometheus.yml`,
      `--storage.tsdb.path=${directory}/data`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { stdio: 'ignore' },
  );
  try {
    const wanted = new Set<string>(faults.map(({ alert }) => alert));
    let names: string[] = [];
    for (let tries = 0; tries < 100; tries += 1) {
      await pause(300);
      const response = await fetch(`http://127.0.0.1:${port}/api/v1/alerts`).catch(() => undefined);
      if (!response?.ok) continue;
      const body = (await response.json()) as { data: { alerts: { labels: { alertname: string }; state: string }[] } };
      names = body.data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname);
      if ([...wanted].every((name) => names.includes(name))) break;
    }
    return names;
  } finally {
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }
}
