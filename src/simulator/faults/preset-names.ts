/** Problems of the first ten minutes. */
export const faultPresets = [
  'wrong-password',
  'no-role',
  'pcm-off',
  'self-signed',
  'clock-off',
  'rmc-down',
  'old-firmware',
  'restarting',
] as const;

/** The name of one of these problems. */
export type FaultPreset = (typeof faultPresets)[number];
