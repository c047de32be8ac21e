import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { leaf, refusal } from './resources/atom-text.ts';
import { RefusedRequest, type SimulatedResponse } from './response.ts';

const NAMESPACE = 'http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/';
export const LOGON_PATH = '/rest/api/web/Logon';

/** How many sessions there were, are, and were refused. */
export interface SessionStatistics {
  readonly opened: number;
  readonly closed: number;
  /** Logons with a wrong user name or password. */
  readonly refused: number;
  readonly active: number;
}

/** {@link SessionStatistics} of one user, and what gentleness is judged by. */
export interface UserSessions extends SessionStatistics {
  /** The most at one time. */
  readonly greatestActive: number;
  /** Logons that came after one that was refused. */
  readonly logonsAfterRefusal: number;
}

const NO_SESSIONS: UserSessions = {
  opened: 0,
  closed: 0,
  refused: 0,
  active: 0,
  greatestActive: 0,
  logonsAfterRefusal: 0,
};

/** Logon, logoff and who is logged on (docs/reference/console-api.md#sessions). */
export class Sessions {
  readonly #username: string;
  readonly #password: string;
  readonly #isNovaLink: boolean;
  readonly #limit: () => number | undefined;
  /** Who has which session. */
  readonly #tokens = new Map<string, string>();
  readonly #users = new Map<string, UserSessions>();
  #tokenDirectory: string | undefined;

  /** @param limit how many sessions there may be at present; undefined for any number */
  constructor(username: string, password: string, isNovaLink: boolean, limit: () => number | undefined) {
    this.#limit = limit;
    this.#username = username;
    this.#password = password;
    this.#isNovaLink = isNovaLink;
  }

  get statistics(): SessionStatistics {
    const users = [...this.#users.values()];
    const sum = (count: (user: UserSessions) => number) => users.reduce((total, user) => total + count(user), 0);
    return {
      opened: sum(({ opened }) => opened),
      closed: sum(({ closed }) => closed),
      refused: sum(({ refused }) => refused),
      active: this.#tokens.size,
    };
  }

  get byUser(): Readonly<Record<string, UserSessions>> {
    return Object.fromEntries(this.#users);
  }

  async logOn(body: string): Promise<SimulatedResponse> {
    const user = element(body, 'UserID');
    const { refused, logonsAfterRefusal } = this.#user(user);
    if (refused > 0) this.#count(user, { logonsAfterRefusal: logonsAfterRefusal + 1 });
    const limit = this.#limit();
    if (limit !== undefined && this.#tokens.size >= limit) {
      return refusal(503, LOGON_PATH, 'The maximum number of sessions has been reached.');
    }
    const wantsFile = /<GenerateX-API-SessionFile[^>]*>\s*true\s*</.test(body);
    if (wantsFile && this.#isNovaLink) {
      const file = await this.#writeTokenFile(this.#open(user));
      return this.#response(leaf('X-API-SessionFile', file));
    }
    if (!isSame(user, this.#username) || !isSame(element(body, 'Password'), this.#password)) {
      this.#count(user, { refused: refused + 1 });
      return refusal(401, LOGON_PATH, 'The user name or password is not valid.', 'Invalid credentials');
    }
    const token = this.#open(user);
    // Wrapped over two lines, as IBM's own example is.
    return this.#response(
      `<X-API-Session kb="ROR" kxe="false">\n${token.slice(0, 90)}\n${token.slice(90)}\n</X-API-Session>`,
    );
  }

  logOff(token: string | undefined): SimulatedResponse {
    this.require(token);
    const user = this.#tokens.get(token ?? '') ?? '';
    this.#tokens.delete(token ?? '');
    this.#count(user, { closed: this.#user(user).closed + 1 });
    return { status: 204 };
  }

  /** @throws {RefusedRequest} 401 without a valid session */
  require(token: string | undefined): void {
    if (token !== undefined && this.#tokens.has(token)) return;
    throw new RefusedRequest(refusal(401, LOGON_PATH, 'The session is not valid or has expired.', 'Session expired'));
  }

  /** Forgets every session, as a console does when their time is over. */
  expire(): void {
    const users = new Set(this.#tokens.values());
    this.#tokens.clear();
    for (const user of users) this.#count(user, {});
  }

  async removeTokenFiles(): Promise<void> {
    if (this.#tokenDirectory) await rm(this.#tokenDirectory, { recursive: true, force: true });
    this.#tokenDirectory = undefined;
  }

  #open(user: string): string {
    const token = `${randomBytes(160).toString('base64url')}=`;
    this.#tokens.set(token, user);
    this.#count(user, { opened: this.#user(user).opened + 1 });
    return token;
  }

  #user(user: string): UserSessions {
    return this.#users.get(user) ?? NO_SESSIONS;
  }

  #count(user: string, change: Partial<UserSessions>): void {
    const active = [...this.#tokens.values()].filter((owner) => owner === user).length;
    const before = this.#user(user);
    this.#users.set(user, {
      ...before,
      ...change,
      active,
      greatestActive: Math.max(before.greatestActive, active),
    });
  }

  async #writeTokenFile(token: string): Promise<string> {
    this.#tokenDirectory ??= await mkdtemp(path.join(os.tmpdir(), 'powervm-simulator-'));
    const file = path.join(this.#tokenDirectory, `session-${this.#tokens.size}-${randomBytes(4).toString('hex')}`);
    await writeFile(file, `${token}\n`, { mode: 0o600 });
    return file;
  }

  #response(session: string): SimulatedResponse {
    return {
      status: 200,
      headers: {
        'content-type': 'application/vnd.ibm.powervm.web+xml; type=LogonResponse',
        ...(this.#isNovaLink ? { 'x-mc-type': 'PVM' } : {}),
      },
      body: `<?xml version="1.0" encoding="UTF-8" standalone="yes"?><LogonResponse xmlns="${NAMESPACE}" schemaVersion="V1_0"><Metadata><Atom/></Metadata>${session}</LogonResponse>`,
    };
  }
}

function element(body: string, name: string): string {
  const text = new RegExp(`<(?:\\w+:)?${name}[^>]*>([^<]*)</`).exec(body)?.[1] ?? '';
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

function isSame(given: string, expected: string): boolean {
  const [left, right] = [Buffer.from(given), Buffer.from(expected)];
  return left.length === right.length && timingSafeEqual(left, right);
}
