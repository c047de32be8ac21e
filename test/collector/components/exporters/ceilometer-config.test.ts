import { describe, expect, test } from 'vitest';
import { InvalidConfiguration, parseConfig, printConfig } from '../../../../src/collector/index.ts';

const source = { environment: {}, readFile: () => '' };

const fileWith = (ceilometer: string) => `receivers: { powervm: { consoles: [{ simulator: {} }] } }
exporters:
  ceilometer:
${ceilometer
  .trim()
  .split('\n')
  .map((line) => `    ${line.trim()}`)
  .join('\n')}
service: { pipelines: { metrics: { receivers: [powervm], exporters: [ceilometer] } } }
`;

function problemsOf(ceilometer: string): readonly string[] {
  try {
    parseConfig(fileWith(ceilometer), 'test.yaml', source);
    return [];
  } catch (error) {
    if (error instanceof InvalidConfiguration) return error.lines;
    throw error;
  }
}

describe('exporters.ceilometer', () => {
  test('accepts the options of Ceilometer and oslo.messaging by their names', () => {
    expect(
      problemsOf(`publishers: ['notifier://', 'notifier://?topic=metering&policy=drop', 'udp://collector', 'tcp://collector:4952']
        transport_url: rabbit://user:geheim@one:5672,two:5672/
        telemetry_secret: geheim
        interval: 1m
        oslo_messaging_rabbit: { amqp_durable_queues: true, heartbeat_timeout_threshold: 30 }`),
    ).toEqual([]);
  });

  test('reports where a URL is invalid without showing a secret', () => {
    const problems = problemsOf(`publishers:
      - file:///var/lib/samples.jsonl
      - http://user:geheim@host/?timeout=soon
      - https://user:geheim@host/?verify_ssl=/no/such/file
      - ftp://user:geheim@host/`);
    expect(problems).toHaveLength(3);
    expect(problems[0]).toMatch(
      /^test\.yaml:6:\d+ {2}exporters\.ceilometer\.publishers\[1\]: .*timeout must be a number/,
    );
    expect(problems[1]).toMatch(/^test\.yaml:7:.*\/no\/such\/file/);
    expect(problems[2]).toMatch(/^test\.yaml:8:.*must be the URL of a publisher/);
    expect(problems.join()).not.toContain('geheim');
  });

  test('reports a missing broker and an invalid transport URL', () => {
    expect(problemsOf('publishers: ["notifier://"]')[0]).toMatch(/^test\.yaml:4:.*needs a transport_url/);
    const [problem = ''] = problemsOf('publishers: ["notifier://"]\ntransport_url: rabbits://user:geheim@host/');
    expect(problem).toMatch(/^test\.yaml:5:.*exporters\.ceilometer\.transport_url: .*must look like rabbit:/);
    expect(problem).not.toContain('geheim');
  });

  test('prints neither broker passwords, telemetry secrets nor secrets inside publisher URLs', () => {
    const config = parseConfig(
      fileWith(`publishers: ['notifier://user:geheim@host/', 'http://user:geheim@host/?token=geheim']
        transport_url: rabbit://user:geheim@one:5672,user:geheim@two:5672/
        telemetry_secret: geheim`),
      'test.yaml',
      source,
    );
    const printed = printConfig(config);
    expect(printed).not.toContain('geheim');
    expect(printed).toMatch(/one:5672,.*two:5672/);
  });
});
