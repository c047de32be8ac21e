import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isUuid, normalizeUuid, partitionUuidOfInstance } from '../../../src/base/text/uuid.ts';

test('every spelling of a UUID is normalised', () => {
  fc.assert(
    fc.property(fc.uuid(), fc.boolean(), fc.boolean(), (uuid, upper, dashed) => {
      const spelled = dashed ? uuid : uuid.replaceAll('-', '');
      expect(normalizeUuid(upper ? spelled.toUpperCase() : spelled)).toBe(uuid);
      expect(isUuid(spelled)).toBe(true);
    }),
  );
});

test('text that is not a UUID is only trimmed and lower-cased', () => {
  expect(normalizeUuid(' vm_Inactive_RMC ')).toBe('vm_inactive_rmc');
  expect(isUuid('vm_inactive_rmc')).toBe(false);
});

test.each([
  ['989ff000-0000-4000-8000-000000000001', '189ff000-0000-4000-8000-000000000001'],
  ['BF3D399B-0000-4000-8000-000000000001', '3f3d399b-0000-4000-8000-000000000001'],
  ['189ff000-0000-4000-8000-000000000001', '189ff000-0000-4000-8000-000000000001'],
])('the instance %s runs on the partition %s', (instance, partition) => {
  expect(partitionUuidOfInstance(instance)).toBe(partition);
});
