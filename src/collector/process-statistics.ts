import type { ProcessStatistics } from '../metrics/index.ts';

/** What this process takes from its machine. */
export function processStatistics(): ProcessStatistics {
  const { user, system } = process.cpuUsage();
  return {
    residentMemory: process.memoryUsage.rss(),
    cpuSeconds: (user + system) / 1e6,
    uptime: process.uptime(),
  };
}
