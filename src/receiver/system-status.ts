import type { FrameActivity } from '../inspector/activity.ts';
import type { ManagedSystem, PcmPreferences } from '../rest/index.ts';

/** A managed system as the receiver knows it. */
export interface SystemStatus {
  readonly system: ManagedSystem;
  /** Endpoint of the console that it is read through. */
  readonly console: string;
  readonly preferences: PcmPreferences | undefined;
  /** The newest activity, however old. */
  readonly activity: FrameActivity | undefined;
}
