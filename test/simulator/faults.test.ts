import { readFileSync } from 'node:fs';
import https from 'node:https';
import { describe, expect, test } from 'vitest';
import type { PowerVmSimulator, PowerVmSimulatorOptions, ScenarioOptions } from '../../src/simulator/index.ts';
import { onlySystem, startSimulator } from '../helpers/console.ts';
import { LOGON, linksOf, logOn, session } from './client.ts';

const NOON = Date.parse('2026-03-04T12:00:10Z');
const SYSTEMS = '/rest/api/uom/ManagedSystem/quick/All';

type Faults = ScenarioOptions['faults'];

/** A console whose clock a test moves. */
async function withFaults(faults: Faults, options: PowerVmSimulatorOptions = {}) {
  let now = NOON;
  const simulator = await startSimulator({ now: () => now, scenario: { faults }, ...options });
  return {
    simulator,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
  };
}

const feedPath = (simulator: PowerVmSimulator) =>
  `/rest/api/pcm/ManagedSystem/${onlySystem(simulator).id}/RawMetrics/LongTermMonitor`;

const newestPath = (simulator: PowerVmSimulator) =>
  `${feedPath(simulator)}/LTM_${onlySystem(simulator).mtms}_phyp_20260304T120000+0000.json`;

describe('responses', () => {
  test('come with the configured status, message and Retry-After, a configured number of times', async () => {
    const { simulator } = await withFaults([
      { requests: ['inventory'], status: 503, retry_after: 7, count: 2 },
      { requests: ['preferences'], status: 500, message: 'HSCL3205 busy' },
      { requests: ['document'], status: 404 },
    ]);
    const send = await session(simulator);
    const busy = await send(SYSTEMS);
    expect([busy.status, busy.headers.get('retry-after')]).toEqual([503, '7']);
    expect(await busy.text()).toContain('MC has just restarted');
    expect([(await send(SYSTEMS)).status, (await send(SYSTEMS)).status]).toEqual([503, 200]);
    const preferences = await send('/rest/api/pcm/preferences');
    expect([preferences.status, preferences.headers.get('retry-after')]).toEqual([500, null]);
    expect(await preferences.text()).toContain('<Message kb="ROR" kxe="false">HSCL3205 busy</Message>');
    const gone = await send(newestPath(simulator));
    expect([gone.status, await gone.text()]).toEqual([404, expect.stringContaining('SRVE0190E')]);
  });

  test('are faulty only while the fault is active', async () => {
    const { simulator, pass } = await withFaults([{ at: '1m', lasts: '1m', requests: ['feed'], status: 404 }]);
    const send = await session(simulator);
    const statuses: number[] = [];
    for (let minute = 0; minute < 3; minute += 1) {
      statuses.push((await send(feedPath(simulator))).status);
      pass(60_000);
    }
    expect(statuses).toEqual([200, 404, 200]);
  });

  test('are truncated, garbled, of another type, or incomplete', async () => {
    const cases: [NonNullable<Faults>[number], (text: string, type: string | null) => void][] = [
      [{ truncate: 0.5 }, (text) => expect(() => JSON.parse(text)).toThrow()],
      [{ garble: 0.05 }, (text) => expect(() => JSON.parse(text)).toThrow()],
      [{ content_type: 'text/html' }, (_, type) => expect(type).toBe('text/html')],
      [{ body: '<html>Sign in</html>' }, (text) => expect(text).toBe('<html>Sign in</html>')],
      [{ unfinished: true }, (text) => expect(() => JSON.parse(text)).toThrow()],
    ];
    for (const [fault, check] of cases) {
      const { simulator } = await withFaults([{ requests: ['document'], ...fault }]);
      const send = await session(simulator);
      const reply = await send(newestPath(simulator));
      check(await reply.text(), reply.headers.get('content-type'));
      const again = await (await send(newestPath(simulator))).text();
      if (fault.unfinished) expect(again).toBe(simulator.document(newestPath(simulator).split('/').at(-1) ?? ''));
    }
  });

  test('never come, stall half-way, or break off', async () => {
    const stop = (milliseconds = 300) => AbortSignal.timeout(milliseconds);
    const { simulator } = await withFaults([
      { requests: ['inventory'], stall: 'before' },
      { requests: ['feed'], stall: 'within' },
      { requests: ['preferences'], reset: 'before' },
      { requests: ['document'], reset: 'within' },
    ]);
    const send = await session(simulator);
    await expect(send(SYSTEMS, { signal: stop() })).rejects.toThrow('timeout');
    const stalled = await send(feedPath(simulator), { signal: stop(3_000) });
    expect(stalled.status).toBe(200);
    await expect(stalled.text()).rejects.toThrow('timeout');
    await expect(send('/rest/api/pcm/preferences')).rejects.toThrow('fetch failed');
    const broken = await send(newestPath(simulator));
    await expect(broken.text()).rejects.toThrow('terminated');
    expect(simulator.requestLog[0]?.statuses).toMatchObject({ none: 2 });
  });

  test('fail at random, reproducibly by seed', async () => {
    const outcomes = async (seed: string) => {
      const { simulator } = await withFaults(undefined, {
        seed,
        scenario: { chaos: [{ probability: 0.5, of: ['status', 'content_type'] }] },
      });
      const statuses: string[] = [];
      for (let count = 0; count < 30; count += 1) {
        const reply = await fetch(`${simulator.url}${SYSTEMS}`);
        statuses.push(`${reply.status} ${reply.headers.get('content-type')}`);
      }
      return statuses;
    };
    const first = await outcomes('a');
    expect(new Set(first).size).toBe(3);
    expect(await outcomes('a')).toEqual(first);
    expect(await outcomes('b')).not.toEqual(first);
  });
});

describe('the console', () => {
  test('is unreachable while it reboots, responds with 503 while warming up, and has lost its sessions', async () => {
    const { simulator, pass } = await withFaults([{ at: '1m', lasts: '8m', reboot: { warm_up: '2m' } }]);
    const send = await session(simulator);
    pass(60_000);
    await expect(send(SYSTEMS)).rejects.toThrow();
    await expect(send(SYSTEMS)).rejects.toThrow();
    pass(8 * 60_000);
    const warming = await send(SYSTEMS);
    expect(warming.status).toBe(503);
    expect(await warming.text()).toContain('MC has just restarted');
    pass(2 * 60_000);
    expect((await send(SYSTEMS)).status).toBe(401);
    expect((await (await session(simulator))(SYSTEMS)).status).toBe(200);
    const [reboot] = simulator.requestLog[0]?.reboots ?? [];
    expect(reboot).toMatchObject({ from: '2026-03-04T12:01:10.000Z', ready: '2026-03-04T12:11:10.000Z' });
    expect(reboot?.attempts.length).toBeGreaterThanOrEqual(3);
    expect(simulator.sessions).toEqual({ opened: 2, closed: 0, refused: 0, active: 1 });
  });

  test.each([
    ['kept', 60],
    ['lost', 40],
  ] as const)('has %s the samples of its reboot', async (samples, count) => {
    const { simulator, pass } = await withFaults([{ at: '1m', lasts: '10m', reboot: { samples } }]);
    pass(20 * 60_000);
    const send = await session(simulator);
    const links = linksOf(await (await send(feedPath(simulator))).text());
    expect(links.filter((link) => link.includes('_phyp_'))).toHaveLength(count);
  });

  test('may have its clock set: header, timestamps and names follow, and a name may repeat', async () => {
    const { simulator, pass } = await withFaults([{ at: '1m', clock_jump: '-30s' }]);
    pass(120_000);
    const send = await session(simulator);
    const reply = await send(feedPath(simulator));
    expect(reply.headers.get('date')).toBe('Wed, 04 Mar 2026 12:01:40 GMT');
    const names = linksOf(await reply.text())
      .filter((link) => link.includes('_phyp_'))
      .map((link) => link.slice(-16, -10))
      .sort();
    expect(names.slice(-4)).toEqual(['120030', '120100', '120100', '120130']);
    const { id, mtms } = onlySystem(simulator);
    const twice = simulator.documents(id, NOON, NOON + 120_000).filter(({ fileName }) => fileName.includes('T120100'));
    const phyp = twice.filter(({ category }) => category === 'phyp').map(({ text }) => text());
    expect(phyp).toHaveLength(2);
    expect(simulator.document(`LTM_${mtms}_phyp_20260304T120100+0000.json`)).toBe(phyp[1]);
  });

  test('may serve an old feed for a while, and then everything', async () => {
    const { simulator, pass } = await withFaults([{ at: '1m', lasts: '5m', stale_feed: true }]);
    const send = await session(simulator);
    const newest = async () =>
      linksOf(await (await send(`${feedPath(simulator)}?StartTS=2026-03-04T12:00:00Z`)).text()).filter((link) =>
        link.includes('_phyp_'),
      ).length;
    pass(60_000);
    expect(await newest()).toBe(2);
    pass(4 * 60_000);
    expect(await newest()).toBe(2);
    pass(60_000);
    expect(await newest()).toBe(12);
  });

  test('may lose its sessions and limit their number', async () => {
    const { simulator, pass } = await withFaults([{ at: '1m', expire_sessions: true }, { session_limit: 1 }]);
    const send = await session(simulator);
    expect((await logOn(simulator)).status).toBe(503);
    pass(60_000);
    expect((await send(SYSTEMS)).status).toBe(401);
    expect((await logOn(simulator)).status).toBe(200);
    expect(simulator.requestLog[0]?.sessions).toMatchObject({ hscroot: { opened: 2, greatestActive: 1 } });
  });

  test('may present an expired certificate', async () => {
    const { simulator, pass } = await withFaults([{ at: '1m', lasts: '1m', expired_certificate: true }], { tls: true });
    const ca = readFileSync(simulator.caFile ?? '');
    const outcome = () =>
      new Promise((resolve) => {
        https
          .get(`${simulator.url}${SYSTEMS}`, { ca, agent: false }, (reply) => {
            reply.resume();
            resolve(reply.statusCode);
          })
          .on('error', (error: NodeJS.ErrnoException) => resolve(error.code));
      });
    const outcomes: unknown[] = [];
    for (let minute = 0; minute < 3; minute += 1) {
      outcomes.push(await outcome());
      pass(60_000);
    }
    expect(outcomes).toEqual([401, 'CERT_HAS_EXPIRED', 401]);
  });
});

describe('two consoles', () => {
  test('manage the same systems with their own timestamps, sessions and faults', async () => {
    const { simulator } = await withFaults([{ console: 2, requests: ['preferences'], status: 500 }], {
      consoles: [{}, { clockOffset: 3_000 }],
    });
    const [one, two] = simulator.consoles;
    if (!one || !two) throw new Error('there are not two consoles');
    const read = async (console: typeof one) => {
      const send = await session(console);
      const links = linksOf(await (await send(feedPath(simulator))).text()).filter((link) => link.includes('_phyp_'));
      const newest = links.sort().at(-1) ?? '';
      const { utilSample } = JSON.parse(await (await send(newest)).text()).systemUtil;
      return { preferences: (await send('/rest/api/pcm/preferences')).status, utilSample };
    };
    const [first, second] = [await read(one), await read(two)];
    expect([first.preferences, second.preferences]).toEqual([200, 500]);
    expect(first.utilSample.timeStamp).toBe('2026-03-04T12:00:00+0000');
    expect(second.utilSample).toEqual({ ...first.utilSample, timeStamp: '2026-03-04T12:00:03+0000' });
    one.expireSessions();
    expect([one.sessions.active, two.sessions.active]).toEqual([0, 1]);
  });

  test('in separate processes share one estate with the same seed and start', async () => {
    const make = () => startSimulator({ seed: 'twins', now: () => NOON });
    const [one, two] = [await make(), await make()];
    const name = newestPath(one).split('/').at(-1) ?? '';
    expect(one.document(name)).toBe(two.document(name));
  });
});

describe('the request log', () => {
  test('counts requests, sessions and violations, and is served over HTTP', async () => {
    const { simulator } = await withFaults([{ requests: ['inventory'], latency: '100ms' }], { controlPort: 0 });
    const send = await session(simulator);
    await Promise.all([send(SYSTEMS), send(SYSTEMS), send(feedPath(simulator))]);
    await logOn(simulator, 'wrong');
    await logOn(simulator);
    await send(LOGON, { method: 'DELETE' });
    const { consoles } = JSON.parse(await (await fetch(simulator.controlUrl ?? '')).text());
    expect(consoles).toEqual(JSON.parse(JSON.stringify(simulator.requestLog)));
    expect(consoles).toMatchObject([
      {
        url: simulator.url,
        requests: { logon: 3, inventory: 2, feed: 1, logoff: 1 },
        statuses: { 200: 5, 401: 1, 204: 1 },
        greatestSimultaneous: 3,
        sessions: {
          hscroot: { opened: 2, closed: 1, active: 1, greatestActive: 2, refused: 1, logonsAfterRefusal: 1 },
        },
      },
    ]);
    expect((await fetch(new URL('/other', simulator.controlUrl))).status).toBe(404);
  });
});

describe('problems of the first ten minutes', () => {
  test('a wrong password is refused', async () => {
    const { simulator } = await withFaults(undefined, { fault: 'wrong-password' });
    expect((await logOn(simulator)).status).toBe(401);
  });

  test('a user without the role gets an error', async () => {
    const { simulator } = await withFaults(undefined, { fault: 'no-role' });
    const reply = await logOn(simulator);
    expect(reply.status).toBe(403);
    expect(await reply.text()).toContain('does not have the role authority to perform the request');
  });

  test('monitoring is off', async () => {
    const { simulator } = await withFaults(undefined, { fault: 'pcm-off' });
    const send = await session(simulator);
    expect(await (await send('/rest/api/pcm/preferences')).text()).toMatch(/LongTermMonitorEnabled[^>]*>false</);
    expect((await send(feedPath(simulator))).status).toBe(403);
  });

  test('the certificate is self-signed', async () => {
    const { simulator } = await withFaults(undefined, { fault: 'self-signed' });
    const reply = fetch(`${simulator.url}${SYSTEMS}`);
    await expect(reply).rejects.toMatchObject({ cause: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
  });

  test('the clock is an hour behind', async () => {
    const { simulator } = await withFaults(undefined, { fault: 'clock-off' });
    const reply = await (await session(simulator))(SYSTEMS);
    expect(Date.parse(reply.headers.get('date') ?? '')).toBe(NOON - 3_600_000);
  });

  test('the RMC connection of a VIOS is down, in every sample', async () => {
    const { simulator } = await withFaults(undefined, { fault: 'rmc-down' });
    const send = await session(simulator);
    const quick = JSON.parse(await (await send('/rest/api/uom/VirtualIOServer/quick/All')).text());
    expect(quick.map(({ RMCState }: { RMCState: string }) => RMCState)).toEqual(['inactive', 'active']);
    const links = linksOf(await (await send(feedPath(simulator))).text()).filter((link) => link.includes('_vios_1_'));
    for (const link of links.slice(0, 3)) expect(await (await send(link)).text()).toContain('"errId":"4005"');
  });

  test('the firmware is too old for quick JSON', async () => {
    const { simulator } = await withFaults(undefined, { fault: 'old-firmware' });
    const send = await session(simulator);
    expect([(await send(SYSTEMS)).status, (await send('/rest/api/uom/ManagedSystem')).status]).toEqual([404, 200]);
  });

  test('the console is restarting', async () => {
    const { simulator } = await withFaults(undefined, { fault: 'restarting' });
    expect((await logOn(simulator)).status).toBe(503);
  });
});
