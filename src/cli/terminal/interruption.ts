/** Resolves with the first SIGINT or SIGTERM, or with the signal's abortion. */
export function untilInterrupted(ended?: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const finish = (reason: string) => {
      for (const name of signals) process.removeListener(name, finish);
      resolve(reason);
    };
    for (const name of signals) process.once(name, finish);
    ended?.addEventListener('abort', () => finish('end'), { once: true });
  });
}

const signals = ['SIGINT', 'SIGTERM'] as const;
