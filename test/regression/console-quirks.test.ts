import { describe, expect, test } from 'vitest';
import { connect, onlySystem, startSimulator } from '../helpers/console.ts';

// What real consoles do beside the documentation, each as a fault of the simulator.

async function withFaults(faults: readonly object[], options = {}) {
  const simulator = await startSimulator({ scenario: { faults: faults as never }, ...options });
  return { simulator, console: connect(simulator), id: onlySystem(simulator).id };
}

const FEED = '/RawMetrics/';

describe.each(['entry', 'bare', 'page'] as const)('an error response in the form %s', (form) => {
  test('is reported in the words of the console only', async () => {
    const message = 'Data cannot be retrieved from <vios1> & others';
    const { console, id } = await withFaults([{ path: 'VirtualIOServer', status: 500, message, form }]);
    const error: unknown = await console.vioses(id).catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      code: 'POWERVM_REQUEST_REJECTED',
      message: expect.stringContaining(form === 'page' ? 'Data cannot be retrieved' : message),
    });
    expect(String(error)).not.toMatch(/JSESSIONID|host=/);
    expect(await console.partitions(id)).toHaveLength(5);
  });

  test('of a lost session leads to a new one', async () => {
    const message = 'The session has expired, log on again';
    const { simulator, console, id } = await withFaults([{ path: FEED, status: 403, message, form, count: 1 }]);
    expect((await console.longTermMonitorFeed(id)).length).toBeGreaterThan(0);
    expect(simulator.sessions).toMatchObject({ opened: 2, active: 1 });
  });
});

test.each([
  { charset: 'latin1' },
  { charset: 'utf8' },
  { references: true, path: '/rest/api/uom' },
  { foreign_entries: true, path: FEED },
])('%j changes nothing of the values read', async (quirk) => {
  const scenario = [{ path: '/quick', status: 404 }];
  const usual = await withFaults(scenario);
  const odd = await withFaults([...scenario, quirk]);
  const names = async ({ console, id }: typeof usual) => [
    (await console.managedSystems()).map(({ name }) => name),
    (await console.partitions(id)).map(({ name }) => name),
    (await console.longTermMonitorFeed(id)).length > 0,
  ];
  expect(await names(odd)).toEqual(await names(usual));
});

test('an ETag that the console compares without ?group=None', async () => {
  const { console, id } = await withFaults([{ requests: ['preferences'], query: 'group=None', etag: '0' }], {
    longTermMonitor: false,
  });
  expect(await console.switchLongTermMonitor(id, true)).toMatchObject({ longTermMonitor: true });
});

test('406 with an HTML page at the logon is explained as remote access being off', async () => {
  const { console } = await withFaults([{ requests: ['logon'], status: 406, form: 'page' }]);
  await expect(console.managedSystems()).rejects.toMatchObject({ code: 'POWERVM_REMOTE_ACCESS_OFF' });
});

test('random faults may include these as well', async () => {
  const simulator = await startSimulator({
    scenario: { chaos: [{ probability: 1, of: ['charset', 'references', 'foreign_entries', 'etag'] }] },
  });
  expect(await connect(simulator).managedSystems()).toHaveLength(1);
});
