import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConsoleError } from '../../../src/base/errors/errors.ts';
import type { WaitingDocuments } from '../../../src/receiver/documents/document-reader.ts';
import type { PcmFeedEntry } from '../../../src/rest/model.ts';
import { DocumentConsole, timeOf } from '../../helpers/document-console.ts';
import { traversals } from '../../helpers/traversals.ts';

const { signal } = new AbortController();
const reset = new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', 'reset');

function reader({ preservesOrder = true } = {}) {
  const console = new DocumentConsole();
  const { documents, errors } = traversals();
  const waiting: WaitingDocuments = new Map();
  const read = (entries: readonly PcmFeedEntry[] = console.entries) =>
    documents.read(console, entries, { preservesOrder, waiting }, signal);
  return { console, documents, read, waiting, errors };
}

const times = (listed: readonly { readonly listedAt: number }[]) => listed.map(({ listedAt }) => listedAt);

describe('reading documents', () => {
  test('brings each with its feed time, those of the hypervisor first', async () => {
    const { console, read } = reader();
    console.addInstants(0, 1, { withVios: true });
    const { documents, postponed, read: all } = await read();
    expect(documents.map(({ document, listedAt }) => [document.kind, listedAt]).sort()).toEqual([
      ['phyp', timeOf(0)],
      ['phyp', timeOf(1)],
      ['vios', timeOf(0)],
      ['vios', timeOf(1)],
    ]);
    expect(console.requested.slice(0, 2)).toEqual(['phyp 0', 'phyp 1']);
    expect([...all.keys()].sort()).toEqual(['phyp 0', 'phyp 1', 'vios_1 0', 'vios_1 1']);
    expect(postponed.size).toBe(0);
  });

  test('asks again at once for one that failed while others come', async () => {
    const { console, read } = reader();
    console.addInstants(0, 1);
    let failures = 2;
    console.intercept = ({ fileName }) => (fileName === 'phyp 0' && failures-- > 0 ? reset : undefined);
    const { documents } = await read();
    expect(times(documents)).toEqual([timeOf(0), timeOf(1)]);
    expect(console.requested.filter((name) => name === 'phyp 0')).toHaveLength(3);
  });

  test('lets later ones of a source wait for an earlier one, without asking for them again', async () => {
    const { console, read, waiting } = reader();
    console.addInstants(0, 2);
    console.intercept = ({ fileName }) => (fileName === 'phyp 1' ? reset : undefined);
    const first = await read();
    expect(times(first.documents)).toEqual([timeOf(0)]);
    expect([...first.postponed]).toEqual(['phyp 1', 'phyp 2']);
    expect([...waiting.keys()]).toEqual(['phyp 2']);
    expect(first.isBlocked).toBe(true);
    console.intercept = () => undefined;
    const second = await read(console.entries.slice(1));
    expect(times(second.documents)).toEqual([timeOf(1), timeOf(2)]);
    expect(console.requested.filter((name) => name === 'phyp 2')).toHaveLength(1);
  });

  test('does not let a source wait for another', async () => {
    const { console, read } = reader();
    console.addInstants(0, 1, { withVios: true });
    console.intercept = ({ category }) => (category === 'vios' ? reset : undefined);
    const { documents, isBlocked, failure } = await read();
    expect(documents.map(({ document }) => document.kind)).toEqual(['phyp', 'phyp']);
    expect([isBlocked, failure]).toEqual([false, undefined]);
  });

  test('lets nothing wait at first contact', async () => {
    const { console, read } = reader({ preservesOrder: false });
    console.addInstants(0, 1);
    console.intercept = ({ fileName }) => (fileName === 'phyp 0' ? '{' : undefined);
    const { documents, lostInstants } = await read();
    expect(times(documents)).toEqual([timeOf(1)]);
    expect(lostInstants).toEqual([timeOf(0)]);
  });

  test('gives up at once what the console does not have any more', async () => {
    const { console, read, errors } = reader();
    console.addInstants(0, 1, { withVios: true });
    const gone = new ConsoleError('POWERVM_NOT_FOUND', 'gone');
    console.intercept = ({ fileName }) => (['phyp 0', 'vios_1 1'].includes(fileName) ? gone : undefined);
    const { lostInstants, lostParts, postponed } = await read();
    expect(lostInstants).toEqual([timeOf(0)]);
    expect(lostParts).toEqual([{ source: 'vios_1', listedAt: timeOf(1) }]);
    expect(postponed.size).toBe(0);
    expect(console.requested.filter((name) => name === 'phyp 0')).toHaveLength(1);
    expect(errors()).toContainEqual({ document: 'vios', errorType: 'POWERVM_NOT_FOUND', count: 1 });
  });

  test('stops asking when nothing comes, says why, and then asks for one document to see whether that has changed', async () => {
    const { console, read } = reader();
    console.addInstants(0, 9);
    console.intercept = () => reset;
    expect((await read()).failure).toBe(reset);
    expect(console.requested.length).toBeLessThan(10);
    console.requested.length = 0;
    expect((await read()).failure).toBe(reset);
    expect(console.requested).toEqual(['phyp 9']);
    console.intercept = () => undefined;
    expect(times((await read()).documents)).toHaveLength(10);
  });

  test('begins with what is known and does not ask for it', async () => {
    const { console, read, waiting } = reader();
    console.addInstants(0, 1);
    const { read: known } = await read();
    console.requested.length = 0;
    for (const [fileName, documents] of known) waiting.set(fileName, documents);
    expect(times((await read()).documents)).toEqual([timeOf(0), timeOf(1)]);
    expect(console.requested).toEqual([]);
  });
});

test('whatever fails, a document is used at most once, in the order of its source, and is never used and lost', async () => {
  const fates = fc.array(fc.constantFrom('good', 'good', 'broken', 'reset', 'gone'), { minLength: 12, maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.array(fates, { minLength: 3, maxLength: 6 }), async (readings) => {
      const { console, read } = reader();
      console.addInstants(0, 5, { withVios: true });
      const names = console.entries.map(({ fileName }) => fileName);
      const used = new Map<string, number[]>();
      const lost: string[] = [];
      let open = console.entries;
      for (const fate of [...readings, names.map(() => 'good')]) {
        console.intercept = ({ fileName }) => {
          const how = fate[names.indexOf(fileName)];
          if (how === 'broken') return '{';
          if (how === 'gone') return new ConsoleError('POWERVM_NOT_FOUND', 'gone');
          return how === 'reset' ? reset : undefined;
        };
        const result = await read(open);
        for (const { document, listedAt } of result.documents) {
          used.set(document.kind, [...(used.get(document.kind) ?? []), listedAt]);
        }
        lost.push(...result.lostInstants.map((time) => `phyp ${time}`));
        lost.push(...result.lostParts.map(({ listedAt }) => `vios ${listedAt}`));
        open = open.filter(({ fileName }) => result.postponed.has(fileName));
      }
      for (const [kind, listings] of used) {
        expect([...listings].sort((left, right) => left - right)).toEqual(listings);
        expect(new Set(listings).size).toBe(listings.length);
        expect(listings.filter((time) => lost.includes(`${kind} ${time}`))).toEqual([]);
      }
      expect(new Set(lost).size).toBe(lost.length);
      const count = [...used.values()].reduce((sum, listings) => sum + listings.length, 0) + lost.length;
      expect(count + open.length).toBe(names.length);
    }),
    { numRuns: 60 },
  );
});
