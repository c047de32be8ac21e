import { describe, expect, test } from 'vitest';
import { examineFleet, examineMembers, Fleet } from '../../src/fleet/index.ts';
import { afterThisTest } from '../helpers/console.ts';
import { hasEtcd, startEtcd, withoutEtcd } from '../helpers/etcd.ts';
import { freePort } from '../helpers/free-port.ts';
import { RecordedLog } from '../helpers/recorded-log.ts';

function fleetAt(endpoints: readonly string[], name: string): Fleet {
  const etcd = { endpoints, timeout: 1_000 };
  const fleet = new Fleet({ etcd, prefix: 'test/', leaseTime: 5_000, name, logger: new RecordedLog() });
  afterThisTest(() => fleet.leave());
  return fleet;
}

describe.skipIf(!hasEtcd)(`what doctor finds of a fleet (skipped without etcd: ${withoutEtcd})`, () => {
  test('is each member of etcd, the rights, and the members with their clocks; nothing is changed', async () => {
    const endpoint = (await startEtcd())[0]?.endpoint ?? '';
    const away = `http://127.0.0.1:${await freePort()}`;
    const one = fleetAt([endpoint], 'one');
    one.join();
    const doctor = fleetAt([endpoint, away], 'two');
    const [etcd, members] = await Promise.all([examineFleet(doctor), examineMembers(doctor)]);
    expect(etcd.map(({ error }) => (error as { code?: string } | undefined)?.code)).toEqual([
      undefined,
      'POWERVM_ETCD_UNREACHABLE',
      undefined,
    ]);
    expect(etcd[0]?.text).toMatch(/^etcd 3\.\d+\.\d+ at .* answers/);
    expect(etcd[2]?.text).toBe('the prefix test/ may be read and written');
    expect(members).toEqual([{ text: 'member one reads 0 groups of consoles; its clock agrees with ours' }]);
    const { keys } = await one.client.list('test/');
    expect(keys.map(({ key }) => key).filter((key) => !key.endsWith('/one'))).toEqual([]);
  });

  test('is an etcd that is full', async () => {
    const [member] = await startEtcd(1, { arguments: ['--quota-backend-bytes', '200000'] });
    const fleet = fleetAt([member?.endpoint ?? ''], 'one');
    // It counts what it has on the disk now and then: some more fit in until it refuses one.
    let isFull = false;
    for (let index = 0; index < 500 && !isFull; index += 1) {
      const put = fleet.client.commit([], [{ put: `k${index}`, value: 'x'.repeat(40_000) }]);
      isFull = await put.then(
        () => false,
        () => true,
      );
    }
    expect(isFull).toBe(true);
    const found = await examineFleet(fleet);
    expect(found.map(({ error }) => (error as { code?: string } | undefined)?.code)).toContain('POWERVM_ETCD_NO_SPACE');
  });
});
