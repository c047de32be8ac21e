import { Webhooks } from '@octokit/webhooks';
import type { ChangeSnapshot } from '../change.ts';
import type { GitHubConfiguration } from '../configuration.ts';
import type { Run } from '../run.ts';
import { GitHubRest, type PullRequest } from './github-rest.ts';
import { basic, wait } from './http.ts';
import type { GitRemote, Report, ReportResult, ReviewSystem } from './review-system.ts';

const HOUR = 3_600_000;

/** Deliveries are heard by the server's page; see {@link GitHub.changeOf}. */
export class GitHub implements ReviewSystem {
  readonly name = 'github';
  readonly isConnected = true;
  readonly #configuration: GitHubConfiguration;
  readonly #context: string;
  readonly #rest: GitHubRest;
  readonly #webhooks: Webhooks;

  /** @param context the name that the status of a commit has */
  constructor(configuration: GitHubConfiguration, context: string) {
    this.#configuration = configuration;
    this.#context = context;
    this.#rest = new GitHubRest(configuration);
    this.#webhooks = new Webhooks({ secret: configuration.webhook_secret.reveal() });
  }

  /**
   * The change that a delivery is about. Who repeats a delivery only has us look again.
   * @returns `undefined` when its signature is not ours; an empty text when it is about no change
   */
  async changeOf(body: string, signature: string): Promise<string | undefined> {
    const isOurs = signature !== '' && (await this.#webhooks.verify(body, signature).catch(() => false));
    if (!isOurs) return undefined;
    try {
      const { repository, pull_request: pull, issue } = JSON.parse(body);
      const number = pull?.number ?? (issue?.pull_request ? issue.number : undefined);
      return Number.isSafeInteger(number) ? `${repository?.full_name}#${number}` : '';
    } catch {
      return '';
    }
  }

  /** GitHub calls us; there is nothing to hold open. */
  async listen(_onHint: (id: string) => void, onConnected: () => void, signal: AbortSignal): Promise<void> {
    onConnected();
    while (!signal.aborted) await wait(HOUR, signal);
  }

  async snapshot(id: string): Promise<ChangeSnapshot | undefined> {
    const [repository = '', number = ''] = id.split('#');
    if (!this.#configuration.repositories.includes(repository)) return undefined;
    const pull = await this.#rest.pull(repository, Number(number));
    return pull && this.#isWanted(pull) ? await this.#snapshotOf(repository, pull) : undefined;
  }

  async touchedSince(time: number): Promise<readonly ChangeSnapshot[]> {
    const found: ChangeSnapshot[] = [];
    for (const repository of this.#configuration.repositories) {
      const pulls = await this.#rest.openPulls(repository);
      const touched = pulls.filter((pull) => pull.updated_at >= time && this.#isWanted(pull));
      for (const pull of touched) found.push(await this.#snapshotOf(repository, pull));
    }
    return found.sort((left, right) => left.uploadedAt - right.uploadedAt);
  }

  remote(project: string): GitRemote {
    const web = new URL(this.#configuration.url);
    const isPublic = web.host === 'api.github.com';
    const root = isPublic ? 'https://github.com' : web.origin;
    return {
      url: `${root}/${project}.git`,
      authorization: basic('x-access-token', this.#configuration.token.reveal()),
    };
  }

  idOf({ change: { project, number } }: Run): string {
    return `${project}#${number}`;
  }

  /** The comment first: the status is what marks a run as reported. */
  async report(run: Run, { text, vote }: Report): Promise<ReportResult> {
    const { project, number, revision } = run.change;
    const pull = await this.#rest.pull(project, number);
    if (pull === undefined || pull.state !== 'open' || pull.head.sha !== revision) return 'outdated';
    const address = /\S+\/logs\/\S+/.exec(text)?.[0] ?? '';
    const statuses = await this.#rest.statuses(project, revision);
    if (statuses.some(({ target_url: target }) => target?.includes(`/${run.id}/`))) return 'reported';
    const comments = await this.#rest.comments(project, number);
    if (!comments.some(({ body }) => body.includes(`/${run.id}/`))) await this.#rest.comment(project, number, text);
    await this.#rest.setStatus(project, revision, {
      state: vote === 1 ? 'success' : vote === -1 ? 'failure' : 'error',
      target_url: address,
      description: text.split('\n')[0]?.slice(0, 140) ?? '',
      context: this.#context,
    });
    return 'reported';
  }

  #isWanted({ base }: PullRequest): boolean {
    return this.#configuration.branches.some((pattern) => pattern.test(base.ref));
  }

  async #snapshotOf(repository: string, pull: PullRequest): Promise<ChangeSnapshot> {
    const comments = await this.#rest.comments(repository, pull.number);
    return {
      change: {
        system: 'github',
        project: repository,
        number: pull.number,
        patchSet: 1,
        revision: pull.head.sha,
        ref: `refs/pull/${pull.number}/head`,
        branch: pull.base.ref,
        subject: pull.title,
        url: pull.html_url,
      },
      isOpen: pull.state === 'open',
      uploadedAt: pull.updated_at,
      comments: comments.map(({ id, created_at: at, body }) => ({
        id: String(id),
        at,
        isOurs: body.includes('/logs/'),
        isCurrent: true,
        text: body,
      })),
    };
  }
}
