const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
/** The same but for line breaks, where they end lines of ours. */
const STEERING_IN_LINES = /(?!\n)[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/**
 * A text without terminal control characters. Names and messages come from consoles, and partition names could contain
 * control characters, or marks that turn the direction of what follows.
 */
export function printable(text: string): string {
  return text.replaceAll(STEERING, '?');
}

/**
 * The same JSON on lines that steer no terminal on which a log is looked at: what JSON leaves as it is among such
 * characters is written as an escape, so that nothing is lost.
 */
export function printableJson(lines: string): string {
  return lines.replaceAll(STEERING_IN_LINES, (character) => `\\${escapeOf(character)}`);
}

/** JSON of texts that people are shown as they are, on a page for example: each of them as {@link printable} has it. */
export function jsonOfPrintable(value: unknown): string {
  const json = JSON.stringify(value);
  if (json.search(STEERING) < 0 && !ESCAPED_CONTROL.test(json)) return json;
  return JSON.stringify(value, (_key, part: unknown) => (typeof part === 'string' ? printable(part) : part));
}

/** What JSON makes of control characters. A backslash before it may mean something else, which costs time only. */
const ESCAPED_CONTROL = /\\(?:[bfnrt]|u00[01])/;

/**
 * Lines in the text format of Prometheus, in whose labels control characters stand as the text of an escape: the format has
 * escapes for line breaks only, and who looks at the page in a terminal must not be steered by it.
 */
export function printableExposition(lines: string): string {
  return lines.replaceAll(STEERING_IN_LINES, (character) => `\\\\${escapeOf(character)}`);
}

function escapeOf(character: string): string {
  return `u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
