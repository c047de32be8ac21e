import type { Secret } from '../../base/secrets/secret.ts';
import type { ConsoleType } from '../model.ts';

/** A session of a console, as it must be known to continue with it or to end it. */
export interface StoredSession extends OpenSession {
  readonly type: ConsoleType;
  /** One beside it that the console did not take the logoff of. */
  readonly ending?: OpenSession | undefined;
  /** Another process opened it, and may wake up and use it: to be ended, not to be gone on with. */
  readonly isForeign?: boolean;
}

/** A session that is open at a console. */
export interface OpenSession {
  readonly token: Secret;
  /** Undefined for the file authentication of NovaLink. */
  readonly username: string | undefined;
}

/** With what a session is opened. */
export interface Credentials {
  readonly username: string;
  readonly password: Secret;
}

/** What a header can carry; consoles give some 220 characters. */
const TOKEN = /^[\x21-\x7e]{1,2048}$/;

/** Whether a text can be a session; what is read from a file or a response may be anything. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/**
 * Where the session of each console is written down while it is open. Unused sessions live on a console for weeks and
 * pile up until it refuses REST altogether (docs/reference/console-api.md#sessions), so that a program that crashed
 * must find its session again. What is in here is a credential.
 */
export interface SessionStore {
  /**
   * The session that was opened at the console and not ended.
   * @param console its endpoint: `https://host[:port]`
   */
  load(console: string): Promise<StoredSession | undefined>;
  /** Replaces what was remembered. Resolves when a crash cannot lose it any more. */
  save(console: string, session: StoredSession): Promise<void>;
  forget(console: string): Promise<void>;
  /** Whether the console has refused these credentials when another process sent them. */
  wasRefused?(console: string, credentials: Credentials): Promise<boolean>;
  /** For other processes that would send the same. What is {@link save}d ends it. */
  rememberRefusal?(console: string, credentials: Credentials): Promise<void>;
}

/** Remembers as long as the process lives. */
export class InMemorySessionStore implements SessionStore {
  readonly #sessions = new Map<string, StoredSession>();

  async load(console: string): Promise<StoredSession | undefined> {
    return this.#sessions.get(console);
  }

  async save(console: string, session: StoredSession): Promise<void> {
    this.#sessions.set(console, session);
  }

  async forget(console: string): Promise<void> {
    this.#sessions.delete(console);
  }
}
