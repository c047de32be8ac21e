import type { Mark } from './style.ts';

const HIGH = 0.8;
const FULL = 0.95;

/** Of something that can be used up. */
export function levelOf(ratio: number | undefined): Mark | undefined {
  if (ratio === undefined || ratio < HIGH) return undefined;
  return ratio < FULL ? 'high' : 'full';
}

/** Beyond its entitlement an uncapped partition lives on what others leave. */
export function entitlementLevel(ratio: number | undefined): Mark | undefined {
  if (ratio === undefined || ratio < HIGH) return undefined;
  return ratio > 1 ? 'full' : 'high';
}

/** Memory that is assigned is not used up: only a new partition would miss it. */
export function assignedLevel(ratio: number | undefined): Mark | undefined {
  return ratio === undefined || ratio < FULL ? undefined : 'high';
}
