import { appendFile, readFile } from 'node:fs/promises';

/** What one test saw, a line of the table at the end. */
export interface DeliveryResult {
  readonly receiver: string;
  readonly version: string;
  readonly protocol: string;
  /** Different points (series and time) that had to be sent. */
  readonly sent: number;
  /** Those of them that the receiver has, with their values. */
  readonly found: number;
  /** Whose absence, in minutes. */
  readonly outage: string;
}

/** Keeps a result for the table; does nothing when a test is run by itself. */
export async function recordResult(result: DeliveryResult): Promise<void> {
  const file = process.env.RECEIVERS_RESULTS;
  if (file !== undefined) await appendFile(file, `${JSON.stringify(result)}\n`);
}

/** @returns nothing when no test came so far */
export async function readResults(file: string): Promise<readonly DeliveryResult[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

export function resultsTable(results: readonly DeliveryResult[]): string {
  const rows = [
    ['receiver', 'version', 'protocol', 'points sent', 'points found', 'outage survived'],
    ...results.map(({ receiver, version, protocol, sent, found, outage }) => [
      receiver,
      version,
      protocol,
      sent.toLocaleString('en'),
      found.toLocaleString('en'),
      sent === found ? outage : 'no',
    ]),
  ];
  const widths = rows[0]?.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0))) ?? [];
  return rows.map((row) => `${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ')}\n`).join('');
}
