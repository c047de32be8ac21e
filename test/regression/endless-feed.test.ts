import { expect, test } from 'vitest';
import { emptyAssembly, newEntries } from '../../src/pcm/index.ts';
import { PowerVmReceiver } from '../../src/receiver/index.ts';
import { readPcmFeed } from '../../src/rest/formats/pcm-feed.ts';
import type { ConsoleClient, ManagedSystem, PcmFeedEntry } from '../../src/rest/index.ts';
import { hurriedClock } from '../helpers/console.ts';

/**
 * A feed of 85,000 entries whose documents failed held the event loop for a minute: each entry was looked for in the list
 * of those that had failed, and all of them were asked for.
 */
const NOW = Date.now();

const entries = (count: number, step: number): readonly PcmFeedEntry[] =>
  Array.from({ length: count }, (_, index) => {
    const category = (['phyp', 'vios', 'lpar', 'energy'] as const)[index % 4] ?? 'phyp';
    return {
      category,
      viosNumber: category === 'vios' ? index % 50 : undefined,
      listedAt: NOW - index * step,
      fileName: `${category}_${index}.json`,
      path: `/rest/api/pcm/${category}_${index}.json`,
    };
  });

function clientOf(listed: readonly PcmFeedEntry[], requested: string[]): ConsoleClient {
  const refused = () => Promise.reject(new Error('not here'));
  const system = { id: 'd0ca8a7c-5b6e-3f4e-8b1e-000000000001', name: 'frame', mtms: '8247-22L*1' } as ManagedSystem;
  return {
    endpoint: 'test',
    address: 'test',
    type: 'hmc',
    managedSystems: () => Promise.resolve([system]),
    partitions: refused,
    vioses: refused,
    clientNetworkAdapters: refused,
    sriovLogicalPorts: refused,
    pcmPreferences: refused,
    pcmLimits: refused,
    switchLongTermMonitor: refused,
    longTermMonitorFeed: () => Promise.resolve(listed),
    energyFeed: () => Promise.resolve([]),
    processedEnergyFeed: () => Promise.resolve([]),
    pcmDocument: ({ fileName }) => {
      requested.push(fileName);
      return refused();
    },
    logoff: () => Promise.resolve(),
  };
}

test('a feed of any length causes a bounded number of requests', async () => {
  const requested: string[] = [];
  const receiver = new PowerVmReceiver({ consoles: [clientOf(entries(85_000, 7), requested)], clock: hurriedClock });
  await receiver.refresh();
  await receiver.refresh();
  expect(requested.length).toBeGreaterThan(0);
  expect(requested.length).toBeLessThan(1_000);
});

test('only the newest entries of a feed are used', async () => {
  const listed = Array.from({ length: 30_000 }, (_, index) => {
    const time = new Date(NOW - index * 1_000).toISOString();
    return `<entry><updated>${time}</updated><category term="phyp"/><link type="application/json" href="/rest/api/pcm/${index}.json"/></entry>`;
  });
  const feed = await readPcmFeed(`<feed xmlns="http://www.w3.org/2005/Atom">${listed.join('')}</feed>`, 'test');
  expect(feed).toHaveLength(10_000);
  expect(feed.at(-1)?.path).toBe('/rest/api/pcm/0.json');
});

test('a download plan from a known instant is bounded', () => {
  const plan = newEntries(emptyAssembly('x'), entries(85_000, 7), { since: 0 });
  expect(plan.filter(({ category }) => category === 'phyp').length).toBeLessThanOrEqual(240);
});
