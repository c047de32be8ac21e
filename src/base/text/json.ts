/**
 * For texts from elsewhere: of etcd, of a service, of a file that somebody may have edited. What they say is to be checked
 * by a schema.
 * @returns what the text says as JSON; `undefined` for one that is none
 */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
