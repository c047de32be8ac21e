import { createCipheriv, createDecipheriv, hkdfSync, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import { z } from 'zod';
import type { Logger } from '../base/logger.ts';
import { Secret } from '../base/secrets/secret.ts';
import { parseJson } from '../base/text/json.ts';
import type { Change } from '../etcd/index.ts';
import type { Credentials, SessionStore, StoredSession } from '../rest/session/session-store.ts';
import type { Fleet } from './fleet.ts';

const ALGORITHM = 'aes-256-gcm';
/** Milliseconds for which no member sends again what was refused. Consoles count refusals over less. */
const REFUSAL_HOLDS = 3_600_000;

const derive = promisify<string, string, number, Buffer>(scrypt);

const record = z.object({ member: z.string(), sealed: z.string().optional() });
const refusalRecord = z.object({ member: z.string(), at: z.number(), salt: z.string(), digest: z.string() });
const open = z.object({ token: z.string(), username: z.string().optional() });
const content = open.extend({ type: z.enum(['hmc', 'novalink']), ending: open.optional() });

/**
 * Where the session of each console of a fleet is written down, so that the next owner ends what the one before left open.
 * The token is a credential: it is encrypted with a key that all members have, or not kept at all.
 */
export class FleetSessionStore implements SessionStore {
  readonly #fleet: Fleet;
  readonly #groupOf: (console: string) => string | undefined;
  readonly #key: Buffer | undefined;
  readonly #logger: Logger;

  /** @param secret shared by all members; undefined: only that there is a session is written down */
  constructor(
    fleet: Fleet,
    groupOf: (console: string) => string | undefined,
    secret: Secret | undefined,
    logger: Logger,
  ) {
    this.#fleet = fleet;
    this.#groupOf = groupOf;
    this.#key =
      secret === undefined
        ? undefined
        : Buffer.from(hkdfSync('sha256', secret.reveal(), '', 'otel-powervm sessions', 32));
    this.#logger = logger;
  }

  async load(console: string): Promise<StoredSession | undefined> {
    const found = await this.#fleet.client.get(this.#fleet.keys.session(console));
    const known = found && record.safeParse(parseJson(found.value));
    if (!known?.success) return undefined;
    const { member, sealed } = known.data;
    const session = sealed === undefined ? undefined : this.#unseal(console, sealed);
    if (session) return session;
    this.#logger.warn(
      { console, member },
      sealed === undefined
        ? 'a session of another member may still be open on the console; with a session_key it would be ended'
        : 'a session of another member may still be open on the console: it was kept with another session_key',
    );
    return undefined;
  }

  async save(console: string, { token, username, type, ending }: StoredSession): Promise<void> {
    const beside = ending && { ending: { token: ending.token.reveal(), username: ending.username } };
    const text = JSON.stringify({ token: token.reveal(), username, type, ...beside });
    const value = JSON.stringify({ member: this.#fleet.name, sealed: this.#seal(console, text) });
    await this.#commit(
      console,
      { put: this.#fleet.keys.session(console), value },
      {
        remove: this.#fleet.keys.refusal(console),
      },
    );
  }

  async forget(console: string): Promise<void> {
    await this.#commit(console, { remove: this.#fleet.keys.session(console) });
  }

  async wasRefused(console: string, credentials: Credentials): Promise<boolean> {
    const found = await this.#fleet.client.get(this.#fleet.keys.refusal(console));
    const known = found && refusalRecord.safeParse(parseJson(found.value));
    if (!known?.success || this.#fleet.clock.now() - known.data.at > REFUSAL_HOLDS) return false;
    const { member, salt, digest } = known.data;
    const expected = Buffer.from(digest, 'base64');
    const actual = await this.#digest(credentials, salt);
    if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) return false;
    this.#logger.warn({ console, member }, 'the console has refused this user name and password to another member');
    return true;
  }

  async rememberRefusal(console: string, credentials: Credentials): Promise<void> {
    const salt = randomBytes(16).toString('base64');
    const digest = (await this.#digest(credentials, salt)).toString('base64');
    const value = JSON.stringify({ member: this.#fleet.name, at: this.#fleet.clock.now(), salt, digest });
    await this.#commit(console, { put: this.#fleet.keys.refusal(console), value });
  }

  /** Distinguishes one password from another, and is slow to guess it from. With a key there is nothing to guess without that. */
  #digest({ username, password }: Credentials, salt: string): Promise<Buffer> {
    const pepper = this.#key?.toString('base64') ?? '';
    return derive(JSON.stringify([username, password.reveal(), pepper]), salt, 32);
  }

  /** Of a console that is another's by now nothing is to be written. */
  async #commit(console: string, ...changes: readonly Change[]): Promise<void> {
    const group = this.#groupOf(console);
    const guard = group === undefined ? undefined : this.#fleet.guardOf(group);
    if (guard) await this.#fleet.client.commit([guard], changes);
  }

  #seal(console: string, text: string): string | undefined {
    if (!this.#key) return undefined;
    const nonce = randomBytes(12);
    const cipher = createCipheriv(ALGORITHM, this.#key, nonce).setAAD(Buffer.from(console));
    return Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()]).toString('base64');
  }

  #unseal(console: string, sealed: string): StoredSession | undefined {
    if (!this.#key) return undefined;
    try {
      const bytes = Buffer.from(sealed, 'base64');
      const decipher = createDecipheriv(ALGORITHM, this.#key, bytes.subarray(0, 12), { authTagLength: 16 });
      decipher.setAAD(Buffer.from(console)).setAuthTag(bytes.subarray(-16));
      const text = Buffer.concat([decipher.update(bytes.subarray(12, -16)), decipher.final()]).toString('utf8');
      const { token, username, type, ending } = content.parse(JSON.parse(text));
      return {
        token: new Secret(token),
        username,
        type,
        isForeign: true,
        ending: ending && { token: new Secret(ending.token), username: ending.username },
      };
    } catch {
      return undefined;
    }
  }
}
