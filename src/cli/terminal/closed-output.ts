import { exitCodes } from './exit-code.ts';

/** A reader that has seen enough, such as `head`, is no failure of a program that only prints. */
let whenClosed: () => void = () => process.exit(exitCodes.done);

/** Detects that standard output was closed. To be called once, at its start. */
export function watchOutput(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    whenClosed();
  });
}

/** For a program that has more to do than to print: `action` is called instead of ending at once. */
export function onClosedOutput(action: () => void): void {
  whenClosed = action;
}
