import v8 from 'node:v8';
import vm from 'node:vm';
import { expect, test } from 'vitest';
import { IdentifiedAttributes } from '../../src/metrics/attributes/attribute-cache.ts';

// Points of pools, sensors and ports bring attributes that are made again at each collection. An identity that is
// remembered forever held on to all of them: a program that embeds the producer or the instruments grew without end.
test('unused attributes are garbage collected', async () => {
  v8.setFlagsFromString('--expose_gc');
  const collectGarbage = vm.runInNewContext('gc') as () => void;
  const identified = new IdentifiedAttributes({ 'powervm.system.id': 'frame' });
  const made = Array.from({ length: 100 }, (_, index) => {
    const attributes = { 'powervm.pool.id': index };
    expect(identified.of(attributes)).toEqual({ 'powervm.system.id': 'frame', 'powervm.pool.id': index });
    return new WeakRef(attributes);
  });
  await new Promise((resolve) => setTimeout(resolve, 10));
  collectGarbage();
  expect(made.filter((reference) => reference.deref() !== undefined).length).toBeLessThan(10);
});
