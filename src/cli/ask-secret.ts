import { StringDecoder } from 'node:string_decoder';

const ENTER = new Set(['\r', '\n']);
const BACKSPACE = new Set(['\b', '\u007f']);
/** Ctrl-C and Ctrl-D. */
const INTERRUPT = new Set(['\u0003', '\u0004']);
/** Ctrl-U takes back all that was typed. */
const KILL = '\u0015';

/**
 * Asks a person at the terminal for a secret, which is not shown while it is typed.
 * @returns undefined when the person gave up
 */
export function askSecret(question: string): Promise<string | undefined> {
  const { stdin, stderr } = process;
  stderr.write(question);
  stdin.setRawMode(true);
  const decoder = new StringDecoder('utf8');
  let typed: readonly string[] = [];
  return new Promise((resolve) => {
    const finish = (secret: string | undefined) => {
      stdin.setRawMode(false).off('data', read).off('end', giveUp).pause();
      stderr.write('\n');
      resolve(secret);
    };
    const giveUp = () => finish(undefined);
    const read = (chunk: Buffer) => {
      for (const character of decoder.write(chunk)) {
        if (ENTER.has(character)) return finish(typed.join(''));
        if (INTERRUPT.has(character)) return giveUp();
        if (character === KILL) typed = [];
        else if (BACKSPACE.has(character)) typed = typed.slice(0, -1);
        else typed = [...typed, character];
      }
    };
    stdin.on('data', read).on('end', giveUp).resume();
  });
}
