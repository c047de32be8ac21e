import { ConfigurationError } from '../errors/errors.ts';

/** Whether a text is a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons. */
export function isFingerprint(text: string): boolean {
  return /^[0-9a-f]{64}$/i.test(text.replaceAll(':', '').trim());
}

/**
 * As Node writes them: `AB:CD:…`.
 * @throws {ConfigurationError} `POWERVM_CONFIG_INVALID` for a text that is none
 */
export function fingerprints(texts: string | readonly string[]): readonly string[] {
  return [texts].flat().map((text) => {
    if (isFingerprint(text))
      return text
        .replaceAll(':', '')
        .trim()
        .toUpperCase()
        .replaceAll(/..(?=.)/g, '$&:');
    throw new ConfigurationError(
      'POWERVM_CONFIG_INVALID',
      `'${text}' is not a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons`,
    );
  });
}
