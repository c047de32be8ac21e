const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text that steers no terminal. Names and messages come from consoles, and whoever names a partition could put control
 * characters into them, or marks that turn the direction of what follows.
 */
export function printable(text: string): string {
  return text.replaceAll(STEERING, '?');
}

/**
 * The same JSON on lines that steer no terminal on which a log is looked at: what JSON leaves as it is among such
 * characters is written as an escape, so that nothing is lost.
 */
export function printableJson(lines: string): string {
  return lines.replaceAll(STEERING, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
