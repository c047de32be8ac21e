import { findSecrets } from './secret-encodings.ts';

const REDACTED = '[redacted]';

/**
 * A password, token or key. It shows itself as `[redacted]` wherever it is printed, logged, inspected or serialised;
 * only {@link reveal} gives the text, and only the code that sends it calls that.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  /** The secret itself. Call it where it goes onto the wire and nowhere else. */
  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return REDACTED;
  }

  toJSON(): string {
    return REDACTED;
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return REDACTED;
  }
}

/** A text from another party without our secrets in any encoding: servers often repeat what they were sent. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  let remaining = '';
  let at = 0;
  for (const [start, end] of findSecrets(text, secrets)) {
    remaining += text.slice(at, start) + REDACTED;
    at = end;
  }
  return remaining + text.slice(at);
}

/**
 * Replaces the user information of a URL, the query values whose names promise a secret, and parts of a path that look like a
 * token, as some gateways have them. A list of hosts, as message
 * brokers have it, is no URL to Node: of `rabbit://user:password@one,user:password@two/vhost` only the places are left.
 */
export function redactUrl(text: string): string {
  const authority = /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(text)?.[1];
  if (authority?.includes(',') || !URL.canParse(text)) {
    return text.replaceAll(/(?<=:\/\/|,)[^,/?#]*@/g, 'redacted:redacted@');
  }
  const url = new URL(text);
  if (url.username !== '' || url.password !== '') {
    url.username = url.username === '' ? '' : 'redacted';
    url.password = url.password === '' ? '' : 'redacted';
  }
  for (const name of [...url.searchParams.keys()]) {
    if (/pass|secret|token|key|credential/i.test(name)) url.searchParams.set(name, 'redacted');
  }
  if (url.protocol !== 'file:') {
    url.pathname = url.pathname
      .split('/')
      .map((part) => (looksLikeToken(part) ? 'redacted' : part))
      .join('/');
  }
  return url.href;
}

/** Long, of letters and digits: no word that says where something is. */
function looksLikeToken(part: string): boolean {
  return part.length >= 16 && /\d/.test(part) && /[a-z]/i.test(part);
}
