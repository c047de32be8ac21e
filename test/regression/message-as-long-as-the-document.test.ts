import { expect, test } from 'vitest';
import { parseEnergyDocument, parseHypervisorDocument } from '../../src/pcm/index.ts';
import { lpar, phyp, START } from '../helpers/documents.ts';

// Found by npm run proof:fuzz, seed 20261124.
test('a timestamp of twenty thousand characters is not repeated in a message', () => {
  const good = JSON.parse(phyp(START, { lpars: [lpar(START)] }));
  good.systemUtil.utilSample.timeStamp = 'x'.repeat(20_000);
  for (const parse of [parseHypervisorDocument, parseEnergyDocument]) {
    expect(() => parse(JSON.stringify(good))).toThrow(/^.{20,200}$/);
  }
});
