import { writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { tokenOf } from './keystone.ts';
import { chosenUuids } from './nova.ts';
import { type CloudSettings, glanceUrl, novaUrl } from './settings.ts';

export interface NovaAnswer {
  readonly status: number;
  // biome-ignore lint/suspicious/noExplicitAny: what a foreign service answers
  readonly content: any;
}

export interface WantedInstance {
  readonly name: string;
  readonly flavor: string;
  /** Of the instance; without it Nova chooses. */
  readonly id?: string;
  readonly host?: string;
  readonly metadata?: Readonly<Record<string, string>>;
}

const POLL_EVERY = 300;

/** Someone of a project who uses Nova and Glance by their public API. */
export class NovaUser {
  readonly #settings: CloudSettings;
  readonly #token: string;

  private constructor(settings: CloudSettings, token: string) {
    this.#settings = settings;
    this.#token = token;
  }

  static async login(settings: CloudSettings, name = 'admin', project = 'admin'): Promise<NovaUser> {
    return new NovaUser(settings, await tokenOf(settings, name, project));
  }

  /** @param microversion of Nova, `2.74` */
  async ask(method: string, path: string, content?: object, microversion = '2.74'): Promise<NovaAnswer> {
    const response = await fetch(`${novaUrl(this.#settings)}${path}`, {
      method,
      headers: {
        'x-auth-token': this.#token,
        'content-type': 'application/json',
        'OpenStack-API-Version': `compute ${microversion}`,
      },
      ...(content ? { body: JSON.stringify(content) } : {}),
    });
    const text = await response.text();
    return { status: response.status, content: text === '' ? undefined : JSON.parse(text) };
  }

  async call(method: string, path: string, content?: object): Promise<NovaAnswer['content']> {
    const answer = await this.ask(method, path, content);
    if (answer.status >= 400) {
      throw new Error(`Nova: ${method} ${path}: ${answer.status} ${JSON.stringify(answer.content)}`);
    }
    return answer.content;
  }

  /** An image of one byte: the fake hypervisor boots whatever it gets. */
  async createImage(name: string): Promise<string> {
    const headers = { 'x-auth-token': this.#token };
    const url = `${glanceUrl(this.#settings)}/v2/images`;
    const created = await fetch(url, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name, disk_format: 'raw', container_format: 'bare', visibility: 'public' }),
    });
    const { id } = (await created.json()) as { readonly id?: string };
    if (id === undefined) throw new Error(`Glance made no image: ${created.status}`);
    const stored = await fetch(`${url}/${id}/file`, {
      method: 'PUT',
      headers: { ...headers, 'content-type': 'application/octet-stream' },
      body: '.',
    });
    if (!stored.ok) throw new Error(`Glance did not store the image: ${stored.status} ${await stored.text()}`);
    return id;
  }

  async createFlavor(id: string, name: string, size: Readonly<Record<string, number>>): Promise<void> {
    await this.call('POST', '/flavors', { flavor: { id, name, ...size } });
  }

  /** @returns the UUID of an instance that runs */
  async boot(image: string, wanted: WantedInstance): Promise<string> {
    const [id = ''] = await this.bootAll(image, [wanted]);
    return id;
  }

  /** One after the other as the UUIDs are chosen, then waits for all of them. */
  async bootAll(image: string, wanted: readonly WantedInstance[]): Promise<readonly string[]> {
    const ids: string[] = [];
    for (const { name, flavor, id, host, metadata = {} } of wanted) {
      if (id !== undefined) await writeFile(chosenUuids(this.#settings), id);
      const place = host === undefined ? {} : { host };
      const server = { name, imageRef: image, flavorRef: flavor, networks: 'none', metadata, ...place };
      const { server: made } = await this.call('POST', '/servers', { server });
      if (id !== undefined && made.id !== id) throw new Error(`Nova made ${made.id} instead of ${id}`);
      ids.push(made.id);
    }
    for (const id of ids) await this.until(id, 'ACTIVE');
    return ids;
  }

  async act(id: string, action: string, parameters: unknown = null): Promise<void> {
    await this.call('POST', `/servers/${id}/action`, { [action]: parameters });
  }

  /** Waits until an instance has a status and nothing goes on with it. */
  async until(id: string, status: string): Promise<void> {
    for (let waited = 0; ; waited += POLL_EVERY) {
      const { status: code, content } = await this.ask('GET', `/servers/${id}`);
      if (code === 404 && status === 'DELETED') return;
      const { status: now, 'OS-EXT-STS:task_state': task, fault } = content?.server ?? {};
      if (now === status && task === null) return;
      if ((now === 'ERROR' && status !== 'ERROR' && status !== 'DELETED') || waited > 120_000) {
        throw new Error(`instance ${id} is ${now} (${task}) instead of ${status}: ${JSON.stringify(fault)}`);
      }
      await sleep(POLL_EVERY);
    }
  }
}
