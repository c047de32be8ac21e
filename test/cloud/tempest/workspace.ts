import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { runCommand } from '../services/command.ts';
import { NovaUser } from '../services/nova-user.ts';
import { type PythonEnvironment, pythonEnvironment } from '../services/python-environment.ts';
import { Service } from '../services/service.ts';
import { type CloudSettings, keystoneUrl, PASSWORD } from '../services/settings.ts';
import type { TempestResult } from './table.ts';

/** Of November 2026. */
// From 1.8 on jsonpath-ng counts otherwise than the plugin's tests of Gnocchi expect.
const TEMPEST = ['tempest==47.0.0', 'telemetry-tempest-plugin==2.11.0', 'jsonpath-ng==1.7.0'];
const FLAVORS = { usual: 'tempest-1', larger: 'tempest-2' };

export function tempestEnvironment(): Promise<PythonEnvironment> {
  return pythonEnvironment('tempest-47.0.0-2.11.0', TEMPEST);
}

/** A folder in which Tempest runs, and what its configuration names. */
export class TempestWorkspace {
  readonly #settings: CloudSettings;
  readonly #environment: PythonEnvironment;
  readonly #folder: string;

  private constructor(settings: CloudSettings, environment: PythonEnvironment) {
    this.#settings = settings;
    this.#environment = environment;
    this.#folder = path.join(settings.directory, 'tempest');
  }

  static async create(settings: CloudSettings, environment: PythonEnvironment): Promise<TempestWorkspace> {
    const workspace = new TempestWorkspace(settings, environment);
    await workspace.#prepare();
    return workspace;
  }

  /** Runs the tests whose names match. Tempest's own words are in the log `tempest`. */
  async run(tests: string): Promise<readonly TempestResult[]> {
    await new Service({
      name: 'tempest',
      directory: this.#settings.directory,
      command: [this.#environment.program('tempest'), 'run', '--regex', tests, '--concurrency', '4'],
      environment: this.#variables,
      workingDirectory: this.#place,
      isReady: async () => true,
    }).runToEnd();
    return JSON.parse(
      await this.#sh(
        '"$0" last --subunit | "$1" "$2"',
        this.#environment.program('stestr'),
        this.#environment.program('python'),
        path.join(import.meta.dirname, 'subunit_results.py'),
      ),
    );
  }

  get #place(): string {
    return path.join(this.#folder, 'workspace');
  }

  /** Tempest finds our plugin as it finds installed ones: by the entry points of a distribution. */
  get #variables(): Readonly<Record<string, string>> {
    const plugin = path.join(import.meta.dirname, 'plugin');
    return {
      HOME: this.#folder,
      PATH: `${path.dirname(this.#environment.program('tempest'))}:/usr/bin:/bin`,
      PYTHONPATH: `${plugin}:${path.join(this.#folder, 'distributions')}`,
      PYTHONDONTWRITEBYTECODE: '1',
    };
  }

  async #prepare(): Promise<void> {
    const admin = await NovaUser.login(this.#settings);
    const image = await admin.createImage('aix');
    const size = { vcpus: 2, ram: 4096, disk: 20, 'OS-FLV-EXT-DATA:ephemeral': 5 };
    await admin.createFlavor(FLAVORS.usual, 'tempest.usual', size);
    await admin.createFlavor(FLAVORS.larger, 'tempest.larger', { ...size, vcpus: 4 });
    const distribution = path.join(this.#folder, 'distributions', 'otel_powervm_tempest-1.dist-info');
    await mkdir(distribution, { recursive: true });
    const metadata = 'Metadata-Version: 2.1\nName: otel_powervm_tempest\nVersion: 1\n';
    await writeFile(path.join(distribution, 'METADATA'), metadata);
    const entry = 'otel_powervm = otel_powervm_tempest.plugin:PowerVmPlugin';
    await writeFile(path.join(distribution, 'entry_points.txt'), `[tempest.test_plugins]\n${entry}\n`);
    const list = path.join(this.#folder, 'workspaces.yaml');
    await this.#sh('"$0" init --workspace-path "$1" "$2"', this.#environment.program('tempest'), list, this.#place);
    await writeFile(path.join(this.#place, 'etc', 'tempest.conf'), this.#configuration(image));
  }

  /** @returns what it printed */
  async #sh(script: string, ...words: readonly string[]): Promise<string> {
    const { stdout } = await runCommand(
      'sh',
      ['-c', `cd "$HOME" && { [ ! -d workspace ] || cd workspace; } && ${script}`, ...words],
      {
        environment: this.#variables,
      },
    );
    return stdout;
  }

  #configuration(image: string): string {
    return `[DEFAULT]
log_file = ${this.#folder}/tempest.log
[oslo_concurrency]
lock_path = ${this.#folder}/lock
[auth]
admin_username = admin
admin_password = ${PASSWORD}
admin_project_name = admin
admin_domain_name = Default
use_dynamic_credentials = true
tempest_roles = member
create_isolated_networks = false
[identity]
uri_v3 = ${keystoneUrl(this.#settings)}
auth_version = v3
region = RegionOne
v3_endpoint_type = public
[compute]
image_ref = ${image}
image_ref_alt = ${image}
flavor_ref = ${FLAVORS.usual}
flavor_ref_alt = ${FLAVORS.larger}
min_microversion = 2.1
max_microversion = latest
[service-clients]
http_timeout = 180
[service_available]
nova = true
glance = true
neutron = false
cinder = false
swift = false
horizon = false
aodh = true
gnocchi = true
ceilometer = true
[telemetry]
alarm_granularity = 60
[powervm]
timeout = 600
[telemetry_services]
metric_backends = gnocchi
alarm_backend = postgresql
`;
  }
}
