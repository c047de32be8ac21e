import got, { type Got } from 'got';
import { z } from 'zod';
import type { GerritConfiguration } from '../configuration.ts';
import { basic } from './http.ts';

/** What every JSON answer of Gerrit begins with, so that no browser runs it. */
const PREFIX = ")]}'";
const MAX_RESPONSE_BYTES = 64 * 1024 ** 2;

/** Gerrit's times are UTC, with nanoseconds: `2026-03-04 12:00:10.000000000`. */
const time = z.string().transform((text) => Date.parse(`${text.slice(0, 23).replace(' ', 'T')}Z`));

const changeSchema = z.object({
  project: z.string(),
  branch: z.string(),
  subject: z.string().default(''),
  status: z.string(),
  _number: z.number(),
  _more_changes: z.boolean().optional(),
  updated: time,
  current_revision: z.string(),
  revisions: z.record(z.string(), z.object({ _number: z.number(), ref: z.string(), created: time })),
  messages: z
    .array(
      z.object({
        id: z.string(),
        date: time,
        message: z.string(),
        tag: z.string().optional(),
        _revision_number: z.number().optional(),
        author: z.object({ _account_id: z.number() }).optional(),
      }),
    )
    .default([]),
});

export type GerritChange = z.output<typeof changeSchema>;

export interface Review {
  readonly message: string;
  readonly labels: Readonly<Record<string, number>>;
  readonly tag: string;
}

/** A response that is no success. */
export class GerritError extends Error {
  override readonly name = 'GerritRefusal';
  readonly statusCode: number;

  constructor(statusCode: number, text: string) {
    super(`Gerrit answered ${statusCode}: ${text.slice(0, 300).trim()}`);
    this.statusCode = statusCode;
  }
}

/** Gerrit's REST API, as much of it as a voter needs. */
export class GerritRest {
  readonly #http: Got;

  constructor({ url, user, password }: GerritConfiguration) {
    this.#http = got.extend({
      prefixUrl: `${url}/a/`,
      headers: { authorization: basic(user, password.reveal()), accept: 'application/json' },
      followRedirect: false,
      throwHttpErrors: false,
      retry: { limit: 0 },
      timeout: { request: 60_000 },
    });
  }

  /** `undefined` when there is none, or this account may not see it. */
  async change(id: string): Promise<GerritChange | undefined> {
    try {
      const path = `changes/${encodeURIComponent(id)}`;
      return changeSchema.parse(await this.#get(`${path}?o=CURRENT_REVISION&o=MESSAGES`));
    } catch (error) {
      if (error instanceof GerritError && error.statusCode === 404) return undefined;
      throw error;
    }
  }

  async query(query: string): Promise<readonly GerritChange[]> {
    const found: GerritChange[] = [];
    for (;;) {
      const parameters = new URLSearchParams({ q: query, n: '100', S: String(found.length) });
      const page = z.array(changeSchema).parse(await this.#get(`changes/?${parameters}&o=CURRENT_REVISION&o=MESSAGES`));
      found.push(...page);
      if (page.at(-1)?._more_changes !== true) return found;
    }
  }

  async ownAccount(): Promise<number> {
    return z.object({ _account_id: z.number() }).parse(await this.#get('accounts/self'))._account_id;
  }

  async review(id: string, revision: string, { message, labels, tag }: Review): Promise<void> {
    const json = { message, labels, tag, notify: 'OWNER', omit_duplicate_comments: true };
    const path = `changes/${encodeURIComponent(id)}/revisions/${revision}/review`;
    const { statusCode, body } = await this.#http.post(path, { json });
    if (statusCode !== 200) throw new GerritError(statusCode, body);
  }

  async #get(path: string): Promise<unknown> {
    const { statusCode, rawBody } = await this.#http.get(path);
    const text = rawBody.length > MAX_RESPONSE_BYTES ? '' : rawBody.toString('utf8');
    if (statusCode !== 200) throw new GerritError(statusCode, text);
    if (!text.startsWith(PREFIX)) throw new Error('the answer is not one of Gerrit');
    return JSON.parse(text.slice(PREFIX.length));
  }
}
