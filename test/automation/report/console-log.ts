import { createWriteStream, type WriteStream } from 'node:fs';
import { stripVTControlCharacters } from 'node:util';
import { withoutSecrets } from '../../../src/base/secrets/secret.ts';

const MAX_LINE_LENGTH = 16_384;
/** Every control character but the tab. */
const CONTROL = /[^\P{Cc}\t]/gu;
/** What looks like a credential, whoever's it is. */
const CREDENTIAL =
  /((?:authorization|password|passwd|secret|token|api[-_]?key)["']?\s*[:=]\s*["']?(?:bearer |basic )?)[^\s"',;]{6,}/gi;

/** A line of a stranger as it may are in a log: no escape codes, no credentials, not endless. */
export function cleanLine(line: string, secrets: readonly string[]): string {
  const plain = stripVTControlCharacters(line.slice(0, MAX_LINE_LENGTH)).replace(CONTROL, '');
  return withoutSecrets(plain, secrets).replace(CREDENTIAL, '$1[redacted]');
}

/** `console.txt` of a run: every line with its time in UTC, up to a size. */
export class ConsoleLog {
  readonly #stream: WriteStream;
  readonly #secrets: readonly string[];
  #room: number;
  #rest = '';

  constructor(file: string, secrets: readonly string[], maxBytes: number) {
    this.#stream = createWriteStream(file, { mode: 0o644 });
    this.#stream.on('error', () => undefined);
    this.#secrets = secrets;
    this.#room = maxBytes;
  }

  /** Text as it comes, whole lines or not. */
  write(text: string): void {
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = (lines.pop() ?? '').slice(0, MAX_LINE_LENGTH);
    for (const line of lines) this.#line(line);
  }

  /** A line of our own. */
  say(line: string): void {
    if (this.#rest !== '') this.write('\n');
    this.#line(`# ${line}`);
  }

  async close(): Promise<void> {
    if (this.#rest !== '') this.write('\n');
    await new Promise<void>((resolve) => this.#stream.end(resolve));
  }

  #line(line: string): void {
    if (this.#room <= 0) return;
    const text = `${new Date().toISOString()} | ${cleanLine(line, this.#secrets)}\n`;
    this.#room -= Buffer.byteLength(text);
    this.#stream.write(this.#room > 0 ? text : 'the rest is left out: the log has reached its limit\n');
  }
}
