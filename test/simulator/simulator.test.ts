import { describe, expect, test } from 'vitest';
import { PowerVmSimulator } from '../../src/simulator/index.ts';
import { onlySystem, startSimulator } from '../helpers/console.ts';
import { LOGON, logOn, session } from './client.ts';

const NOON = Date.parse('2026-03-04T12:00:10Z');

function newestDocument(simulator: PowerVmSimulator, category: string) {
  const system = onlySystem(simulator);
  const text = simulator.document(`LTM_${system.mtms}_${category}_20260304T120000+0000.json`);
  if (text === undefined) throw new Error(`there is no ${category} document`);
  return JSON.parse(text);
}

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);

describe('the estate', () => {
  test('is the same for the same seed and time', () => {
    const make = () => new PowerVmSimulator({ seed: 'a', lpars: 4, now: () => NOON });
    expect(newestDocument(make(), 'phyp')).toEqual(newestDocument(make(), 'phyp'));
    const other = new PowerVmSimulator({ seed: 'b', lpars: 4, now: () => NOON });
    expect(onlySystem(other).id).not.toBe(onlySystem(make()).id);
  });

  test('has pools that use what their partitions use', () => {
    const simulator = new PowerVmSimulator({ lpars: 20, now: () => NOON });
    const { utilSample } = newestDocument(simulator, 'phyp').systemUtil;
    const members = [...utilSample.lparsUtil, ...utilSample.viosUtil];
    const used = (poolId: number) =>
      sum(
        members
          .filter(({ processor }) => processor.poolId === poolId)
          .map(({ processor }) => processor.utilizedCappedProcCycles + processor.utilizedUnCappedProcCycles),
      );
    for (const pool of utilSample.sharedProcessorPool) expect(pool.utilizedPoolCycles).toBe(used(pool.id));
    expect(utilSample.physicalProcessorPool.utilizedPoolCycles).toBe(used(0) + used(1) + used(2));
  });

  test('keeps capped partitions within their entitlement and donating ones within their processors', () => {
    const simulator = new PowerVmSimulator({ lpars: 40, now: () => NOON });
    for (const { processor } of newestDocument(simulator, 'phyp').systemUtil.utilSample.lparsUtil) {
      expect(processor.utilizedCappedProcCycles).toBeLessThanOrEqual(processor.entitledProcCycles);
      expect(processor.idleProcCycles).toBeLessThanOrEqual(processor.utilizedCappedProcCycles);
      if (processor.mode === 'cap') expect(processor.utilizedUnCappedProcCycles).toBe(0);
      if (processor.mode === 'share_idle_procs') {
        expect(processor.utilizedCappedProcCycles + processor.donatedProcCycles).toBe(processor.entitledProcCycles);
      }
    }
  });

  test('is idle at night and runs batch jobs at two', () => {
    const consumedAt = (hour: string) => {
      const now = Date.parse(`2026-03-04T${hour}:00:10Z`);
      const simulator = new PowerVmSimulator({ lpars: 20, now: () => now });
      const system = onlySystem(simulator);
      const name = (time: string) => `LTM_${system.mtms}_phyp_20260304T${time}+0000.json`;
      const cyclesAt = (time: string) => {
        const { lparsUtil } = JSON.parse(simulator.document(name(time)) ?? '').systemUtil.utilSample;
        return sum(
          lparsUtil.map(
            ({ processor }: { processor: Record<string, number> }) =>
              (processor.utilizedCappedProcCycles ?? 0) + (processor.utilizedUnCappedProcCycles ?? 0),
          ),
        );
      };
      const minute = Number(hour) - 1;
      return cyclesAt(`${hour}0000`) - cyclesAt(`${String(minute).padStart(2, '0')}5930`);
    };
    expect(consumedAt('15')).toBeGreaterThan(2 * consumedAt('05'));
    expect(consumedAt('03')).toBeGreaterThan(1.2 * consumedAt('05'));
  });

  test('writes WWPN pairs as 64-bit integers beyond double precision', () => {
    const simulator = new PowerVmSimulator({ lpars: 4, now: () => NOON });
    const text = simulator.document(`LTM_${onlySystem(simulator).mtms}_phyp_20260304T120000+0000.json`) ?? '';
    const pair = /"wwpnPair":\[(\d+),(\d+)\]/.exec(text);
    expect(BigInt(pair?.[2] ?? 0) - BigInt(pair?.[1] ?? 0)).toBe(1n);
    expect(Number(pair?.[1])).toBe(Number(pair?.[2]));
  });

  test('produces counters that never decrease', () => {
    let now = NOON;
    const simulator = new PowerVmSimulator({ lpars: 12, now: () => now });
    const counters = () => {
      const system = onlySystem(simulator);
      const stamp = new Date(Math.floor((now - 5_000) / 30_000) * 30_000)
        .toISOString()
        .slice(0, 19)
        .replaceAll(/[-:]/g, '');
      const text = simulator.document(`LTM_${system.mtms}_phyp_${stamp}+0000.json`) ?? '';
      return [...text.matchAll(/"(?:\w*Cycles|\w+Bytes|\w+Packets)":([\d.e+]+)/g)].map((match) => Number(match[1]));
    };
    for (let before = counters(), step = 0; step < 40; step += 1) {
      now += 30_000;
      const after = counters();
      expect(after.length).toBe(before.length);
      expect(after.every((value, index) => value >= (before[index] ?? 0))).toBe(true);
      before = after;
    }
  });
});

describe('the console', () => {
  test('serves nothing without a session', async () => {
    const simulator = await startSimulator();
    expect((await fetch(`${simulator.url}/rest/api/uom/ManagedSystem/quick/All`)).status).toBe(401);
    expect((await logOn(simulator, 'wrong')).status).toBe(401);
    expect(simulator.sessions).toMatchObject({ opened: 0, refused: 1 });
  });

  test('limits the size of request bodies', async () => {
    const simulator = await startSimulator();
    const chunk = Buffer.alloc(1024 * 1024, ' ');
    let sent = 0;
    const body = new ReadableStream({
      pull(controller) {
        sent += chunk.length;
        if (sent > 256 * chunk.length) controller.close();
        else controller.enqueue(chunk);
      },
    });
    const request: RequestInit & { duplex: 'half' } = { method: 'PUT', body, duplex: 'half' };
    const status = await fetch(`${simulator.url}/rest/api/web/Logon`, request).then(
      (reply) => reply.status,
      () => 'cut off',
    );
    expect([413, 'cut off']).toContain(status);
    expect(sent).toBeLessThan(64 * chunk.length);
  });

  test('logs off once', async () => {
    const simulator = await startSimulator();
    const send = await session(simulator);
    expect((await send(LOGON, { method: 'DELETE' })).status).toBe(204);
    expect((await send(LOGON, { method: 'DELETE' })).status).toBe(401);
    expect(simulator.sessions).toMatchObject({ opened: 1, closed: 1, active: 0 });
  });

  test('lists half an hour of samples unordered, filtered by StartTS', async () => {
    const simulator = await startSimulator({ now: () => NOON });
    const send = await session(simulator);
    const path = `/rest/api/pcm/ManagedSystem/${onlySystem(simulator).id}/RawMetrics/LongTermMonitor`;
    const times = async (query: string) =>
      [...(await (await send(path + query)).text()).matchAll(/<entry>.*?<updated>([^<]+)/g)].map(
        (match) => match[1] ?? '',
      );
    const all = await times('');
    expect(all.length).toBe(60 * 3);
    expect(all).not.toEqual([...all].sort());
    expect(new Set(await times('?StartTS=2026-03-04T11:59:30Z'))).toEqual(new Set(['2026-03-04T12:00:00.000Z']));
    expect((await send(`${path}?StartTS=2026-03-04T12:00:00Z`)).status).toBe(204);
    expect((await send(`${path}?StartTS=yesterday`)).status).toBe(400);
  });

  test('responds to an expired document with a servlet error page', async () => {
    const simulator = await startSimulator({ now: () => NOON });
    const send = await session(simulator);
    const { id, mtms } = onlySystem(simulator);
    const path = `/rest/api/pcm/ManagedSystem/${id}/RawMetrics/LongTermMonitor/LTM_${mtms}_phyp_20260101T000000+0000.json`;
    const reply = await send(path);
    expect(reply.status).toBe(404);
    expect(reply.headers.get('content-type')).toContain('text/html');
  });

  test('is as strict about media types, methods and stale preferences as a real one', async () => {
    const simulator = await startSimulator();
    const send = await session(simulator);
    const uom = { headers: { accept: 'application/vnd.ibm.powervm.uom+xml' } };
    expect((await send('/rest/api/uom/ManagedSystem/quick/All', uom)).status).toBe(406);
    expect((await send('/rest/api/uom/ManagedSystem', { headers: { 'x-hmc-schema-version': 'V1_0' } })).status).toBe(
      406,
    );
    expect((await send('/rest/api/uom/ManagedSystem', { method: 'POST', body: 'x' })).status).toBe(405);
    expect((await send('/rest/api/uom/Nothing')).status).toBe(404);
    const preferences = `/rest/api/pcm/ManagedSystem/${onlySystem(simulator).id}/preferences`;
    const stale = { method: 'POST', headers: { 'if-match': '1' }, body: '<ManagedSystemPcmPreference/>' };
    expect((await send(preferences, stale)).status).toBe(412);
  });

  test('responds with 304 to a known ETag and 403 for a disabled monitor', async () => {
    const simulator = await startSimulator({ longTermMonitor: false });
    const send = await session(simulator);
    const first = await send('/rest/api/uom/ManagedSystem');
    const again = await send('/rest/api/uom/ManagedSystem', {
      headers: { 'if-none-match': first.headers.get('etag') ?? '' },
    });
    expect(again.status).toBe(304);
    const feed = `/rest/api/pcm/ManagedSystem/${onlySystem(simulator).id}/RawMetrics/LongTermMonitor`;
    expect((await send(feed)).status).toBe(403);
  });

  test('injects the configured faults', async () => {
    const simulator = await startSimulator();
    simulator.intercept = ({ path }) =>
      path.includes('ManagedSystem') ? { status: 503, body: 'restarting' } : undefined;
    const send = await session(simulator);
    const reply = await send('/rest/api/uom/ManagedSystem');
    expect([reply.status, await reply.text()]).toEqual([503, 'restarting']);
    simulator.intercept = () => ({ breakConnection: true });
    await expect(send('/rest/api/uom/ManagedSystem')).rejects.toThrow();
  });
});
