import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConsoleError } from '../../../src/base/errors/errors.ts';
import type { SampleTraversal } from '../../../src/receiver/polling/sample-traversal.ts';
import { DocumentConsole, HALF_MINUTE, timeOf } from '../../helpers/document-console.ts';
import { vios } from '../../helpers/documents.ts';
import { SYSTEM_ID } from '../../helpers/frames.ts';
import { instantOf } from '../../helpers/sample-reader.ts';
import { traversals } from '../../helpers/traversals.ts';

const { signal } = new AbortController();

async function step(traversal: SampleTraversal, console: DocumentConsole) {
  const entries = await console.longTermMonitorFeed(SYSTEM_ID, traversal.feedStart);
  return traversal.step(console, traversal.plan(entries), signal);
}

describe('a traversal', () => {
  test('begins with the newest two instants, whose second has rates, and continues with what is new', async () => {
    const console = new DocumentConsole();
    console.addInstants(0, 5);
    const traversal = traversals().create();
    const first = await step(traversal, console);
    expect(first.activities.map(instantOf)).toEqual([4, 5]);
    expect(first.activities[1]?.partitions[0]?.processor.consumed).toBeCloseTo(0.75);
    expect((await step(traversal, console)).activities).toEqual([]);
    console.addInstants(6, 7);
    expect((await step(traversal, console)).activities.map(instantOf)).toEqual([6, 7]);
    expect(new Set(console.requested).size).toBe(console.requested.length);
  });

  test('from a known instant begins with the one before it, for the first rates', async () => {
    const console = new DocumentConsole();
    console.addInstants(0, 5);
    const traversal = traversals().create({ from: timeOf(3) });
    const { activities } = await step(traversal, console);
    expect(activities.map(instantOf)).toEqual([2, 3, 4, 5]);
    expect(activities[1]?.previousTime).toBe(timeOf(2));
  });

  test('completes an instant with a document that comes late, which alone is fresh', async () => {
    const console = new DocumentConsole();
    console.addInstants(0, 1);
    const traversal = traversals().create();
    await step(traversal, console);
    console.add('vios', timeOf(1), vios(timeOf(1)), 1);
    const { activities } = await step(traversal, console);
    expect(activities.map(({ sample }) => [sample.listedAt, sample.fresh])).toEqual([
      [timeOf(1), { hypervisor: false, vioses: new Set([1]), guestMemory: false, energy: false }],
    ]);
  });

  test('knows what will not come: an instant whose document stays broken, and a part of one', async () => {
    const console = new DocumentConsole();
    console.addInstants(0, 1, { withVios: true });
    const { create, errors } = traversals();
    const traversal = create();
    await step(traversal, console);
    console.intercept = ({ fileName }) => (['phyp 2', 'vios_1 3'].includes(fileName) ? '{"systemUtil":' : undefined);
    const taken = [];
    for (let instant = 2; instant <= 7; instant += 1) {
      console.addInstants(instant, instant, { withVios: true });
      taken.push(...(await step(traversal, console)).activities);
    }
    expect(taken.filter(({ sample }) => sample.fresh.hypervisor).map(instantOf)).toEqual([3, 4, 5, 6, 7]);
    expect(traversal.losses).toEqual({ instants: [timeOf(2)], parts: [{ source: 'vios_1', listedAt: timeOf(3) }] });
    expect(errors()).toContainEqual({ document: 'phyp', errorType: 'GIVEN_UP', count: 1 });
  });

  test('waits for a document of the hypervisor that may still come, and keeps the order', async () => {
    const console = new DocumentConsole();
    console.addInstants(0, 1);
    const traversal = traversals().create();
    await step(traversal, console);
    console.addInstants(2, 3);
    console.intercept = ({ fileName }) =>
      fileName === 'phyp 2' ? new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', 'reset') : undefined;
    const blocked = await step(traversal, console);
    expect(blocked).toMatchObject({ activities: [], isBlocked: true, unreadInstants: [timeOf(2), timeOf(3)] });
    console.intercept = () => undefined;
    expect((await step(traversal, console)).activities.map(instantOf)).toEqual([2, 3]);
    expect(console.requested.filter((name) => name === 'phyp 3')).toHaveLength(1);
  });

  test('does not ask for what another one has read', async () => {
    const console = new DocumentConsole();
    console.addInstants(0, 5);
    const { create } = traversals();
    const { read } = await step(create(), console);
    expect([...read.keys()]).toEqual(['phyp 4', 'phyp 5']);
    const { activities } = await step(create({ instants: 3, known: read }), console);
    expect(activities.map(instantOf)).toEqual([3, 4, 5]);
    expect(console.requested.filter((name) => name === 'phyp 4')).toHaveLength(1);
  });

  test('continues with the times of a console whose clock was set back', async () => {
    const console = new DocumentConsole();
    console.addInstants(0, 3);
    const traversal = traversals().create();
    await step(traversal, console);
    traversal.applyClockStep(-10 * HALF_MINUTE);
    expect(traversal.newestInstant).toBe(timeOf(-7));
    expect(traversal.feedStart).toBe(timeOf(-12));
  });
});

test('however documents come, every instant comes at most once, in order, or is known to be lost', async () => {
  const fate = fc.constantFrom('good', 'broken', 'fails once');
  await fc.assert(
    fc.asyncProperty(fc.array(fate, { minLength: 10, maxLength: 10 }), async (fates) => {
      const console = new DocumentConsole();
      console.addInstants(0, 1);
      const traversal = traversals().create();
      await step(traversal, console);
      const asked = new Map<string, number>();
      console.intercept = ({ fileName }) => {
        const times = (asked.get(fileName) ?? 0) + 1;
        asked.set(fileName, times);
        const fateOf = fates[Number(fileName.split(' ')[1]) - 2];
        if (fateOf === 'broken') return '{';
        return fateOf === 'fails once' && times === 1
          ? new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', 'reset')
          : undefined;
      };
      const instants: number[] = [];
      for (const index of fates.keys()) {
        console.addInstants(index + 2, index + 2);
        instants.push(...(await step(traversal, console)).activities.map(instantOf));
      }
      // Newer ones show that the console works, so that what stays broken is given up.
      for (let instant = 12; instant <= 15; instant += 1) {
        console.addInstants(instant, instant);
        instants.push(...(await step(traversal, console)).activities.map(instantOf));
      }
      expect([...instants].sort((left, right) => left - right)).toEqual(instants);
      expect(new Set(instants).size).toBe(instants.length);
      const lost = traversal.losses.instants.map((time) => (time - timeOf(0)) / HALF_MINUTE);
      const all = [...instants, ...lost].sort((left, right) => left - right);
      expect(all).toEqual(Array.from({ length: 14 }, (_, index) => index + 2));
      expect(lost.every((instant) => fates[instant - 2] === 'broken')).toBe(true);
    }),
    { numRuns: 30 },
  );
});
