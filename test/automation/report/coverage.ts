import { z } from 'zod';

const share = z.object({ total: z.number(), covered: z.number(), pct: z.number() });
/** As `json-summary` of the coverage tools writes it. */
const summary = z.object({ total: z.object({ lines: share, functions: share, branches: share }) });

/** What a suite says of its coverage, in one line; `undefined` when that is nothing of the kind: a change has written it. */
export function coverageLine(text: string): string | undefined {
  try {
    const { total } = summary.parse(JSON.parse(text));
    return (['lines', 'functions', 'branches'] as const)
      .map((kind) => `${total[kind].pct} % of ${total[kind].total} ${kind}`)
      .join(', ');
  } catch {
    return undefined;
  }
}
