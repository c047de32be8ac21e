import { describe, expect, test } from 'vitest';
import { PowerVmReceiver } from '../../../src/receiver/index.ts';
import type { SimulatedFault, SimulatedRequest } from '../../../src/simulator/index.ts';
import { afterThisTest, optionsFor, startSimulator } from '../../helpers/console.ts';

/** What was asked of a monitor's feed: how many minutes back, or everything. */
function windowsOf(requests: readonly SimulatedRequest[], monitor: string) {
  return requests
    .filter(({ path }) => path.endsWith(`/RawMetrics/${monitor}`))
    .map(({ query }) => {
      const start = query.get('StartTS');
      return start === null ? 'whole' : Math.round((Date.now() - Date.parse(start)) / 60_000);
    });
}

async function refreshOnce(reply?: (request: SimulatedRequest) => SimulatedFault | undefined) {
  const requests: SimulatedRequest[] = [];
  const simulator = await startSimulator({
    intercept: (request) => {
      requests.push(request);
      return reply?.(request);
    },
  });
  const receiver = new PowerVmReceiver({ consoles: [optionsFor(simulator)] });
  afterThisTest(() => receiver.stop());
  const { frames } = await receiver.refresh();
  const busy = frames[0]?.partitions.filter(({ processor }) => processor.consumed !== undefined).length;
  return { requests, busy, powered: frames[0]?.system.energy !== undefined };
}

const isFeed = ({ path }: SimulatedRequest) => /\/RawMetrics\/\w+$/.test(path);

describe('on first contact', () => {
  test('the last minutes of the feeds are enough', async () => {
    const { requests, busy, powered } = await refreshOnce();
    expect(windowsOf(requests, 'LongTermMonitor')).toEqual([5]);
    expect(windowsOf(requests, 'EnergyMonitor')).toEqual([5]);
    expect({ busy, powered }).toEqual({ busy: 7, powered: true });
  });

  test('the whole feed is requested when its end is empty', async () => {
    const stands = (request: SimulatedRequest) =>
      isFeed(request) && request.query.has('StartTS') ? { status: 204, body: '' } : undefined;
    const { requests, busy, powered } = await refreshOnce(stands);
    expect(windowsOf(requests, 'LongTermMonitor')).toEqual([5, 'whole']);
    expect({ busy, powered }).toEqual({ busy: 7, powered: true });
  });

  test('the whole feed is requested when the console time is unknown', async () => {
    const { requests, busy } = await refreshOnce(() => ({ headers: { date: 'yesterday' } }));
    expect(windowsOf(requests, 'LongTermMonitor')).toEqual(['whole']);
    expect(busy).toBe(7);
  });

  test('paused energy is searched in the whole feed once before it is reported missing', async () => {
    const pauses = ({ path, query }: SimulatedRequest) =>
      path.endsWith('/EnergyMonitor') && query.has('StartTS') ? { status: 204, body: '' } : undefined;
    const { requests } = await refreshOnce(pauses);
    expect(windowsOf(requests, 'LongTermMonitor')).toEqual([5]);
    expect(windowsOf(requests, 'EnergyMonitor')).toEqual([5, 'whole']);
  });
});
