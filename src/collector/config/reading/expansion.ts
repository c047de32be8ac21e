/** Where `${env:…}` and `${file:…}` are looked up. */
export interface ExpansionSource {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** @throws when the file cannot be read */
  readonly readFile: (path: string) => string;
}

const REFERENCE = /\$\$|\$\{([^}]*)\}/g;

/**
 * Replaces `${env:NAME}`, `${env:NAME:-default}` and `${file:/path}`; `$$` stands for one `$`. A line break at the
 * end of a file is no part of its value.
 * @throws {Error} with a message for the operator
 */
export function expandText(text: string, { environment, readFile }: ExpansionSource): string {
  return text.replaceAll(REFERENCE, (_match, reference: string | undefined) => {
    if (reference === undefined) return '$';
    const [, scheme, rest = ''] = /^(\w+):(.*)$/s.exec(reference) ?? [];
    if (scheme === 'env') return expandVariable(rest, environment);
    if (scheme === 'file') {
      try {
        return readFile(rest).replace(/[\r\n]+$/, '');
      } catch {
        throw new Error(`the file ${rest} cannot be read`);
      }
    }
    // Not quoted: it may be the middle of a password with a $ in it.
    throw new Error('a reference is neither ${env:NAME} nor ${file:/path}; a plain $ is written $$');
  });
}

function expandVariable(reference: string, environment: ExpansionSource['environment']): string {
  const [, name = '', , fallback] = /^([^:]*)(:-(.*))?$/s.exec(reference) ?? [];
  if (!/^[A-Za-z_]\w*$/.test(name)) throw new Error('${env:…} does not name an environment variable');
  const value = environment[name];
  if (value !== undefined && !(value === '' && fallback !== undefined)) return value;
  if (fallback !== undefined) return fallback;
  throw new Error(`the environment variable ${name} is not set; \${env:${name}:-default} gives it a default`);
}
