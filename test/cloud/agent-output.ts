import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FoundSample } from './expected/compare.ts';
import { debianRelease } from './services/ceilometer-release.ts';
import { agentOutput } from './services/notification-agent.ts';
import { RabbitMq } from './services/rabbitmq.ts';
import type { CloudSettings } from './services/settings.ts';

/** A sample as Ceilometer's file publisher writes it. */
export interface PlainSample {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly volume: number;
  readonly user_id: string | null;
  readonly project_id: string | null;
  readonly resource_id: string;
  readonly timestamp: string;
  readonly resource_metadata: Readonly<Record<string, unknown>>;
}

/** Waits until the notification agent has written so many samples of these instances. */
export async function samplesFromAgent(
  settings: CloudSettings,
  isWanted: (sample: PlainSample) => boolean,
  count: number,
  { seconds = 120, release = debianRelease } = {},
): Promise<readonly PlainSample[]> {
  for (const deadline = Date.now() + seconds * 1000; ; await sleep(250)) {
    const text = await readFile(agentOutput(settings, release), 'utf8').catch(() => '');
    const samples = plainSamples(text).filter(isWanted);
    if (samples.length >= count || Date.now() > deadline) return samples;
  }
}

/** Waits until nothing was on its way to the agent, or on its desk, three times in a row. */
export async function agentIsDone(settings: CloudSettings): Promise<void> {
  const rabbitmq = new RabbitMq(settings);
  for (let idle = 0; idle < 3; ) {
    await sleep(300);
    const queues = await rabbitmq.control('list_queues', 'name', 'messages');
    idle = /^notifications\.sample\s+0$/m.test(queues) ? idle + 1 : 0;
  }
}

export function plainSamples(lines: string): readonly PlainSample[] {
  const complete = lines.slice(0, lines.lastIndexOf('\n') + 1);
  return complete
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

export function foundSample({ name, type, unit, volume, resource_id, timestamp }: PlainSample): FoundSample {
  return { name, type, unit, volume, resourceId: resource_id, time: Date.parse(`${timestamp}Z`) };
}
