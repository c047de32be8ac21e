import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Instance, InstanceList, instanceAttributes } from '../../../src/openstack/index.ts';
import { instanceWith } from '../../helpers/instances.ts';

const PARTITION = '5b1c8f7e-2f4d-4a67-9d0a-3c0d8e6f1a2b';
const WITH_TOP_BIT = 'db1c8f7e-2f4d-4a67-9d0a-3c0d8e6f1a2b';

function directoryOf(...ids: string[]): InstanceList {
  return new InstanceList(ids.map((id) => instanceWith(id)));
}

function idsOf(list: InstanceList, partition: string): readonly string[] {
  const match = list.match(partition);
  if (match.kind === 'instance') return [match.instance.id];
  return match.kind === 'ambiguous' ? match.candidates.map(({ id }) => id) : [];
}

describe('an instance and its partition', () => {
  test('share the UUID when its first digit is below 8', () => {
    expect(idsOf(directoryOf(PARTITION), PARTITION)).toEqual([PARTITION]);
  });

  test('share all but the top bit otherwise', () => {
    expect(idsOf(directoryOf(WITH_TOP_BIT), PARTITION)).toEqual([WITH_TOP_BIT]);
  });

  test('are not confused with others', () => {
    const list = directoryOf('4b1c8f7e-2f4d-4a67-9d0a-3c0d8e6f1a2b', '5b1c8f7e-2f4d-4a67-9d0a-3c0d8e6f1a2c');
    expect(list.match(PARTITION)).toEqual({ kind: 'none' });
    expect(directoryOf().match(PARTITION)).toEqual({ kind: 'none' });
  });

  test('are ambiguous when both UUIDs exist, and no guess is made', () => {
    const list = directoryOf(PARTITION, WITH_TOP_BIT);
    expect(list.match(PARTITION).kind).toBe('ambiguous');
    expect(idsOf(list, PARTITION)).toEqual([PARTITION, WITH_TOP_BIT]);
    expect(list.ambiguities.map((candidates) => candidates.map(({ id }) => id))).toEqual([[PARTITION, WITH_TOP_BIT]]);
  });

  test('are matched in any spelling of either', () => {
    const list = directoryOf(WITH_TOP_BIT.toUpperCase().replaceAll('-', ''));
    expect(list.match(PARTITION.toUpperCase()).kind).toBe('instance');
  });

  test('that is listed twice by overlapping pages is one instance', () => {
    const list = new InstanceList([instanceWith(PARTITION, { name: 'old' }), instanceWith(PARTITION, { name: 'new' })]);
    expect(list.instances.map(({ name }) => name)).toEqual(['new']);
    expect(list.match(PARTITION)).toMatchObject({ kind: 'instance', instance: { name: 'new' } });
  });

  test('property: whatever is listed, a partition is matched exactly with those whose UUID it may be', () => {
    // Few digits, so that candidates for the same partition do occur.
    const uuid = fc
      .tuple(fc.constantFrom(...'0123456789abcdef'), fc.constantFrom('1', '2'))
      .map(([first, last]) => `${first}b1c8f7e-2f4d-4a67-9d0a-3c0d8e6f1a2${last}`);
    fc.assert(
      fc.property(fc.uniqueArray(uuid, { maxLength: 20 }), uuid, (instanceIds, id) => {
        const partition = (Number.parseInt(id.charAt(0), 16) % 8).toString(16) + id.slice(1);
        const candidates = instanceIds.filter(
          (candidate) =>
            candidate.slice(1) === partition.slice(1) &&
            [0, 8].some((bit) => (Number.parseInt(partition.charAt(0), 16) + bit).toString(16) === candidate.charAt(0)),
        );
        const list = directoryOf(...instanceIds);
        expect([...idsOf(list, partition)].sort()).toEqual([...candidates].sort());
        expect(list.match(partition).kind).toBe(['none', 'instance', 'ambiguous'][candidates.length]);
      }),
    );
  });

  test('property: the order of the list does not matter', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 10 }), (ids) => {
        const partitions = ids.map((id) => (Number.parseInt(id.charAt(0), 16) & 7).toString(16) + id.slice(1));
        const [forwards, backwards] = [directoryOf(...ids), directoryOf(...ids.toReversed())];
        for (const partition of partitions) {
          expect([...idsOf(forwards, partition)].sort()).toEqual([...idsOf(backwards, partition)].sort());
        }
      }),
    );
  });
});

describe('attributes of an instance', () => {
  const attributesOf = (...instances: Instance[]) => instanceAttributes(new InstanceList(instances))({ id: PARTITION });

  test('name it, its project and its user', () => {
    expect(attributesOf(instanceWith(WITH_TOP_BIT))).toEqual({
      'openstack.instance.id': WITH_TOP_BIT,
      'openstack.instance.name': 'web-1',
      'openstack.project.id': '9c8b7a6d5e4f40312233445566778899',
      'openstack.user.id': '5f0d6a1e0b7c4c0c9f3c3f0e5a1b2c3d',
    });
  });

  test('omit an owner that Nova did not name', () => {
    expect(attributesOf(instanceWith(PARTITION, { projectId: undefined, userId: undefined }))).toEqual({
      'openstack.instance.id': PARTITION,
      'openstack.instance.name': 'web-1',
    });
  });

  test('are absent for a partition that is not an instance, or ambiguous', () => {
    expect(attributesOf()).toEqual({});
    expect(attributesOf(instanceWith(PARTITION), instanceWith(WITH_TOP_BIT))).toEqual({});
  });

  test('are the same object from sample to sample', () => {
    const of = instanceAttributes(directoryOf(PARTITION));
    expect(of({ id: PARTITION })).toBe(of({ id: PARTITION }));
  });
});
