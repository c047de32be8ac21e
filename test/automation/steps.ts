import { channel } from 'node:diagnostics_channel';
import type { Run } from './run.ts';

/** What the server does with a run, in this order: for whoever wants to be there, as the tests that kill it do. */
export const STEPS = [
  'queued',
  'begun',
  'workspace made',
  'merged',
  'suite started',
  'suite ended',
  'judged',
  'about to tell',
  'told',
  'reported',
] as const;

export type Step = (typeof STEPS)[number];

export const STEP_CHANNEL = 'otel-powervm-automation:step';

const steps = channel(STEP_CHANNEL);

/** Whoever listens is called before this returns. */
export function tellStep(step: Step, run: Run): void {
  steps.publish({ step, run });
}
