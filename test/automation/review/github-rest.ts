import got, { type Got } from 'got';
import { z } from 'zod';
import type { GitHubConfiguration } from '../configuration.ts';

const time = z.string().transform((text) => Date.parse(text));

const pullSchema = z.object({
  number: z.number(),
  title: z.string(),
  state: z.string(),
  html_url: z.string(),
  updated_at: time,
  head: z.object({ sha: z.string() }),
  base: z.object({ ref: z.string(), repo: z.object({ full_name: z.string(), clone_url: z.string() }) }),
});

const commentSchema = z.object({
  id: z.number(),
  created_at: time,
  body: z.string(),
  user: z.object({ login: z.string() }).nullable(),
});
const statusSchema = z.object({ context: z.string(), target_url: z.string().nullable() });

export type PullRequest = z.output<typeof pullSchema>;
export type PullComment = z.output<typeof commentSchema>;

export interface CommitStatus {
  readonly state: 'success' | 'failure' | 'error';
  readonly target_url: string;
  readonly description: string;
  readonly context: string;
}

/** GitHub's REST API, as much of it as a voter needs. */
export class GitHubRest {
  readonly #http: Got;

  constructor({ url, token }: GitHubConfiguration) {
    this.#http = got.extend({
      prefixUrl: url,
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        accept: 'application/vnd.github+json',
        'x-github-api-version': '2022-11-28',
      },
      followRedirect: false,
      throwHttpErrors: false,
      retry: { limit: 0 },
      timeout: { request: 60_000 },
    });
  }

  /** `undefined` when there is none, or this token may not see it. */
  async pull(repository: string, number: number): Promise<PullRequest | undefined> {
    const { statusCode, body } = await this.#http.get(`repos/${repository}/pulls/${number}`);
    return statusCode === 404 ? undefined : pullSchema.parse(parsed(statusCode, body));
  }

  /** Most recently touched first. */
  openPulls(repository: string): Promise<readonly PullRequest[]> {
    return this.#pages(`repos/${repository}/pulls?state=open&sort=updated&direction=desc`, pullSchema);
  }

  comments(repository: string, number: number): Promise<readonly PullComment[]> {
    return this.#pages(`repos/${repository}/issues/${number}/comments?`, commentSchema);
  }

  /** Newest first. */
  statuses(repository: string, revision: string): Promise<readonly z.output<typeof statusSchema>[]> {
    return this.#pages(`repos/${repository}/commits/${revision}/statuses?`, statusSchema);
  }

  async setStatus(repository: string, revision: string, status: CommitStatus): Promise<void> {
    await this.#post(`repos/${repository}/statuses/${revision}`, status);
  }

  async comment(repository: string, number: number, text: string): Promise<void> {
    await this.#post(`repos/${repository}/issues/${number}/comments`, { body: text });
  }

  async #post(path: string, json: unknown): Promise<void> {
    const { statusCode, body } = await this.#http.post(path, { json });
    parsed(statusCode, body);
  }

  async #pages<T>(path: string, schema: z.ZodType<T>): Promise<T[]> {
    const found: T[] = [];
    for (let page = 1; ; page += 1) {
      const { statusCode, body } = await this.#http.get(`${path}&per_page=100&page=${page}`);
      const items = z.array(schema).parse(parsed(statusCode, body));
      found.push(...items);
      if (items.length < 100) return found;
    }
  }
}

function parsed(statusCode: number, body: string): unknown {
  if (statusCode < 200 || statusCode > 299) throw new Error(`GitHub answered ${statusCode}: ${body.slice(0, 300)}`);
  return JSON.parse(body);
}
