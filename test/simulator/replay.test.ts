import { describe, expect, test } from 'vitest';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { PowerVmReplay, readBundle, ScenarioError } from '../../src/simulator/index.ts';
import { afterThisTest, hurriedClock, startSimulator } from '../helpers/console.ts';
import { logOn, session } from './client.ts';

const NOON = Date.parse('2026-03-04T12:00:10Z');
const HEADER = JSON.stringify({
  bundle: 'otel-powervm',
  version: 1,
  console: 'hmc',
  recorded_at: '2026-03-04T12:00:10Z',
});

const exchange = (path: string, body: string, status = 200, headers = {}) =>
  JSON.stringify({ method: 'GET', path, status, headers, body });

async function replay(...lines: string[]): Promise<PowerVmReplay> {
  const replayed = new PowerVmReplay(readBundle([HEADER, ...lines].join('\n'), 'bundle.jsonl'));
  await replayed.start();
  afterThisTest(() => replayed.stop());
  return replayed;
}

function receiverOf({ url, username, password }: { url: string; username: string; password: string }) {
  const receiver = new PowerVmReceiver({ consoles: [{ endpoint: url, username, password, clock: hurriedClock }] });
  afterThisTest(() => receiver.stop());
  return receiver;
}

describe('a bundle', () => {
  test('handles logons itself and serves everything else as recorded, for any time window', async () => {
    const path = '/rest/api/pcm/ManagedSystem/0e9b7f2c-0000-4000-8000-000000000000/RawMetrics/LongTermMonitor';
    const replayed = await replay(
      exchange(`${path}?StartTS=2026-03-04T11:00:00Z`, '<feed>old</feed>'),
      exchange(`${path}?StartTS=2026-03-04T12:00:00Z`, '<feed>new</feed>', 200, { ETag: '1', 'Content-Length': '3' }),
      exchange(`${path}?StartTS=2026-03-04T12:30:00Z`, '', 204),
      exchange(`/rest/api/pcm/x/ProcessedMetrics?Type=Energy`, 'energy'),
    );
    expect(replayed.systems).toEqual(['0e9b7f2c-0000-4000-8000-000000000000']);
    expect((await logOn(replayed, 'wrong')).status).toBe(401);
    expect((await fetch(`${replayed.url}${path}`)).status).toBe(401);
    const send = await session(replayed);
    const reply = await send(`${path}?StartTS=2027-01-01T00:00:00Z`);
    expect([await reply.text(), reply.headers.get('etag')]).toEqual(['<feed>new</feed>', '1']);
    expect(Math.abs(Date.parse(reply.headers.get('date') ?? '') - NOON)).toBeLessThan(60_000);
    expect((await send(path, { headers: { 'if-none-match': '1' } })).status).toBe(304);
    expect((await send('/rest/api/pcm/x/ProcessedMetrics')).status).toBe(404);
    expect(await (await send('/rest/api/pcm/x/ProcessedMetrics?Type=Energy&NoOfSamples=1')).text()).toBe('energy');
  });

  test('of a complete read reproduces it', async () => {
    const simulator = await startSimulator({ now: () => NOON });
    const first = await receiverOf(simulator).refresh();
    const send = await session(simulator);
    const lines: string[] = [];
    for (const { method, path } of [...simulator.requests]) {
      if (method !== 'GET') continue;
      const reply = await send(path);
      lines.push(exchange(path, await reply.text(), reply.status, Object.fromEntries(reply.headers)));
    }
    const second = await receiverOf(await replay(...lines)).refresh();
    expect(second.failures).toEqual([]);
    const numbers = ({ frames }: typeof first) =>
      frames.flatMap((frame) => frame.partitions.map(({ name, processor, disks }) => ({ name, processor, disks })));
    expect(numbers(second).length).toBeGreaterThan(5);
    expect(numbers(second)).toEqual(numbers(first));
  });

  test.each([
    ['', 'bundle.jsonl:1:1  the bundle is empty'],
    ['{"bundle":"other"}', 'bundle.jsonl:1:1  bundle: '],
    [`${HEADER}\n\nnonsense`, 'bundle.jsonl:3:1  '],
    [`${HEADER}\n{"method":"GET","path":"x","status":200}`, 'bundle.jsonl:2:1  path: '],
    [`${HEADER}\n{"method":"GET","path":"/rest/%zz","status":200}`, 'bundle.jsonl:2:1  path: '],
    [`${HEADER}\n{"method":"GET","path":"/","status":200,"headers":{"a b":"c"}}`, 'bundle.jsonl:2:1  headers.a b: '],
    [`${HEADER}\n{"method":"GET","path":"/","status":200,"headers":{"a":"\\u0001"}}`, 'bundle.jsonl:2:1  headers.a: '],
  ])('that is invalid is rejected with its line: %j', (text, problem) => {
    expect(() => readBundle(text, 'bundle.jsonl')).toThrow(ScenarioError);
    expect(() => readBundle(text, 'bundle.jsonl')).toThrow(problem);
  });
});
