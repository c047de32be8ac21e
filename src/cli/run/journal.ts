import { fstatSync } from 'node:fs';

/** Whether standard error goes to journald: systemd names device and inode of the socket (systemd.exec(5)). */
export function isJournal({ JOURNAL_STREAM: stream }: NodeJS.ProcessEnv): boolean {
  if (!stream) return false;
  try {
    const { dev, ino } = fstatSync(2, { bigint: true });
    return stream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}
