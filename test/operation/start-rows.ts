import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '../helpers/free-port.ts';
import { powervm, silentServer } from './props.ts';
import { type Row, unreachable } from './row.ts';

const NOT_RUNNING = 'there is no process that could say it; that it is missing is what the alert is made of';

const over = {
  isOver: true,
  metric: { silentBecause: NOT_RUNNING, says: unreachable },
  health: { silentBecause: NOT_RUNNING, says: unreachable },
  page: { silentBecause: NOT_RUNNING, says: unreachable },
} as const;

/** What keeps a collector from starting: one that ran before does not come back. */
export const startRows: readonly Row[] = [
  {
    failure: 'a port that is taken',
    ...over,
    set: async (props) => ({
      receivers: await powervm(props),
      obstruct: async ({ metrics }) => void (await silentServer(props, Number(metrics.split(':')[1]))),
    }),
    log: /"severity":"error".*"code":"POWERVM_LISTEN_FAILED"|cannot listen on 127\.0\.0\.1:\d+: the port is in use/,
    // Whoever has the port now does not answer a scrape.
    metric: { silentBecause: NOT_RUNNING, says: unreachable },
    alert: /PowerVmCollectorGone/,
    doctor: /✗ exporter prometheus +cannot listen on 127\.0\.0\.1:\d+: the port is in use[\s\S]*exit 1$/,
  },
  {
    failure: 'a storage that another collector has',
    ...over,
    set: async (props) => {
      const state = path.join(props.directory, 'state');
      await mkdir(state);
      return {
        receivers: await powervm(props),
        extensions: { file_storage: `{ directory: '${state}' }` },
        obstruct: async (ports, file) => {
          // The same configuration on other ports: a second unit, or a container that was forgotten.
          let text = await readFile(file, 'utf8');
          for (const port of Object.values(ports)) text = text.replace(port, `127.0.0.1:${await freePort()}`);
          const copy = path.join(props.directory, 'other.yaml');
          await writeFile(copy, text);
          const main = path.join(import.meta.dirname, '../../dist/cli/main.js');
          const other = spawn(process.execPath, [main, 'run', '--config', copy], {
            stdio: ['ignore', 'ignore', 'pipe'],
          });
          props.afterwards(async () => {
            const ended = once(other, 'exit');
            other.kill('SIGKILL');
            await ended;
          });
          for await (const line of createInterface({ input: other.stderr })) if (line.includes('"msg":"ready"')) break;
          other.stderr.resume();
        },
      };
    },
    log: /POWERVM_STORAGE_IN_USE|is in use by another process/,
    alert: /PowerVmCollectorGone/,
    doctor: /extension file_storage .*a running collector holds it[\s\S]*exit 0$/,
  },
  {
    failure: 'nothing that is configured to be read',
    ...over,
    neverRan: true,
    set: async () => ({ receivers: '{ powervm: { consoles: [] } }' }),
    log: /POWERVM_CONFIG_INVALID|consoles/,
    alert: {
      silentBecause: 'Prometheus misses what it has known: this collector has never been there',
      says: /^none fires$/,
    },
    doctor: /consoles[\s\S]*exit 2$/,
  },
];

/** The control: what works is called well everywhere. */
export const healthyRow: Row = {
  failure: 'nothing at all',
  set: async (props) => ({ receivers: await powervm(props) }),
  log: /"msg":"ready"/,
  metric: /^powervm_receiver_up\{[^}]*\} 1$/m,
  alert: /^none fires$/,
  health: /^collector StatusOK$/m,
  page: /All is well/i,
  doctor: /All is well[\s\S]*exit 0$/,
};
