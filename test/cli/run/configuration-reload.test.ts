import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CollectorProcess } from '../../helpers/collector-process.ts';
import { afterThisTest, startSimulator } from '../../helpers/console.ts';
import { temporaryDirectory } from '../../helpers/temporary-directory.ts';

async function running(simulator: { url: string }) {
  const directory = await temporaryDirectory();
  const file = path.join(directory, 'config.yaml');
  const passwordFile = path.join(directory, 'password');
  const write = (exporter: string) =>
    writeFile(
      file,
      `
receivers: { powervm: { consoles: [{ endpoint: '${simulator.url}', username: hscroot, password_file: '${passwordFile}' }] } }
exporters: { ${exporter} }
service: { pipelines: { metrics: { receivers: [powervm], exporters: [debug] } } }`,
    );
  const writePassword = (password: string) => writeFile(passwordFile, `${password}\n`);
  return {
    write,
    writePassword,
    start: async () => {
      const collector = new CollectorProcess(file);
      afterThisTest(() => collector.end('SIGKILL'));
      await collector.says('ready');
      return collector;
    },
  };
}

test('SIGHUP reloads the file; an invalid one changes nothing and is logged', async () => {
  const simulator = await startSimulator();
  const files = await running(simulator);
  await files.writePassword(simulator.password);
  await files.write('debug: {}');
  const collector = await files.start();
  await files.write('debugg: {}');
  collector.child.kill('SIGHUP');
  await collector.says('the new configuration is not valid; going on with the one before');
  expect(collector.lines.at(-1)?.reason).toContain('debugg');
  // A name that every object has once ended the process.
  await files.write('debug: {}, constructor: {}');
  collector.child.kill('SIGHUP');
  await collector.says('the new configuration is not valid; going on with the one before', 2);
  expect(collector.lines.at(-1)?.reason).toContain('constructor');
  await files.write('debug: { verbosity: basic }');
  collector.child.kill('SIGHUP');
  await collector.says('ready', 2);
  expect(simulator.sessions).toMatchObject({ opened: 2, closed: 1, active: 1 });
  await collector.end('SIGTERM');
  expect(simulator.sessions).toMatchObject({ opened: 2, closed: 2, active: 0 });
  expect(collector.child.exitCode).toBe(0);
});

test('a console that refused the logon is retried only when its configuration changes', async () => {
  const simulator = await startSimulator();
  const files = await running(simulator);
  await files.writePassword('wrong');
  await files.write('debug: {}');
  const collector = await files.start();
  expect(simulator.sessions.refused).toBe(1);
  collector.child.kill('SIGHUP');
  await collector.says('the configuration has not changed');
  await files.write('debug: { verbosity: basic }');
  collector.child.kill('SIGHUP');
  await collector.says('ready', 2);
  expect(collector.lines.map(({ reason }) => String(reason)).join('\n')).toContain('refused this logon before');
  expect(simulator.sessions.refused).toBe(1);
  await files.writePassword(simulator.password);
  collector.child.kill('SIGHUP');
  await collector.says('ready', 3);
  expect(simulator.sessions).toMatchObject({ refused: 1, opened: 1 });
  await collector.end('SIGTERM');
  expect(simulator.sessions.active).toBe(0);
});
