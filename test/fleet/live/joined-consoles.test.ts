import { describe, expect, test } from 'vitest';
import type { CollectorProcess } from '../../helpers/collector-process.ts';
import { PointRecord } from '../../proof/point-record.ts';
import { momentOf, pause } from './world/fleet-world.ts';
import { twoFrames } from './world/two-frames.ts';

const MEMBERS = ['one', 'two', 'three'];

/** What was read of which system with which session, and when. */
class Readings {
  readonly #tokens = new Map<string, { readonly system: string; first: number; last: number }>();

  note(path: string, token: string | undefined): void {
    const [, system] = /ManagedSystem\/([\w-]{36})\//.exec(path) ?? [];
    if (system === undefined || token === undefined) return;
    const now = Date.now();
    const known = this.#tokens.get(`${system} ${token}`);
    if (known) known.last = now;
    else this.#tokens.set(`${system} ${token}`, { system, first: now, last: now });
  }

  /** Sessions that read a system before a moment and after another one. */
  across(before: number, after: number): readonly string[] {
    return [...this.#tokens.values()]
      .filter(({ first, last }) => first < before && last > after)
      .map(({ system }) => system);
  }

  systemsSince(moment: number): readonly string[] {
    return [...new Set([...this.#tokens.values()].filter(({ last }) => last > moment).map(({ system }) => system))];
  }
}

/** The member that reads both groups, by the log: a group is read by whoever began last. */
function readerOfBoth(members: readonly CollectorProcess[]): CollectorProcess | undefined {
  const begun = members
    .flatMap((member) => member.lines.map((line) => ({ member, line })))
    .filter(({ line: { msg } }) => msg === 'reading' || msg === 'taking over from another member')
    .sort((one, other) => momentOf(one.line) - momentOf(other.line));
  const readers = new Map(begun.map(({ member, line }) => [line.group, member]));
  const [first, second] = readers.values();
  return first === second ? first : undefined;
}

describe('two HMCs of the same frames, in no common group', () => {
  test('are read by one member, and when it dies and an HMC is away, by another one through the other HMC', async () => {
    const readings = new Readings();
    const isDown = new Set<string>();
    const { simulator, sink, clock, startMember } = await twoFrames({
      intercept: ({ path, headers }) => {
        if (isDown.has(headers.host ?? '')) return { status: 503 };
        readings.note(path, headers['x-api-session']);
        return undefined;
      },
    });
    const urls = simulator.consoles.map(({ url }) => url);
    const members = await Promise.all(MEMBERS.map((name) => startMember(name, urls)));
    const systems = simulator.systems.map(({ id }) => id);
    const record = new PointRecord();
    const read = () => {
      for (const { points } of sink.requests.splice(0)) for (const point of points) record.add(point);
    };
    const reach = async (end: number) => {
      while (record.reached(systems) < end) {
        await pause(50);
        read();
      }
    };
    while (!readerOfBoth(members)) await pause(50);
    await reach(clock.now() + 60_000);
    const reader = readerOfBoth(members);
    const killed = Date.now();
    await reader?.end('SIGKILL');
    isDown.add(new URL(urls[0] ?? '').host);
    const others = members.filter((member) => member !== reader);
    while (!readerOfBoth(others)) await pause(50);
    const end = clock.now();
    await reach(end + 60_000);
    expect([...readings.systemsSince(killed)].sort()).toEqual([...systems].sort());
    expect(readings.across(killed, killed + 1_000)).toEqual([]);
    expect(record.contradictions).toEqual([]);
    expect(record.missing(end)).toEqual([]);
    expect(sink.violations).toEqual([]);
    for (const { sessions } of simulator.consoles) expect(sessions.refused).toBe(0);
  });
});
