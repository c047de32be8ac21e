import { expect, test } from 'vitest';
import { RELATIVE_TOLERANCE } from './peers/victoria-metrics.ts';
import { compareStored } from './stored-points.ts';

const KEY = '2026-11-27T13:03:30.000Z powervm_lpar_cpu_utilization{powervm_lpar_number=3}';
const sent = new Map([[KEY, 0.7628308448517628]]);
/** What VictoriaMetrics v1.151.0 had of it. */
const cut = new Map([[KEY, 0.762830844851]]);

test('a value that VictoriaMetrics cut to its precision counts as the same there, and only there', () => {
  expect(compareStored(sent, cut, RELATIVE_TOLERANCE)).toEqual({ differences: [], same: 1 });
  expect(compareStored(sent, cut, 0)).toMatchObject({ same: 0, differences: [expect.stringContaining('instead of')] });
});

test('a value that differs by more than the precision is a difference, and so is a missing one or one too much', () => {
  const wrong = new Map([[KEY, 0.76283084486]]);
  expect(compareStored(sent, wrong, RELATIVE_TOLERANCE)).toMatchObject({ same: 0 });
  expect(compareStored(sent, new Map(), RELATIVE_TOLERANCE).differences).toEqual([`missing: ${KEY}`]);
  expect(compareStored(new Map(), cut, RELATIVE_TOLERANCE).differences).toEqual([`not to be found: ${KEY}`]);
});
