import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { type Answer, RefusedRequest } from './answer.ts';
import { leaf, refusal } from './atom-text.ts';

const NAMESPACE = 'http://www.ibm.com/xmlns/systems/power/firmware/web/mc/2012_10/';
export const LOGON_PATH = '/rest/api/web/Logon';

export interface SessionStatistics {
  readonly opened: number;
  readonly closed: number;
  /** Logons with a wrong user name or password. */
  readonly refused: number;
  readonly active: number;
}

/** Logon, logoff and who is logged on (powervm-rest-api.md 1.3 to 1.6). */
export class Sessions {
  readonly #username: string;
  readonly #password: string;
  readonly #isNovaLink: boolean;
  readonly #tokens = new Set<string>();
  #tokenDirectory: string | undefined;
  #opened = 0;
  #closed = 0;
  #refused = 0;

  constructor(username: string, password: string, isNovaLink: boolean) {
    this.#username = username;
    this.#password = password;
    this.#isNovaLink = isNovaLink;
  }

  get statistics(): SessionStatistics {
    return { opened: this.#opened, closed: this.#closed, refused: this.#refused, active: this.#tokens.size };
  }

  async logOn(body: string): Promise<Answer> {
    const wantsFile = /<GenerateX-API-SessionFile[^>]*>\s*true\s*</.test(body);
    if (wantsFile && this.#isNovaLink) {
      const file = await this.#writeTokenFile(this.#open());
      return this.#answer(leaf('X-API-SessionFile', file));
    }
    if (!isSame(element(body, 'UserID'), this.#username) || !isSame(element(body, 'Password'), this.#password)) {
      this.#refused += 1;
      return refusal(401, LOGON_PATH, 'The user name or password is not valid.', 'Invalid credentials');
    }
    const token = this.#open();
    // Wrapped over two lines, as IBM's own example is.
    return this.#answer(
      `<X-API-Session kb="ROR" kxe="false">\n${token.slice(0, 90)}\n${token.slice(90)}\n</X-API-Session>`,
    );
  }

  logOff(token: string | undefined): Answer {
    this.demand(token);
    this.#tokens.delete(token ?? '');
    this.#closed += 1;
    return { status: 204 };
  }

  /** @throws {RefusedRequest} 401 without a valid session */
  demand(token: string | undefined): void {
    if (token !== undefined && this.#tokens.has(token)) return;
    throw new RefusedRequest(refusal(401, LOGON_PATH, 'The session is not valid or has expired.', 'Session expired'));
  }

  /** Forgets every session, as a console does when their time is over. */
  expire(): void {
    this.#tokens.clear();
  }

  async removeTokenFiles(): Promise<void> {
    if (this.#tokenDirectory) await rm(this.#tokenDirectory, { recursive: true, force: true });
    this.#tokenDirectory = undefined;
  }

  #open(): string {
    const token = `${randomBytes(160).toString('base64url')}=`;
    this.#tokens.add(token);
    this.#opened += 1;
    return token;
  }

  async #writeTokenFile(token: string): Promise<string> {
    this.#tokenDirectory ??= await mkdtemp(path.join(os.tmpdir(), 'powervm-simulator-'));
    const file = path.join(this.#tokenDirectory, `session-${this.#opened}`);
    await writeFile(file, `${token}\n`, { mode: 0o600 });
    return file;
  }

  #answer(session: string): Answer {
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
