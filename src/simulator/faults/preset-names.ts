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

export type FaultPreset = (typeof faultPresets)[number];
