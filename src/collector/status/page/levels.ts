/** How much of something is used: in colour and in words. */
export interface Level {
  readonly name: 'usual' | 'high' | 'full' | 'over';
  /** Empty where there is nothing to say. */
  readonly words: string;
}

const HIGH = 0.8;
const FULL = 0.95;
const usual: Level = { name: 'usual', words: '' };

export function level(ratio: number | undefined): Level {
  if (ratio === undefined || ratio < HIGH) return usual;
  return ratio < FULL ? { name: 'high', words: 'high' } : { name: 'full', words: 'full' };
}

/** Beyond its entitlement an uncapped partition lives on what others leave. */
export function entitlementLevel(ratio: number | undefined): Level {
  if (ratio === undefined || ratio < HIGH) return usual;
  return ratio > 1 ? { name: 'over', words: 'over entitlement' } : { name: 'high', words: 'near entitlement' };
}

/** Memory that is assigned is not used up: what is shown is whether a new partition would get any. */
export function assignedLevel(ratio: number | undefined): Level {
  return ratio === undefined || ratio < FULL ? usual : { name: 'high', words: 'nearly all assigned' };
}
