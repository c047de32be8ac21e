import type { LogFields, Logger } from '../../src/base/logger.ts';

export interface LogLine {
  readonly level: keyof Logger;
  readonly fields: LogFields;
  readonly message: string;
}

/** A logger that remembers, and the whole of it as text, to look for what must not be there. */
export class RecordedLog implements Logger {
  readonly lines: LogLine[] = [];

  debug = this.#recorder('debug');
  info = this.#recorder('info');
  warn = this.#recorder('warn');
  error = this.#recorder('error');

  at(level: keyof Logger): readonly LogLine[] {
    return this.lines.filter((line) => line.level === level);
  }

  get text(): string {
    return JSON.stringify(this.lines);
  }

  #recorder(level: keyof Logger) {
    return (fields: LogFields, message: string): void => {
      this.lines.push({ level, fields, message });
    };
  }
}
