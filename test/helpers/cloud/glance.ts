import type { KeystoneServer } from './keystone.ts';
import { LoopbackServer, type ReceivedRequest, type ServedResponse } from './loopback-server.ts';

/** Plays Glance's API v2 by its documentation. */
export class GlanceServer {
  readonly server = new LoopbackServer((request) => this.#serve(request));
  /** Properties that somebody has set, by image. */
  readonly images = new Map<string, Readonly<Record<string, string>>>();
  readonly #keystone: Pick<KeystoneServer, 'refusalOf'>;

  constructor(keystone: Pick<KeystoneServer, 'refusalOf'>) {
    this.#keystone = keystone;
  }

  get asked(): readonly string[] {
    return this.server.requests.map(({ path }) => path.replace('/v2/images/', ''));
  }

  #serve(request: ReceivedRequest): ServedResponse {
    const refusal = this.#keystone.refusalOf(request);
    if (refusal) return refusal;
    const [, id = ''] = /^\/v2\/images\/([^/]+)$/.exec(request.path) ?? [];
    const properties = this.images.get(id);
    if (!properties) return { status: 404, text: `<html><body>No image found with ID ${id}</body></html>` };
    return {
      status: 200,
      json: {
        id,
        name: `image-${id}`,
        status: 'active',
        visibility: 'public',
        protected: false,
        owner: 'e5f1d2c3b4a59687',
        tags: [],
        created_at: '2026-11-20T08:00:00Z',
        updated_at: '2026-11-20T08:05:00Z',
        container_format: 'bare',
        disk_format: 'raw',
        min_disk: 20,
        min_ram: 0,
        size: 21474836480,
        virtual_size: null,
        checksum: 'd41d8cd98f00b204e9800998ecf8427e',
        os_hash_algo: 'sha512',
        os_hash_value: '…',
        os_hidden: false,
        file: `/v2/images/${id}/file`,
        schema: '/v2/schemas/image',
        self: `/v2/images/${id}`,
        ...properties,
      },
    };
  }
}
