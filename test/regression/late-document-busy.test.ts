import { expect, test } from 'vitest';
import type { FrameHistory } from '../../src/inspector/frame-history.ts';
import { emptyInventory, type FrameActivity, inspectFrame } from '../../src/inspector/index.ts';
import { assemble, emptyAssembly, parseHypervisorDocument, parseViosDocument } from '../../src/pcm/index.ts';
import { START } from '../helpers/documents.ts';
import { SYSTEM_ID } from '../helpers/frames.ts';
import { smallFrame, VIOS_IDS } from '../helpers/small-frame.ts';

/** How busy a VIOS is waits for its document; one that came two looks later brought the VIOS nothing, nor the frame. */
const INTERVAL = 30_000;

test.each([1, 2, 3])('a VIOS document that comes %i looks late says how busy the VIOS and the frame were', (looks) => {
  const instants = Array.from({ length: 6 }, (_, index) => {
    const time = START + index * INTERVAL;
    return { time, texts: smallFrame(time) };
  });
  const LATE = 1;
  const viosAt = (index: number) => {
    const instant = instants[index];
    return instant ? [{ listedAt: instant.time, document: parseViosDocument(instant.texts['vios 1']) }] : [];
  };
  let assembly = emptyAssembly(SYSTEM_ID);
  let history: FrameHistory | undefined;
  const activities: FrameActivity[] = [];
  for (const [index, { time, texts }] of instants.entries()) {
    // The documents of one VIOS are read in their order, so that those behind it wait for it.
    const come = index < LATE || index > LATE + looks ? [index] : [];
    const waited = index === LATE + looks ? Array.from({ length: looks + 1 }, (_, step) => LATE + step) : [];
    const documents = [
      { listedAt: time, document: parseHypervisorDocument(texts.phyp) },
      { listedAt: time, document: parseViosDocument(texts['vios 2']) },
      ...[...come, ...waited].flatMap(viosAt),
    ];
    const { state, samples } = assemble(assembly, documents);
    assembly = state;
    for (const sample of samples) {
      const inspection = inspectFrame(history, sample, emptyInventory(SYSTEM_ID));
      history = inspection.history;
      activities.push(inspection.activity);
    }
  }
  const reported = new Map<number, { vios: number; frame: number }>();
  for (const { time, system, partitions } of activities) {
    const count = reported.get(time) ?? { vios: 0, frame: 0 };
    reported.set(time, count);
    const { processor } = partitions.find(({ id }) => id === VIOS_IDS[1].toLowerCase()) ?? {};
    if (processor?.isBusyFresh && processor.busy !== undefined) count.vios += 1;
    if (system.processor.isBusyFresh && system.processor.busy !== undefined) count.frame += 1;
  }
  // Once for every instant, but for the first, which has nothing to be compared with.
  expect([...reported.values()]).toEqual(
    instants.map((_, index) => ({ vios: Math.min(index, 1), frame: Math.min(index, 1) })),
  );
});
