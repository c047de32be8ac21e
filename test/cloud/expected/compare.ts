import { expect } from 'vitest';
import type { ExpectedSample } from './expected-samples.ts';

/** A sample as it was found somewhere, whatever its fields are called there. */
export interface FoundSample {
  readonly name: string;
  readonly type?: string;
  readonly unit: string;
  readonly resourceId: string;
  readonly time: number;
  readonly volume: number;
}

/** Every expected sample was found, and nothing else, each with its value, unit and type. */
export function expectTheSame(found: readonly FoundSample[], expected: readonly ExpectedSample[]): void {
  expect(expected.length).toBeGreaterThan(100);
  const actual = new Map(found.map((sample) => [keyOf(sample), sample]));
  const wanted = new Map(expected.map((sample) => [keyOf(sample), sample]));
  const problems: string[] = [];
  if (actual.size !== found.length) problems.push(`${found.length - actual.size} samples came twice`);
  for (const [key, sample] of wanted) {
    const other = actual.get(key);
    if (!other) problems.push(`missing: ${key} = ${sample.volume} ${sample.unit}`);
    else problems.push(...differences(key, other, sample));
  }
  for (const [key, { volume, unit }] of actual) {
    if (!wanted.has(key)) problems.push(`unexpected: ${key} = ${volume} ${unit}`);
  }
  const summary = `${problems.length} differences in ${wanted.size} samples`;
  expect(problems.length === 0 ? [] : [summary, ...problems.slice(0, 12)]).toEqual([]);
}

function keyOf({ name, resourceId, time }: FoundSample): string {
  return `${name} of ${resourceId} at ${new Date(time).toISOString()}`;
}

function differences(key: string, found: FoundSample, expected: ExpectedSample): readonly string[] {
  const problems: string[] = [];
  if (found.unit !== expected.unit) problems.push(`${key}: unit '${found.unit}', expected '${expected.unit}'`);
  if (found.type !== undefined && found.type !== expected.type) {
    problems.push(`${key}: type ${found.type}, expected ${expected.type}`);
  }
  const tolerance = Number.isInteger(expected.volume) ? 0 : inexactness(expected);
  if (Math.abs(found.volume - expected.volume) > tolerance) {
    problems.push(`${key}: ${found.volume}, expected ${expected.volume}`);
  }
  return problems;
}

/** What is counted is exact. Nanoseconds and bytes are whole, which cycles and percentages are not. */
function inexactness({ unit, volume }: ExpectedSample): number {
  if (unit === 'ns') return 1;
  return unit === 'MB' || unit === 'MiB' ? 1 / 2 ** 20 : Math.abs(volume) * 1e-12;
}
