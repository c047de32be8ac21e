import path from 'node:path';
import { runCommand } from './services/command.ts';

/** @returns the numbers of the messages, one JSON text each, that Ceilometer's own function does not accept */
export async function refusedSignatures(messages: readonly string[], secret: string): Promise<readonly number[]> {
  const script = path.join(import.meta.dirname, 'verify_signatures.py');
  const { stdout } = await runCommand('python3', [script, secret], { input: messages.join('\n') });
  const verdict = JSON.parse(stdout);
  if (verdict.messages !== messages.length) throw new Error(`${verdict.messages} of ${messages.length} were looked at`);
  return verdict.refused;
}
