import { describeError } from '../../base/errors/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { Endpoint } from '../endpoint.ts';
import { type Credentials, isToken, type SessionStore, type StoredSession } from './session-store.ts';

/** The store of one console's session. A store that fails costs a warning: samples matter more than it. */
export class SessionPersistence {
  readonly #store: SessionStore;
  readonly #endpoint: Endpoint;
  readonly #logger: Logger;

  constructor(store: SessionStore, endpoint: Endpoint, logger: Logger) {
    this.#store = store;
    this.#endpoint = endpoint;
    this.#logger = logger;
  }

  /** What an earlier run left behind; undefined when there is nothing, or nothing of use. */
  async load(): Promise<StoredSession | undefined> {
    try {
      const session = await this.#store.load(this.#endpoint.text);
      if (!session || isToken(session.token.reveal())) return session;
      await this.forget();
      throw new Error('what was remembered is no session');
    } catch (error) {
      this.#warn(error);
      return undefined;
    }
  }

  async save(session: StoredSession): Promise<void> {
    await this.#store.save(this.#endpoint.text, session).catch((error) => this.#warn(error));
  }

  async forget(): Promise<void> {
    await this.#store.forget(this.#endpoint.text).catch((error) => this.#warn(error));
  }

  /**
   * A store that cannot be asked has not said so.
   * @param credentials asked for by a store that knows of other processes only
   */
  async wasRefused(credentials: () => Promise<Credentials | undefined>): Promise<boolean> {
    if (!this.#store.wasRefused) return false;
    const sent = await credentials();
    const answer = sent && this.#store.wasRefused(this.#endpoint.text, sent);
    return (await answer?.catch((error) => this.#warn(error))) ?? false;
  }

  async rememberRefusal(credentials: () => Promise<Credentials | undefined>): Promise<void> {
    if (!this.#store.rememberRefusal) return;
    const sent = await credentials();
    if (sent) await this.#store.rememberRefusal(this.#endpoint.text, sent).catch((error) => this.#warn(error));
  }

  #warn(error: unknown): void {
    this.#logger.warn(
      { console: this.#endpoint.host, reason: describeError(error) },
      'the session cannot be remembered; a crash would leave it behind on the console',
    );
  }
}
