import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  Collector,
  InvalidConfiguration,
  loadConfig,
  parseConfig,
  printConfig,
} from '../../../../src/collector/index.ts';
import { GnocchiServer } from '../../../helpers/cloud/gnocchi.ts';
import { KeystoneServer, PASSWORD } from '../../../helpers/cloud/keystone.ts';
import { NovaServer } from '../../../helpers/cloud/nova.ts';
import { afterThisTest } from '../../../helpers/console.ts';
import { OtlpSink } from '../../../helpers/otlp-sink/index.ts';
import { simulatedTime } from '../../../helpers/simulated-time.ts';
import { temporaryDirectory } from '../../../helpers/temporary-directory.ts';

const source = { environment: {}, readFile: () => '' };

/** The UUID that Nova would have given the instance of a partition: the bit that PowerVM clears is set. */
function instanceOf(partitionId: string): string {
  const id = partitionId.toLowerCase();
  return (Number.parseInt(id.charAt(0), 16) | 8).toString(16) + id.slice(1);
}

test('examples/hmc-to-gnocchi.yaml: partitions are sent to Gnocchi and OTLP as instances', async () => {
  const time = await simulatedTime({ lpars: 3, tls: true });
  const keystone = new KeystoneServer();
  const nova = new NovaServer(keystone);
  const gnocchi = new GnocchiServer();
  gnocchi.admit = (request) => keystone.refusalOf(request);
  const sink = await OtlpSink.start();
  afterThisTest(() => sink.stop());
  for (const { server } of [keystone, nova, gnocchi]) {
    await server.start();
    afterThisTest(() => server.stop());
  }
  keystone.add('compute', `${nova.server.url}/v2.1`);
  keystone.add('metric', gnocchi.server.url);
  const partitions = time.simulator.systems.flatMap((system) => system.partitions);
  expect(partitions).toHaveLength(3);
  nova.entries = partitions.map(({ id, name }) => ({
    id: instanceOf(id),
    name,
    host: 'neo-1',
    flavor: 'p10.small',
    updated: nova.now,
  }));
  const { url, username, password, caFile = '' } = time.simulator;
  const directory = await temporaryDirectory();
  await writeFile(path.join(directory, 'hmc-password'), password, { mode: 0o600 });
  await writeFile(path.join(directory, 'openstack-password'), PASSWORD, { mode: 0o600 });
  const environment = {
    CREDENTIALS_DIRECTORY: directory,
    STATE_DIRECTORY: path.join(directory, 'state'),
    OS_AUTH_URL: keystone.server.url,
    HMC_ENDPOINT: url,
    HMC_USERNAME: username,
    HMC_CA_FILE: caFile,
    OTLP_ENDPOINT: sink.url,
  };
  const config = loadConfig(path.join(import.meta.dirname, '../../../../examples/hmc-to-gnocchi.yaml'), environment);
  const collector = await Collector.create(config, { clock: time.clock });
  await collector.start();
  for (let step = 0; step < 4; step += 1) {
    await time.pass(30_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const [known] = collector.statistics().values();
  expect(known?.clouds).toEqual([{ name: 'openstack', age: expect.any(Number), instances: 3 }]);
  const names = known?.exporters?.map(({ name, withoutInstance, undecided }) => [name, withoutInstance, undecided]);
  expect(names).toContainEqual(['ceilometer', 0, 0]);
  expect(names).toContainEqual(['otlp_http', undefined, undefined]);
  await collector.stop();

  for (const { id, name } of partitions) {
    const resource = gnocchi.resources.get(instanceOf(id));
    expect(resource).toMatchObject({
      type: 'instance',
      attributes: {
        display_name: name,
        flavor_id: '42',
        flavor_name: 'p10.small',
        host: 'neo-1',
        project_id: '9c8b7a6d5e4f40312233445566778899',
        user_id: '5f0d6a1e0b7c4c0c9f3c3f0e5a1b2c3d',
      },
    });
    expect(resource?.metrics.get('cpu')?.unit).toBe('ns');
    expect(resource?.metrics.get('cpu')?.archive_policy_name).toBe('otel-powervm-30s-rate');
    expect(resource?.metrics.get('cpu')?.measures.size).toBeGreaterThanOrEqual(3);
    expect(gnocchi.resources.has(id.toLowerCase())).toBe(false);
  }
  const types = new Set([...gnocchi.resources.values()].map(({ type }) => type));
  expect([...types].sort()).toEqual([
    'host',
    'host_disk',
    'host_network_interface',
    'instance',
    'instance_disk',
    'instance_network_interface',
  ]);
  const [system] = time.simulator.systems;
  expect(gnocchi.resources.get(system?.id ?? '')).toMatchObject({
    type: 'host',
    attributes: { host_name: system?.name },
  });

  const reported = sink.points
    .filter(({ metric }) => metric === 'powervm.lpar.cpu.time')
    .map(({ resource }) => resource);
  const ids = new Set(reported.map((attributes) => attributes['openstack.instance.id']));
  expect([...ids].filter((id) => id !== undefined).sort()).toEqual(partitions.map(({ id }) => instanceOf(id)).sort());
  expect(keystone.logons).toBe(1);
});

describe('extensions.openstack', () => {
  const fileWith = (extension: string, rest = {}) => {
    const {
      receiver = '',
      publisher = 'gnocchi://',
      exporter = '',
      used = '[openstack]',
    } = rest as Record<string, string>;
    return `extensions:
  openstack: ${extension}
receivers: { powervm: { consoles: [{ simulator: {} }]${receiver} } }
exporters:
  ceilometer: { publishers: ['${publisher}']${exporter} }
service:
  extensions: ${used}
  pipelines: { metrics: { receivers: [powervm], exporters: [ceilometer] } }
`;
  };
  const problemsOf = (text: string): readonly string[] => {
    try {
      parseConfig(text, 'test.yaml', source);
      return [];
    } catch (error) {
      if (error instanceof InvalidConfiguration) return error.lines;
      throw error;
    }
  };
  const auth = "{ auth: { auth_url: 'http://127.0.0.1:5000', username: u, password: geheim, project_name: service } }";

  test('needs no options where clouds.yaml or the environment are complete', () => {
    expect(problemsOf(fileWith('{}'))).toEqual([]);
    expect(problemsOf(fileWith('{ cloud: production, nova: { host: neo-1, interval: 1m } }'))).toEqual([]);
  });

  test('reports what is missing, and where', () => {
    const text = fileWith("{ auth: { auth_url: 'http://127.0.0.1:5000', username: u, password: geheim } }");
    expect(problemsOf(text)).toEqual([
      'test.yaml:2:16  extensions.openstack.auth: project_name or project_id (or domain_name, system_scope) is missing',
    ]);
    expect(problemsOf(fileWith('{ nova: { hots: neo-1 } }'))[0]).toContain('unknown key; did you mean host?');
    expect(problemsOf(fileWith("{ auth: { auth_url: 'keystone' } }")).join()).toContain('must be http(s)://');
  });

  test('is required by gnocchi:// with Keystone only', () => {
    expect(problemsOf(fileWith(auth, { used: '[]' }))).toEqual([
      expect.stringMatching(
        /^test\.yaml:5:\d+ {2}exporters\.ceilometer\.publishers\[0\]: needs an openstack extension/,
      ),
    ]);
    const basic = 'gnocchi://?auth_type=gnocchi-basic&endpoint=http://127.0.0.1:8041';
    expect(problemsOf(fileWith(auth, { used: '[]', publisher: basic }))).toEqual([]);
  });

  test('must be named where there are several, and must exist', () => {
    const two = fileWith(`${auth}\n  openstack/two: ${auth}`, { used: '[openstack, openstack/two]' });
    expect(problemsOf(two)).toEqual([
      expect.stringContaining('receivers.powervm: there are several clouds in service.extensions'),
      expect.stringContaining('exporters.ceilometer: there are several clouds in service.extensions'),
    ]);
    const named = { receiver: ', openstack: openstack', exporter: ', openstack: openstack/tow' };
    expect(problemsOf(fileWith(auth, named))).toEqual([
      expect.stringContaining('exporters.ceilometer.openstack: openstack/tow is no openstack extension'),
    ]);
  });

  test('shows no secret when it is printed', () => {
    const secrets = `{ auth: { auth_url: 'http://127.0.0.1:5000', username: u, password: geheim,
      application_credential_id: id, application_credential_secret: geheim, token: geheim, project_name: service } }`;
    const printed = printConfig(parseConfig(fileWith(secrets), 'test.yaml', source));
    expect(printed).toContain('username: u');
    expect(printed).not.toContain('geheim');
  });
});
