import { emptyInventory, type FrameActivity, type FrameInventory, inspectFrame } from '../../src/inspector/index.ts';
import {
  assemble,
  emptyAssembly,
  parseGuestMemoryDocument,
  parseHypervisorDocument,
  parseViosDocument,
} from '../../src/pcm/index.ts';
import type { PcmDocument } from '../../src/pcm/model.ts';

export const SYSTEM_ID = '00000000-0000-4000-8000-000000000001';

/** The documents of one poll. */
export interface Poll {
  readonly time: number;
  readonly phyp?: string;
  readonly vioses?: readonly string[];
  readonly lpar?: string;
}

/** What the inspector makes of the polls, one activity for each sample. */
export function inspectPolls(
  polls: readonly Poll[],
  inventory: FrameInventory = emptyInventory(SYSTEM_ID),
): readonly FrameActivity[] {
  let state = emptyAssembly(SYSTEM_ID);
  let history: Parameters<typeof inspectFrame>[0];
  const activities: FrameActivity[] = [];
  for (const poll of polls) {
    const assembly = assemble(state, documentsOf(poll));
    state = assembly.state;
    for (const sample of assembly.samples) {
      const inspection = inspectFrame(history, sample, inventory);
      history = inspection.history;
      activities.push(inspection.activity);
    }
  }
  return activities;
}

/** The newest activity of the polls. */
export function lastFrame(polls: readonly Poll[], inventory?: FrameInventory): FrameActivity {
  const last = inspectPolls(polls, inventory).at(-1);
  if (!last) throw new Error('no sample came out');
  return last;
}

/** The first partition of the newest activity. */
export function lastPartition(polls: readonly Poll[], inventory?: FrameInventory) {
  const [partition] = lastFrame(polls, inventory).partitions;
  if (!partition) throw new Error('no partition came out');
  return partition;
}

function documentsOf({ time, phyp, vioses = [], lpar }: Poll) {
  const documents: PcmDocument[] = [
    ...(phyp === undefined ? [] : [parseHypervisorDocument(phyp)]),
    ...vioses.map(parseViosDocument),
    ...(lpar === undefined ? [] : [parseGuestMemoryDocument(lpar)]),
  ];
  return documents.map((document) => ({ listedAt: time, document }));
}
