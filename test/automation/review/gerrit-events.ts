import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Client, type ClientChannel } from 'ssh2';
import type { GerritConfiguration } from '../configuration.ts';

const KEEP_ALIVE_INTERVAL = 15_000;
const READY_TIMEOUT = 30_000;
/** No event of Gerrit is nearly as long. */
const MAX_LINE_BYTES = 4 * 1024 ** 2;
/** Those that may make a run necessary, or one that is in progress needless. */
const EVENTS = [
  'patchset-created',
  'comment-added',
  'change-restored',
  'change-abandoned',
  'change-merged',
  'wip-state-changed',
];

/**
 * One connection to `gerrit stream-events`, as long as it lasts: the id of every change that an event is about. What
 * happens while there is none is lost, so that whoever calls this asks by REST after each connect.
 * @throws when the connection cannot be made or breaks, or the host's key is not the configured one
 */
export async function* gerritEvents(
  { ssh, ssh_host_key: hostKey, ssh_key_file: keyFile, user }: GerritConfiguration,
  onConnected: () => void,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const [host = '', port = ''] = ssh.split(':');
  const client = new Client();
  const end = () => client.destroy();
  signal.addEventListener('abort', end, { once: true });
  const broken = new Promise<never>((_resolve, reject) => {
    // Stays until the end: a connection that breaks may say so twice.
    client.on('error', reject);
    client.once('close', () => reject(new Error('the connection is closed')));
  });
  broken.catch(() => undefined);
  try {
    client.connect({
      host,
      port: Number(port),
      username: user,
      privateKey: readFileSync(keyFile),
      hostVerifier: (key: Buffer) => fingerprint(key) === hostKey.replace(/=$/, ''),
      keepaliveInterval: KEEP_ALIVE_INTERVAL,
      keepaliveCountMax: 3,
      readyTimeout: READY_TIMEOUT,
    });
    await Promise.race([once(client, 'ready'), broken]);
    const channel = await Promise.race([
      execute(client, `gerrit stream-events ${EVENTS.map((name) => `-s ${name}`).join(' ')}`),
      broken,
    ]);
    onConnected();
    for await (const line of lines(channel)) {
      const id = changeOf(line);
      if (id !== undefined) yield id;
    }
    throw new Error('the stream of events ended');
  } finally {
    signal.removeEventListener('abort', end);
    client.destroy();
  }
}

/** `project~number` of an event; `undefined` for one without a change, or for what is no event. */
export function changeOf(line: string): string | undefined {
  try {
    const { change } = JSON.parse(line);
    const { project, number } = change ?? {};
    return typeof project === 'string' && Number.isSafeInteger(number) ? `${project}~${number}` : undefined;
  } catch {
    return undefined;
  }
}

function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`;
}

function execute(client: Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error ? reject(error) : resolve(channel)));
  });
}

async function* lines(channel: ClientChannel): AsyncGenerator<string> {
  let rest = '';
  let complaint = '';
  channel.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(0, 500);
  });
  channel.setEncoding('utf8');
  for await (const text of channel) {
    const parts = `${rest}${text}`.split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > MAX_LINE_BYTES) throw new Error('an event is too long');
    yield* parts;
  }
  if (complaint !== '') throw new Error(`Gerrit says: ${complaint.trim()}`);
}
