import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterThisTest } from '../../helpers/console.ts';
import { accessOf, tokenOf, tokenReading } from '../services/keystone.ts';
import { freePort, isAnswering } from '../services/ports.ts';
import { pythonEnvironment } from '../services/python-environment.ts';
import { Service } from '../services/service.ts';
import type { CloudSettings } from '../services/settings.ts';

/** Of OpenStack 2026.2. */
const RELEASE = '3.0.0';

/** Aetos: the proxy before Prometheus that shows a tenant its own series, by Keystone's token. From PyPI. */
export class Aetos {
  readonly #settings: CloudSettings;
  readonly #url: string;

  private constructor(settings: CloudSettings, url: string) {
    this.#settings = settings;
    this.#url = url;
  }

  static async start(settings: CloudSettings, prometheus: URL): Promise<Aetos> {
    const environment = await pythonEnvironment(`aetos-${RELEASE}`, [`aetos==${RELEASE}`]);
    const [folder, port] = [path.join(settings.directory, 'aetos'), await freePort()];
    await mkdir(path.join(folder, '.aetos'), { recursive: true });
    // It looks for its configuration in the home of who starts it.
    await writeFile(
      path.join(folder, '.aetos', 'aetos.conf'),
      `[prometheus]
host = ${prometheus.hostname}
port = ${prometheus.port}
[keystone_authtoken]
${tokenReading(settings)}
${accessOf(settings, 'ceilometer')}
`,
    );
    const service = new Service({
      name: 'aetos',
      directory: settings.directory,
      command: [environment.program('python'), environment.program('aetos-api'), '--host=127.0.0.1', `--port=${port}`],
      environment: { HOME: folder },
      isReady: () => isAnswering(`http://127.0.0.1:${port}/`),
    });
    await service.start();
    afterThisTest(() => service.stop());
    return new Aetos(settings, `http://127.0.0.1:${port}`);
  }

  /** As a user of a project. */
  async as(user: string, project: string): Promise<AetosUser> {
    return new AetosUser(this.#url, await tokenOf(this.#settings, user, project));
  }
}

export class AetosUser {
  readonly #url: string;
  readonly #token: string;

  constructor(url: string, token: string) {
    this.#url = url;
    this.#token = token;
  }

  /** The values that a query has at a time, by their labels. */
  async query(query: string, time: number): Promise<readonly AetosSeries[]> {
    const answer = await this.#get(`query?${new URLSearchParams({ query, time: String(time / 1000) })}`);
    const { result } = answer as {
      readonly result: readonly { metric: AetosSeries['labels']; value: [number, string] }[];
    };
    return result.map(({ metric, value: [, value] }) => ({ labels: metric, value: Number(value) }));
  }

  async labelValues(label: string): Promise<readonly string[]> {
    return (await this.#get(`label/${label}/values`)) as readonly string[];
  }

  async series(match: string): Promise<readonly AetosSeries['labels'][]> {
    return (await this.#get(`series?${new URLSearchParams({ 'match[]': match })}`)) as readonly AetosSeries['labels'][];
  }

  /** @returns the status of what it is refused */
  async refusal(path: string): Promise<number> {
    const response = await fetch(`${this.#url}/api/v1/${path}`, { headers: { 'x-auth-token': this.#token } });
    return response.status;
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(`${this.#url}/api/v1/${path}`, { headers: { 'x-auth-token': this.#token } });
    const text = await response.text();
    if (!response.ok) throw new Error(`Aetos: ${path}: ${response.status} ${text}`);
    const { data } = JSON.parse(text) as { readonly data: unknown };
    return data;
  }
}

export interface AetosSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}
