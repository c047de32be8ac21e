import { writeFile } from 'node:fs/promises';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, test } from 'vitest';
import { CollectorProcess } from '../helpers/collector-process.ts';
import { afterThisTest, startSimulator } from '../helpers/console.ts';
import { freePort } from '../helpers/free-port.ts';
import { temporaryDirectory } from '../helpers/temporary-directory.ts';

/** Accepts connections and never says a word. */
async function silentServer(): Promise<{ readonly url: string; readonly reached: Promise<void> }> {
  const sockets = new Set<net.Socket>();
  let reach: () => void = () => undefined;
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    reach();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  afterThisTest(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, reached };
}

interface Parts {
  readonly console: string;
  readonly password?: string;
  readonly destination?: string;
  readonly extensions?: string;
}

async function configFile() {
  const file = path.join(await temporaryDirectory(), 'config.yaml');
  const write = ({ console, password = 'abc12345', destination, extensions }: Parts) =>
    writeFile(
      file,
      `
receivers: { powervm: { consoles: [{ endpoint: '${console}', username: hscroot, password: '${password}' }] } }
exporters: { ${destination === undefined ? 'debug: {}' : `otlp_http: { endpoint: '${destination}' }`} }
extensions: { ${extensions ?? ''} }
service:
  shutdown_timeout: 3s
  extensions: [${extensions === undefined ? '' : extensions.split(':')[0]}]
  pipelines: { metrics: { receivers: [powervm], exporters: [${destination === undefined ? 'debug' : 'otlp_http'}] } }`,
    );
  const start = () => {
    const collector = new CollectorProcess(file);
    afterThisTest(() => collector.end('SIGKILL'));
    return collector;
  };
  return { write, start };
}

/** That it ends by itself is the test: one that does not is killed by the time-out of the test. */
async function expectToEnd(collector: CollectorProcess): Promise<void> {
  await collector.end('SIGTERM');
  expect(collector.child.signalCode).toBeNull();
  expect(collector.messages().at(-1)).toBe('stopped');
  expect(collector.child.exitCode).toBe(0);
}

test('SIGTERM ends a collector that is still starting because its console does not respond', async () => {
  const files = await configFile();
  const silent = await silentServer();
  await files.write({ console: silent.url });
  const collector = files.start();
  await silent.reached;
  await expectToEnd(collector);
});

test('SIGTERM ends a collector that a reload gave an unresponsive console', async () => {
  const simulator = await startSimulator();
  const files = await configFile();
  await files.write({ console: simulator.url, password: simulator.password });
  const collector = files.start();
  await collector.says('ready');
  const silent = await silentServer();
  await files.write({ console: silent.url });
  collector.child.kill('SIGHUP');
  await silent.reached;
  await expectToEnd(collector);
  expect(simulator.sessions.active).toBe(0);
});

test('a reload of the valid file works while a console does not respond', async () => {
  const simulator = await startSimulator();
  const files = await configFile();
  await files.write({ console: simulator.url, password: simulator.password });
  const collector = files.start();
  await collector.says('ready');
  const silent = await silentServer();
  await files.write({ console: silent.url });
  collector.child.kill('SIGHUP');
  await silent.reached;
  await files.write({ console: simulator.url, password: simulator.password });
  collector.child.kill('SIGHUP');
  await collector.says('ready', 2);
  await expectToEnd(collector);
});

test('SIGTERM ends a collector whose destination accepts connections and never responds', async () => {
  const simulator = await startSimulator();
  const files = await configFile();
  const silent = await silentServer();
  await files.write({ console: simulator.url, password: simulator.password, destination: silent.url });
  const collector = files.start();
  await silent.reached;
  await expectToEnd(collector);
  expect(simulator.sessions.active).toBe(0);
});

test('a second signal ends the process at once', async () => {
  const files = await configFile();
  const simulator = await startSimulator();
  const silent = await silentServer();
  await files.write({ console: simulator.url, password: simulator.password, destination: silent.url });
  const collector = files.start();
  await silent.reached;
  collector.child.kill('SIGTERM');
  await collector.says('stopping');
  collector.child.kill('SIGTERM');
  await collector.exited;
  expect(collector.child.signalCode).toBe('SIGTERM');
});

test('a configuration that cannot start keeps the previous one, and the next SIGHUP retries it', async () => {
  const simulator = await startSimulator();
  const files = await configFile();
  await files.write({ console: simulator.url, password: simulator.password });
  const collector = files.start();
  await collector.says('ready');
  const occupied = net.createServer();
  const port = await freePort();
  await new Promise<void>((resolve) => occupied.listen(port, '127.0.0.1', resolve));
  await files.write({
    console: simulator.url,
    password: simulator.password,
    extensions: `health_check: { endpoint: '127.0.0.1:${port}' }`,
  });
  collector.child.kill('SIGHUP');
  await collector.says('the new configuration does not work; going on with the one before');
  await collector.says('ready', 2);
  await new Promise((resolve) => occupied.close(resolve));
  collector.child.kill('SIGHUP');
  await collector.says('ready', 3);
  expect((await fetch(`http://127.0.0.1:${port}/`)).status).toBe(200);
  await expectToEnd(collector);
});
