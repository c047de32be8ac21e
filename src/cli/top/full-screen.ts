import { emitKeypressEvents, type Key } from 'node:readline';
import type { ScreenSize } from './drawing/screen.ts';
import type { Keypress } from './view.ts';

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const HOME = '\u001b[H';
const CLEAR_LINE = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';

export interface FullScreenEvents {
  readonly onKey: (key: Keypress) => void;
  readonly onResize: () => void;
  /** The terminal is gone, or the process is asked to end. */
  readonly onEnd: () => void;
}

/**
 * The terminal as a picture: its other screen, no cursor, keys one by one. {@link close} gives it back as it was, and so
 * does the end of the process, however it comes.
 */
export class FullScreen {
  readonly #events: FullScreenEvents;
  readonly #onKeypress = (character: string | undefined, { name, ctrl = false }: Key) =>
    this.#events.onKey({ character, name, ctrl });
  readonly #onOutputError = () => this.#events.onEnd();
  #isOpen = false;

  constructor(events: FullScreenEvents) {
    this.#events = events;
  }

  get size(): ScreenSize & { readonly height: number } {
    return { width: process.stdout.columns || 80, height: process.stdout.rows || 24 };
  }

  open(): void {
    this.#isOpen = true;
    process.stdout.write(ENTER);
    process.stdout.on('resize', this.#events.onResize).on('error', this.#onOutputError);
    process.once('exit', this.#restore);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, this.#events.onEnd);
    emitKeypressEvents(process.stdin);
    process.stdin.setRawMode(true).on('keypress', this.#onKeypress).on('end', this.#events.onEnd).resume();
  }

  /** Every line is written over the one before and its rest cleared, so that nothing flickers. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return;
    const shown = lines.slice(0, this.size.height);
    process.stdout.write(`${HOME}${shown.map((line) => line + CLEAR_LINE).join('\r\n')}${CLEAR_BELOW}`);
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    process.stdin.setRawMode(false).off('keypress', this.#onKeypress).off('end', this.#events.onEnd).pause();
    process.stdout.off('resize', this.#events.onResize);
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, this.#events.onEnd);
    process.off('exit', this.#restore);
    this.#restore();
  }

  readonly #restore = () => {
    process.stdout.write(LEAVE);
  };
}
