import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { afterThisTest } from './console.ts';
import { freePort } from './free-port.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** Whether Debian's `etcd-server` is there. Tests that need it say so when they are skipped. */
export const hasEtcd = spawnSync('etcd', ['--version']).status === 0;
export const withoutEtcd = 'needs etcd: apt-get install etcd-server etcd-client';

export interface EtcdProcessOptions {
  /** More of its own options: TLS, quota. */
  readonly arguments?: readonly string[];
  readonly scheme?: 'http' | 'https';
}

/** One member of a real etcd, on loopback. It can be killed, stopped, and started again on the same data. */
export class EtcdProcess {
  readonly endpoint: string;
  readonly #arguments: readonly string[];
  #child: ChildProcess | undefined;

  constructor(endpoint: string, options: readonly string[]) {
    this.endpoint = endpoint;
    this.#arguments = options;
  }

  /** Resolves when it listens to clients. */
  async start(): Promise<void> {
    const child = spawn('etcd', [...this.#arguments], { stdio: ['ignore', 'ignore', 'pipe'] });
    this.#child = child;
    let said = '';
    child.stderr.on('data', (text) => {
      said = `${said}${text}`.slice(-4_000);
    });
    const { hostname, port } = new URL(this.endpoint);
    const { connect } = await import('node:net');
    for (;;) {
      if (child.exitCode !== null) throw new Error(`etcd ended: ${said}`);
      const isOpen = await new Promise<boolean>((resolve) => {
        const socket = connect(Number(port), hostname);
        socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
        socket.once('connect', () => socket.destroy());
      });
      if (isOpen) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  signal(signal: NodeJS.Signals): void {
    this.#child?.kill(signal);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    child.kill('SIGCONT');
    await exited;
  }
}

/** So many members of one cluster, started; they end with the test. */
export async function startEtcd(count = 1, options: EtcdProcessOptions = {}): Promise<readonly EtcdProcess[]> {
  const directory = await temporaryDirectory();
  const scheme = options.scheme ?? 'http';
  const places: { readonly name: string; readonly client: string; readonly peer: string }[] = [];
  for (let index = 0; index < count; index += 1) {
    const [client, peer] = [await freePort(), await freePort()];
    places.push({ name: `m${index}`, client: `${scheme}://127.0.0.1:${client}`, peer: `http://127.0.0.1:${peer}` });
  }
  const cluster = places.map(({ name, peer }) => `${name}=${peer}`).join(',');
  const members = places.map(
    ({ name, client, peer }) =>
      new EtcdProcess(client, [
        ...['--name', name, '--data-dir', path.join(directory, name), '--logger', 'zap', '--log-level', 'error'],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer, '--initial-cluster', cluster],
        ...(options.arguments ?? []),
      ]),
  );
  for (const member of members) afterThisTest(() => member.kill());
  await Promise.all(members.map((member) => member.start()));
  return members;
}
