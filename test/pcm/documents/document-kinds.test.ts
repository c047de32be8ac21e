import { describe, expect, test } from 'vitest';
import {
  documentKinds,
  isBackgroundSource,
  kindOfFile,
  LONGEST_REACH,
  readTerm,
  sourceOfDocument,
  sourceOfEntry,
} from '../../../src/pcm/documents/document-kinds.ts';
import type { DocumentKind } from '../../../src/pcm/model.ts';
import { START } from '../../helpers/documents.ts';
import { smallFrame } from '../../helpers/small-frame.ts';

const kinds = Object.keys(documentKinds) as readonly DocumentKind[];

test('one kind makes the instants', () => {
  expect(kinds.filter((kind) => documentKinds[kind].role === 'instant')).toEqual(['phyp']);
});

test('no two kinds are called the same', () => {
  const terms = kinds.flatMap((kind) => documentKinds[kind].terms);
  expect(new Set(terms).size).toBe(terms.length);
});

describe('a term of a feed', () => {
  test.each([
    ['phyp', 'phyp', undefined],
    ['lpar', 'lpar', undefined],
    ['fsp', 'energy', undefined],
    ['bmc', 'energy', undefined],
    ['vios_12', 'vios', 12],
  ])('%s is of kind %s', (term, kind, number) => {
    expect(readTerm(term)).toEqual({ kind, number });
  });

  test.each(['vios', 'phyp_1', 'vios_', 'vios_1_2', 'ManagedSystem', '', 'constructor', ' phyp'])(
    '%j is unknown',
    (term) => {
      expect(readTerm(term)).toBeUndefined();
    },
  );

  test('is not used for processed energy, whose file name says what it is', () => {
    expect(kindOfFile('EnergyMetrics_ManagedSystem_1_20260304T120000+0000.json')).toBe('energy');
    expect(kindOfFile('LTM_8247-22L_phyp_20260304T120000+0000.json')).toBeUndefined();
  });
});

test('a document is of the source that its feed entry named, and of the kind whose parser read it', () => {
  const entries = {
    phyp: ['phyp'],
    'vios 1': ['vios', 1],
    'vios 2': ['vios', 2],
    lpar: ['lpar'],
    energy: ['energy'],
  } as const;
  for (const [name, text] of Object.entries(smallFrame(START))) {
    const [category, viosNumber] = entries[name as keyof typeof entries];
    const [document] = [documentKinds[category].parse(text)].flat();
    if (!document) throw new Error('it holds none');
    expect(document.kind).toBe(category);
    expect(sourceOfDocument(document)).toBe(sourceOfEntry({ category, viosNumber }));
  }
});

test('sources without an instant of their own are distinguished from others, whatever a stored position names', () => {
  expect(['phyp', 'vios_1', 'lpar', 'energy', 'rates', 'lpar_x'].filter(isBackgroundSource)).toEqual(['lpar']);
  expect(LONGEST_REACH).toBe(150_000);
});
