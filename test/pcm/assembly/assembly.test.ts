import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assemble, emptyAssembly, parseHypervisorDocument, parseViosDocument } from '../../../src/pcm/index.ts';
import type { PcmDocument } from '../../../src/pcm/model.ts';
import { phyp, START, vios } from '../../helpers/documents.ts';
import { SYSTEM_ID } from '../../helpers/frames.ts';

const listed = (listedAt: number, document: PcmDocument) => ({ listedAt, document });
const hypervisor = (time: number) => listed(time, parseHypervisorDocument(phyp(time)));
const viosAt = (time: number, number = '1') => listed(time, parseViosDocument(vios(time, {}, number)));
const HALF_MINUTE = 30_000;

describe('documents of one instant', () => {
  test('are joined although a VIOS is a second late', () => {
    const { samples } = assemble(emptyAssembly(SYSTEM_ID), [hypervisor(START), viosAt(START + 1_000)]);
    expect(samples).toHaveLength(1);
    expect([...(samples[0]?.vioses.keys() ?? [])]).toEqual([1]);
  });

  test('a VIOS document that arrives a poll later completes its instant, and only it is fresh', () => {
    const first = assemble(emptyAssembly(SYSTEM_ID), [hypervisor(START), hypervisor(START + HALF_MINUTE)]);
    const second = assemble(first.state, [viosAt(START)]);
    expect(second.samples).toHaveLength(1);
    expect(second.samples[0]).toMatchObject({ listedAt: START, fresh: { hypervisor: false } });
    expect([...(second.samples[0]?.fresh.vioses ?? [])]).toEqual([1]);
  });

  test('the same document twice is a duplicate and not a sample', () => {
    const first = assemble(emptyAssembly(SYSTEM_ID), [hypervisor(START)]);
    const again = assemble(first.state, [hypervisor(START)]);
    expect(again).toMatchObject({ samples: [], duplicates: 1 });
  });

  test('an instant stamped some seconds apart by a second console is the same one, and may complete it', () => {
    const first = assemble(emptyAssembly(SYSTEM_ID), [hypervisor(START), viosAt(START)]);
    const secondStamp = phyp(START + 4_000, { sample: { timeBasedCycles: 5000 * 512_000_000 } });
    const again = assemble(first.state, [
      listed(START + 4_000, parseHypervisorDocument(secondStamp)),
      viosAt(START + 4_000),
      viosAt(START + 4_000, '2'),
    ]);
    expect(again.duplicates).toBe(1);
    expect(again.samples).toHaveLength(1);
    expect(again.samples[0]).toMatchObject({ hypervisor: { time: START }, fresh: { hypervisor: false } });
    expect([...(again.samples[0]?.fresh.vioses ?? [])]).toEqual([2]);
    const next = assemble(again.state, [hypervisor(START + 34_000), viosAt(START + 34_000)]);
    expect(next.samples.map(({ fresh }) => [fresh.hypervisor, ...fresh.vioses])).toEqual([[true, 1]]);
  });

  test('an older hypervisor document is late', () => {
    const first = assemble(emptyAssembly(SYSTEM_ID), [hypervisor(START + HALF_MINUTE)]);
    expect(assemble(first.state, [hypervisor(START)])).toMatchObject({ samples: [], late: 1 });
  });
});

test('in any order and polling, every instant comes once and every VIOS document serves one instant', () => {
  const instants = Array.from({ length: 6 }, (_, index) => START + index * HALF_MINUTE);
  const delays = fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 6, maxLength: 6 });
  const polls = fc.array(fc.nat(1), { minLength: 6, maxLength: 6 });
  fc.assert(
    fc.property(delays, polls, (late, waits) => {
      let newest = 0;
      const vioses = instants.map((time, index) => {
        // Each VIOS document comes with its hypervisor document or a poll later, in order.
        newest = Math.max(newest, Math.floor(index / 2) + (waits[index] ?? 0));
        return { poll: newest, document: viosAt(time + (late[index] ?? 0) * 1_000) };
      });
      const all = [
        ...instants.map((time, index) => ({ poll: Math.floor(index / 2), document: hypervisor(time) })),
        ...vioses,
      ];
      let state = emptyAssembly(SYSTEM_ID);
      const samples = [];
      for (const poll of [0, 1, 2, 3]) {
        const assembly = assemble(
          state,
          all.filter((arrival) => arrival.poll === poll).map(({ document }) => document),
        );
        state = assembly.state;
        samples.push(...assembly.samples);
      }
      const fresh = samples.filter((sample) => sample.fresh.hypervisor).map((sample) => sample.hypervisor.time);
      expect(fresh).toEqual(instants);
      const served = samples.flatMap((sample) =>
        [...sample.fresh.vioses].map((number) => sample.vioses.get(number)?.time),
      );
      expect(new Set(served).size).toBe(served.length);
      expect(served.length).toBe(6);
    }),
  );
});
