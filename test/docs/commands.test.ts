import { spawn } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseConfig } from '../../src/collector/index.ts';
import { PowerVmSimulator } from '../../src/simulator/index.ts';
import { OtlpSink } from '../helpers/otlp-sink/index.ts';
import { configurationsOf } from './configurations.ts';
import { commandsOf, documentationPages, root } from './pages.ts';

/** Commands of the pages that are not run here, and why. A command that is neither run nor listed fails. */
const notRun: readonly (readonly [command: RegExp, reason: string])[] = [
  [/^export /, 'the next commands get it'],
  [/^npm (ci|start|test|run build)$/, 'the test runs in a built clone; npm start is demo'],
  [
    /^npm (install|pack|run bench:|run proof:|run generate|run package:linux)/,
    'npm run test:package installs and makes packages; benches and proofs are long',
  ],
  [
    /^(install|systemctl|journalctl|useradd|systemd-run|apt|dnf|dpkg|rpm) /,
    'would change the machine; test/examples.test.ts looks at the unit',
  ],
  [/^(apt-get install|ssh-keyscan) /, 'prepares a machine for the automation server'],
  [/^npm run automation /, 'npm run test:automation starts it with a real Gerrit'],
  [/^podman /, 'no container engine here'],
  [/^openssl s_client /, 'needs a real console; test/rest/ pins certificates'],
  [/^(openstack|tar|curl) /, 'not ours'],
];

const ours = /^(otel-powervm|node dist\/cli\/main\.js) /;
const main = path.join(root, 'dist/cli/main.js');
const PASSWORD = 'a-password-of-the-test';
const BUNDLE = '{"bundle":"otel-powervm","version":1,"console":"hmc","recorded_at":"2026-03-04T12:00:10Z"}\n';

/** What continues until it is stopped, and what it says when it works. */
const endless: readonly (readonly [verb: RegExp, sign: string])[] = [
  [/^run /, '"msg":"ready"'],
  [/^simulate\b/, '"event":"listening"'],
  [/^demo\b(?!.*--duration)/, 'prod-db1'],
];

const pages = documentationPages();
const directory = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-docs-'));
const hmc = new PowerVmSimulator({ username: 'monitor', password: PASSWORD, tls: true, lpars: 4, consoles: [{}, {}] });
const novalink = new PowerVmSimulator({ console: 'novalink', username: 'monitor', password: PASSWORD, lpars: 4 });
let sink: OtlpSink;

beforeAll(async () => {
  if (!existsSync(main)) throw new Error('dist is missing: npm run build');
  await Promise.all([hmc.start(), novalink.start()]);
  sink = await OtlpSink.start();
  mkdirSync(path.join(directory, 'etc'));
  for (const name of ['hmc1', 'hmc2']) {
    copyFileSync(certificateFile(), path.join(directory, 'etc', `${name}.pem`));
    writeFileSync(path.join(directory, 'etc', `${name}.password`), `${PASSWORD}\n`);
    writeFileSync(path.join(directory, 'etc', 'hmc-password'), `${PASSWORD}\n`);
  }
  copyFileSync(certificateFile(), path.join(directory, 'etc/cloud-ca.pem'));
  copyFileSync(certificateFile(), path.join(directory, 'hmc1.pem'));
  writeFileSync(path.join(directory, 'bundle.jsonl'), BUNDLE);
});

afterAll(async () => {
  await Promise.all([hmc.stop(), novalink.stop(), sink.stop()]);
  rmSync(directory, { recursive: true });
});

function certificateFile(): string {
  if (hmc.caFile === undefined) throw new Error('the simulator has no certificate');
  return hmc.caFile;
}

function fingerprint(): string {
  const { raw } = new X509Certificate(readFileSync(certificateFile()));
  return createHash('sha256').update(raw).digest('hex');
}

/** The places that the pages name, as they are here; every other address is our own OTLP receiver. */
function atHome(text: string): string {
  const [first = '', second = ''] = hmc.consoles.map(({ url }) => url);
  return text
    .replaceAll('https://hmc1.example.com', first)
    .replaceAll('https://hmc2.example.com', second)
    .replaceAll('http://localhost:12080', novalink.url)
    .replace(/https?:\/\/(?!127\.0\.0\.1)[\w.-]+(:\d+)?/g, sink.url)
    .replace(/([0-9A-F]{2}:){31}[0-9A-F]{2}/g, fingerprint())
    .replaceAll('/etc/otel-powervm', path.join(directory, 'etc'))
    .replaceAll('/var/lib/otel-powervm', path.join(directory, 'var'))
    .replace(/(?<= )examples\//g, `${path.join(root, 'examples')}/`);
}

interface Finished {
  readonly code: number | null;
  readonly output: string;
}

async function run(args: readonly string[], sign: string | undefined): Promise<Finished> {
  if (args[0] === 'record') rmSync(path.join(directory, 'bundle.jsonl'));
  const environment = { PATH: process.env.PATH, HOME: directory, OTEL_POWERVM_PASSWORD: PASSWORD };
  const child = spawn(process.execPath, [main, ...args], { cwd: directory, env: environment });
  let output = '';
  let isTold = false;
  const add = (chunk: Buffer) => {
    output += chunk;
    if (isTold || sign === undefined || !output.includes(sign)) return;
    // Once: a second signal ends it at once and without order.
    isTold = true;
    child.kill('SIGTERM');
  };
  child.stdout.on('data', add);
  child.stderr.on('data', add);
  const [code] = await once(child, 'close');
  return { code, output };
}

test('every command is run here, or there is a reason why not', () => {
  const unknown = pages.flatMap(({ blocks }) =>
    blocks
      .filter(({ language }) => language === 'sh')
      .flatMap((block) => commandsOf(block).map((command) => ({ command, place: block.place })))
      .filter(({ command }) => !ours.test(command) && !notRun.some(([pattern]) => pattern.test(command))),
  );
  expect(unknown).toEqual([]);
});

/** A broker's address has a form; everything else is any text. */
function exampleOf(variable: string): string {
  return variable === 'TRANSPORT_URL' ? 'rabbit://user:password@broker.example.com/' : 'a-value-from-the-environment';
}

/** What several pages have alike is run once. */
const seen = new Set<string>();

for (const page of pages) {
  const configurations = configurationsOf(page);
  const configuration = configurations.findLast(({ isWhole }) => isWhole)?.text;
  const commands = page.blocks
    .filter(({ language }) => language === 'sh')
    .flatMap(commandsOf)
    .filter((command) => ours.test(command))
    .filter((command) => isNew(command.replace(ours, '') + (command.includes('--config') ? configuration : '')));
  if (commands.length + configurations.length === 0) continue;

  describe(page.file, () => {
    for (const { place, isWhole, text } of configurations) {
      test(`the configuration at ${place} is valid${isWhole ? '' : ' when it is completed'}`, () => {
        const names = [...text.matchAll(/\$\{env:(\w+)/g)].map((match) => match[1] ?? '');
        const environment = Object.fromEntries(names.map((name) => [name, exampleOf(name)]));
        const here = text.replaceAll('/etc/otel-powervm', path.join(directory, 'etc'));
        expect(() => parseConfig(here, place, { environment, readFile: () => 'a-secret-in-a-file' })).not.toThrow();
      });
    }

    for (const command of commands) {
      test(command, async () => {
        const args = atHome(command.replace(ours, '').replace(/ > \S+$/, '')).split(' ');
        useConfiguration(configuration);
        const sign = endless.find(([verb]) => verb.test(args.join(' ')))?.[1];
        const { code, output } = await run(args, sign);
        expect({ code, output }).toEqual({ code: 0, output: expect.stringContaining(sign ?? '') });
      });
    }
  });
}

function isNew(command: string): boolean {
  if (seen.has(command)) return false;
  seen.add(command);
  return true;
}

/** The last whole configuration of the page is the file of its commands; without one it is the file of the package. */
function useConfiguration(text: string | undefined): void {
  const packaged = readFileSync(path.join(root, 'otel-config.yaml'), 'utf8');
  writeFileSync(path.join(directory, 'otel-config.yaml'), packaged);
  writeFileSync(path.join(directory, 'etc', 'otel-config.yaml'), text === undefined ? packaged : atHome(text));
}
