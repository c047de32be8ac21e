/**
 * A text that steers no terminal. Names and messages come from consoles, and whoever names a partition could put control
 * characters into them, or marks that turn the direction of what follows.
 */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu, '?');
}
