import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, inject, test } from 'vitest';
import { documentationPages, root } from '../docs/pages.ts';
import { Service } from './services/service.ts';

const settings = inject('cloud');
/** The suite runs in a built clone. */
const done = /^npm (ci|run build)$/gm;
/** What is to be seen after a while. */
const answers = /^openstack metric /;

test('who has only docs/openstack.md brings up a cloud and the product by copying its commands', async () => {
  const page = documentationPages().find(({ file }) => file === 'docs/openstack.md');
  const blocks = page?.blocks.filter(({ language }) => language === 'bash').map(({ text }) => text) ?? [];
  expect(blocks.map((commands) => answers.test(commands))).toEqual([false, false, false, true, false]);
  const script = path.join(settings.directory, 'documented-commands.sh');
  const lines = blocks.map((commands) =>
    answers.test(commands) ? untilThereIs(commands) : commands.replace(done, ''),
  );
  await writeFile(script, lines.join('\n'));
  // In the group that ends with the suite, whatever happens to it.
  const shell = new Service({
    name: 'documented-commands',
    directory: settings.directory,
    command: ['bash', '-e', script],
    environment: { PATH: process.env.PATH ?? '' },
    workingDirectory: root,
    isReady: async () => true,
  });
  const code = await shell.runToEnd();
  const output = shell.log();
  expect({ code, output }).toEqual({ code: 0, output: expect.stringMatching(/^\| name +\| web1 /m) });
  // The list of resources with the owner, and the table of measures.
  expect(output).toMatch(/^\| \S+ +\| instance +\| \S+ +\| \S+ +\| .* web1 /m);
  expect(output).toMatch(/^\| \S+T\S+ +\| +300\.0 \| +\d+(\.\d+)? \|$/m);
  expect(existsSync(path.join(root, 'cloud.env'))).toBe(false);
}, 900_000);

/** As someone who looks again and again, until the last command has an answer. */
function untilThereIs(commands: string): string {
  const lines = commands.trimEnd().split('\n');
  const last = lines.pop() ?? '';
  return `until ${last} 2>/dev/null | grep -q 300; do sleep 3; done\n${lines.join('\n')}\n${last}\n`;
}
