import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { partitionPredicate, systemPredicate } from '../../src/collector/filters.ts';

/**
 * Expressions come from the configuration, names from consoles, and whoever names a partition could make a backtracking
 * engine search for years. There is nothing to measure: a slow one runs into the time limit of the test.
 */

const catastrophic = ['(a+)+$', '^(a|aa)*b', '(x+x+)+y', '(.*)*\\d', '((a?){50}){19}b', '^(\\w+\\s?)*!'];
const hostileNames = ['a'.repeat(100_000), 'x'.repeat(100_000), `${'a '.repeat(50_000)}.`];

test.each(catastrophic)('%s processes hostile names in linear time', (expression) => {
  for (const name of hostileNames) {
    const facts = { id: name, name, mtms: name, state: name };
    const system = {
      ...facts,
      machineType: undefined,
      model: undefined,
      serialNumber: undefined,
      firmwareVersion: undefined,
    };
    expect(systemPredicate({ include: [expression], exclude: [{ name: expression }] })(system)).toBe(false);
    const partition = { ...facts, type: 'aix_linux' as const, system };
    const keeps = partitionPredicate({ include: [], exclude: [{ name: expression, state: expression }] });
    expect(keeps(partition)).toEqual(expect.any(Boolean));
  }
});

test('no configuration code builds a native RegExp from text', () => {
  const source = path.join(import.meta.dirname, '../../src');
  for (const room of ['collector', 'cli', 'metrics', 'receiver', 'openstack', 'ceilometer', 'otlp']) {
    for (const file of readdirSync(path.join(source, room), { recursive: true, encoding: 'utf8' })) {
      if (!file.endsWith('.ts')) continue;
      expect(readFileSync(path.join(source, room, file), 'utf8'), `${room}/${file}`).not.toMatch(/\bRegExp\(/);
    }
  }
});
