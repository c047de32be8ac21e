import { expect, test } from 'vitest';
import { partitionPredicate, systemPredicate } from '../../src/collector/index.ts';

const system = {
  id: '1a2b3c4d-0000-4000-8000-00000000000a',
  name: 'prod-1',
  mtms: '9009-42A*ZZ1',
  machineType: undefined,
  model: undefined,
  serialNumber: undefined,
  state: 'operating',
  firmwareVersion: undefined,
};
const partition = {
  id: '2a2b3c4d-0000-4000-8000-00000000000b',
  name: 'db1',
  type: 'aix_linux',
  state: 'Not Activated',
  system,
};

test.each([
  [{ name: '^prod' }, true],
  [{ mtms: '^9009-42A' }, true],
  [{ id: '^1A2B3C4D-' }, true],
  [{ state: '^operating$' }, true],
  [{ state: 'standby' }, false],
  ['prod', true],
  ['^od', false],
] as const)('a system is included and excluded by %j: %s', (filter, matches) => {
  expect(systemPredicate({ include: [filter], exclude: [] })(system)).toBe(matches);
  expect(systemPredicate({ include: [], exclude: [filter] })(system)).toBe(!matches);
});

test.each([
  [{ name: '^db\\d$' }, true],
  [{ mtms: 'ZZ1$' }, true],
  [{ id: '2A2B' }, true],
  [{ type: '^aix' }, true],
  [{ type: 'vios' }, false],
  [{ state: 'Not Activated', name: 'db' }, true],
  [{ state: 'Not Activated', name: 'web' }, false],
  ['db', true],
] as const)('a partition is included and excluded by %j: %s', (filter, matches) => {
  expect(partitionPredicate({ include: [filter], exclude: [] })(partition)).toBe(matches);
  expect(partitionPredicate({ include: [], exclude: [filter] })(partition)).toBe(!matches);
});

test('unknown values match nothing', () => {
  const silent = { ...partition, state: undefined };
  expect(partitionPredicate({ include: [{ state: '' }], exclude: [] })(silent)).toBe(false);
  expect(partitionPredicate({ include: [], exclude: [{ state: '' }] })(silent)).toBe(true);
});
