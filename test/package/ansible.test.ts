import { type ExecFileException, execFile } from 'node:child_process';
import { cp, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { type PythonEnvironment, pythonEnvironment } from '../cloud/services/python-environment.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '../..');
const RELEASE = '2.19.14';
/** A play starts dozens of programs, on a machine that may be busy. */
const PATIENCE = 400_000;
const ansible = await pythonEnvironment(`ansible-core-${RELEASE}`, [`ansible-core==${RELEASE}`]).catch(
  (error: Error) => {
    // A skipped proof is none where the proof is asked for.
    if (process.env.CI) throw error;
    return error;
  },
);
/** Files get the owner that the role says. */
const isRoot = process.getuid?.() === 0;

const secrets = {
  vault_ceilometer_password: 'of the cloud',
  vault_rabbit_password: 'rabbit',
  vault_telemetry_secret: 'a"b\\c $d',
};

describe.skipIf(ansible instanceof Error)('examples/openstack/ansible (skipped where PyPI has no ansible-core)', () => {
  test('the playbook passes ansible-playbook --syntax-check', async () => {
    const { playbook } = await copyOfExample();
    const { stdout } = await run(
      program('ansible-playbook'),
      ['--inventory', 'inventory.ini', '--syntax-check', 'playbook.yml'],
      {
        cwd: path.dirname(playbook),
      },
    );
    expect(stdout).toContain('playbook: playbook.yml');
  });

  test.skipIf(!isRoot)(
    'writes a configuration that the program takes, and secrets for the service alone (as root)',
    async () => {
      const site = await Site.create();
      await site.play();
      const config = parse(await readFile(site.file('otel-config.yaml'), 'utf8'));
      expect(config.extensions.openstack).toMatchObject({
        auth: { password_file: site.file('openstack-password') },
        nova: { host: 'neo-1' },
      });
      expect(await readFile(site.file('openstack-password'), 'utf8')).toBe('of the cloud\n');
      const modes = ['openstack-password', 'cloud-ca.pem', 'otel-config.yaml', 'environment'].map(async (name) => {
        const { mode } = await stat(site.file(name));
        return (mode & 0o777).toString(8);
      });
      expect(await Promise.all(modes)).toEqual(['640', '640', '640', '600']);
      // By the rules of systemd's EnvironmentFile=, which are those of a shell between double quotes.
      expect(await readFile(site.file('environment'), 'utf8')).toBe(
        'TRANSPORT_URL="rabbit://openstack:rabbit@controller.example.com:5671/"\nTELEMETRY_SECRET="a\\"b\\\\c $d"\n',
      );
      expect(site.output).not.toContain('of the cloud');

      const again = await site.play();
      expect(again).toMatch(/changed=0 /);
    },
    PATIENCE,
  );

  test.skipIf(!isRoot)(
    'keeps the configuration that works when a new one is wrong (as root)',
    async () => {
      const site = await Site.create();
      await site.play();
      const working = await readFile(site.file('otel-config.yaml'), 'utf8');
      await expect(site.play({ otel_powervm_config: { receivers: { powervm: { console: 'no' } } } })).rejects.toThrow(
        /powervm/,
      );
      expect(await readFile(site.file('otel-config.yaml'), 'utf8')).toBe(working);
    },
    PATIENCE,
  );
});

function program(name: string): string {
  if (ansible instanceof Error) throw ansible;
  return (ansible satisfies PythonEnvironment).program(name);
}

/** Of what is beside each other in the installed package: the role takes the unit from there. */
async function copyOfExample() {
  const directory = await temporaryDirectory();
  for (const name of ['openstack', 'systemd']) {
    await cp(path.join(root, 'examples', name), path.join(directory, 'examples', name), { recursive: true });
  }
  return { directory, playbook: path.join(directory, 'examples/openstack/ansible/playbook.yml') };
}

/** This machine as a host of the playbook, with a directory of its own for what is written to /etc/otel-powervm. */
class Site {
  readonly #playbook: string;
  readonly #directory: string;
  output = '';

  private constructor(playbook: string, directory: string) {
    this.#playbook = playbook;
    this.#directory = directory;
  }

  static async create(): Promise<Site> {
    const { directory, playbook } = await copyOfExample();
    const etc = path.join(directory, 'etc');
    await mkdir(etc);
    await writeFile(
      path.join(path.dirname(playbook), 'inventory.ini'),
      '[powervm]\nhere ansible_connection=local otel_powervm_nova_host=neo-1\n',
    );
    await writeFile(path.join(directory, 'cloud-ca.pem'), rootCertificates[0] ?? '');
    // Not from dist, which other tests of this folder build anew.
    await writeFile(
      path.join(directory, 'otel-powervm'),
      `#!/bin/sh\nexec ${path.join(root, 'node_modules/.bin/tsx')} ${path.join(root, 'src/cli/main.ts')} "$@"\n`,
      { mode: 0o755 },
    );
    return new Site(playbook, directory);
  }

  file(name: string): string {
    return path.join(this.#directory, 'etc', name);
  }

  /** Only what is written: nothing is installed, no service started. @throws {Error} with what Ansible said */
  async play(changes: Readonly<Record<string, unknown>> = {}): Promise<string> {
    const variables = {
      ...secrets,
      ansible_become: false,
      ansible_python_interpreter: program('python'),
      otel_powervm_command: path.join(this.#directory, 'otel-powervm'),
      otel_powervm_directory: path.join(this.#directory, 'etc'),
      otel_powervm_group: 'root',
      otel_powervm_service: false,
      otel_powervm_files: { 'cloud-ca.pem': path.join(this.#directory, 'cloud-ca.pem') },
      ...changes,
    };
    const words = ['--inventory', 'inventory.ini', '--tags', 'configuration'];
    const { stdout, stderr } = await run(
      program('ansible-playbook'),
      [...words, '--extra-vars', JSON.stringify(variables), this.#playbook],
      {
        cwd: path.dirname(this.#playbook),
        env: { ...process.env, ANSIBLE_HOME: path.join(this.#directory, 'ansible') },
      },
    ).catch((error: ExecFileException) => {
      throw new Error(`${error.stdout}\n${error.stderr}`);
    });
    this.output += stdout + stderr;
    return stdout;
  }
}
