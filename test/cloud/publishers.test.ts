import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, test } from 'vitest';
import { afterThisTest } from '../helpers/console.ts';
import { Delivery, MINUTE } from './delivery.ts';
import { expectTheSame, type FoundSample } from './expected/compare.ts';

describe('every sample of every instance is what the console served, as it comes out of', () => {
  test('file://', async () => {
    const directory = await mkdtemp(path.join(os.tmpdir(), 'otel-powervm-'));
    afterThisTest(() => rm(directory, { recursive: true }));
    const file = path.join(directory, 'samples.jsonl');
    const delivery = await Delivery.start(`{ publishers: ['file://${file}?json'], interval: 0s }`);
    await delivery.time.pass(5 * MINUTE);
    await delivery.collector.stop();
    expectTheSame(samplesIn(await readFile(file, 'utf8')), delivery.expected(0));
  });
});

interface PlainSample {
  readonly name: string;
  readonly type: string;
  readonly unit: string;
  readonly volume: number;
  readonly resource_id: string;
  readonly timestamp: string;
}

function samplesIn(lines: string): readonly FoundSample[] {
  return lines
    .trim()
    .split('\n')
    .map((line) => foundSample(JSON.parse(line)));
}

function foundSample({ name, type, unit, volume, resource_id, timestamp }: PlainSample): FoundSample {
  return { name, type, unit, volume, resourceId: resource_id, time: Date.parse(`${timestamp}Z`) };
}
