import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { expect, test } from 'vitest';
import { startSimulator } from '../helpers/console.ts';

/** Whoever may name a partition chooses a text that is shown on terminals. SECURITY.md counts on these tests. */

const main = path.join(import.meta.dirname, '../../dist/cli/main.js');
/** Clears the screen, sets its title, rings, starts a sequence in one byte, and turns the rest around. */
const HOSTILE_NAME = 'db\u001b[2J\u001b]0;pwned\u0007\u009b31m\u202ecod.exe\r\nfake line';

async function run(args: readonly string[], password: string): Promise<{ output: string; errors: string }> {
  const child = spawn(process.execPath, [main, ...args], {
    env: { PATH: process.env.PATH, OTEL_POWERVM_PASSWORD: password },
  });
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  await once(child, 'close');
  return { output, errors };
}

/** Everything but line breaks. */
const steering = /[\p{Cc}\u202e]/u;
const withoutLineBreaks = (text: string) => text.replaceAll('\n', '');

test('a table escapes a hostile name', async () => {
  const simulator = await startSimulator();
  const [name = ''] = simulator.systems[0]?.partitions.map((partition) => partition.name) ?? [];
  simulator.intercept = ({ path: requested }) => {
    const body = simulator.document(requested.split('/').at(-1) ?? '');
    return body === undefined ? undefined : { body: body.replaceAll(`"${name}"`, JSON.stringify(HOSTILE_NAME)) };
  };
  const connection = ['inspect', '--endpoint', simulator.url, '--username', simulator.username, '--format', 'table'];
  const { output } = await run(connection, simulator.password);
  expect(output).toContain('cod.exe');
  expect(withoutLineBreaks(output)).not.toMatch(steering);
});

test('an error escapes the text of a hostile console', async () => {
  const simulator = await startSimulator();
  simulator.intercept = () => ({ status: 500, body: HOSTILE_NAME });
  const connection = ['inspect', '--endpoint', simulator.url, '--username', simulator.username];
  const { errors } = await run(connection, simulator.password);
  expect(errors).toContain('cod.exe');
  expect(withoutLineBreaks(errors)).not.toMatch(steering);
});
