/** Headers that everybody sends and that say nothing worth hiding. */
const OPEN_HEADERS = new Set(['content-type', 'content-encoding', 'user-agent']);
/** Shorter parts of a path are words such as `v1` and `metrics`. */
const MIN_PATH_SECRET_LENGTH = 12;

/**
 * Texts of a request that its response may repeat and no log may show: header values with and without their scheme,
 * what Basic authentication encodes, user information, query values, and path segments long enough to be a token.
 */
export function sentSecrets(url: string, headers: Readonly<Record<string, string>>): readonly string[] {
  const values = Object.entries(headers)
    .filter(([name]) => !OPEN_HEADERS.has(name.toLowerCase()))
    .flatMap(([, value]) => headerSecrets(value));
  return [...new Set([...values, ...urlSecrets(new URL(url))])]
    .filter((text) => text !== '')
    .sort((left, right) => right.length - left.length);
}

function headerSecrets(value: string): readonly string[] {
  const credentials = value.replace(/^\S+\s+/, '');
  const isBasic = /^basic\s/i.test(value);
  const [, password = ''] = isBasic ? splitOnce(Buffer.from(credentials, 'base64').toString('utf8')) : [];
  return [value, credentials, password];
}

function urlSecrets(url: URL): readonly string[] {
  const user = decoded(url.username);
  const password = decoded(url.password);
  const userInformation =
    user === '' && password === '' ? [] : [password, Buffer.from(`${user}:${password}`).toString('base64')];
  const segments = url.pathname.split('/').filter((segment) => segment.length >= MIN_PATH_SECRET_LENGTH);
  return [...userInformation, ...url.searchParams.values(), ...segments, ...segments.map(decoded)];
}

function splitOnce(text: string): readonly string[] {
  const colon = text.indexOf(':');
  return colon < 0 ? [text] : [text.slice(0, colon), text.slice(colon + 1)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
