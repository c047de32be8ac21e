/**
 * The newest commit of this repository as a change of a real Gerrit, judged by the server with the suites of otel-powervm
 * (`npm ci && npm test`), and what it says there: npm run proof:automation [-- COMMIT]. With `-- COMMIT COMMAND` the command
 * takes the place of `npm test`.
 */
import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from '../helpers/free-port.ts';
import { CI_PASSWORD, GerritSite } from './gerrit/gerrit-site.ts';
import { GERRIT_JARS } from './gerrit/jars.ts';
import { ServerProcess } from './server-process.ts';

const PROJECT = 'otel-powervm';
const repository = path.join(import.meta.dirname, '../..');
const directory = mkdtempSync(path.join(os.tmpdir(), 'otel-powervm-automation-proof-'));
chmodSync(directory, 0o711);
const site = new GerritSite(GERRIT_JARS);
await site.create();
const port = await freePort();
writeFileSync(path.join(directory, 'password'), CI_PASSWORD);
const [, , commit = 'HEAD', command] = process.argv;
const suites =
  command === undefined
    ? ''
    : `suites: [{ name: one-command, prepare: npm ci --ignore-scripts, test: ${JSON.stringify(command)} }]`;
const file = path.join(directory, 'automation.yaml');
writeFileSync(
  file,
  `
name: PowerVM CI
contact: https://example.com/powervm-ci
state: ${directory}/state
listen: 127.0.0.1:${port}
public_url: http://127.0.0.1:${port}
attempts: 1
gerrit:
  url: ${site.url}
  ssh: ${site.ssh}
  ssh_host_key: ${site.hostKey}
  ssh_key_file: ${site.keyFile}
  user: voter
  password: \${file:${directory}/password}
  projects: [${PROJECT}]
${suites}
sandbox:
  first_uid: 64000
  memory_mib: 8192
  processes: 2048
  allow: ['registry.npmjs.org:443']
  environment: { NODE_EXTRA_CA_CERTS: /etc/ssl/certs/ca-certificates.crt }
`,
);
const server = new ServerProcess(file);
try {
  await server.start();
  const started = Date.now();
  const number = await site.pushCommit(PROJECT, repository, commit);
  let seen = await site.look(number);
  for (; seen.comments.length === 0; seen = await site.look(number)) await pause(2_000);
  process.stdout.write(`after ${Math.round((Date.now() - started) / 1000)} s:\n${seen.comments.join('\n')}\n`);
  process.stdout.write(`vote: ${seen.vote ?? 'none'}\n`);
  const logs = path.join(directory, 'state/logs');
  const kept = mkdtempSync(path.join(os.tmpdir(), 'automation-logs-'));
  cpSync(logs, kept, { recursive: true });
  for (const name of readdirSync(kept)) {
    const lines = readFileSync(path.join(kept, name, 'console.txt'), 'utf8')
      .trimEnd()
      .split('\n');
    process.stdout.write(`${name}: ${readdirSync(path.join(kept, name)).join(', ')}\n${lines.slice(-40).join('\n')}\n`);
  }
  process.stdout.write(`logs: ${kept}\n`);
  process.exitCode = seen.vote === 1 ? 0 : 1;
} finally {
  await server.end('SIGTERM');
  await site.stop();
  site.remove();
  rmSync(directory, { recursive: true, force: true });
}
