import { describe, expect, test } from 'vitest';
import { ManualClock } from '../../../src/base/clock/manual-clock.ts';
import type { CursorGap } from '../../../src/receiver/cursors/cursors.ts';
import { GapReports } from '../../../src/receiver/cursors/gap-reports.ts';
import { Outages } from '../../../src/receiver/cursors/outages.ts';
import { SystemRecorder } from '../../../src/receiver/statistics/statistics-recorder.ts';
import { SYSTEM_ID } from '../../helpers/frames.ts';
import { RecordedLog } from '../../helpers/recorded-log.ts';

const NOON = Date.parse('2026-03-04T12:00:00Z');
const MINUTE = 60_000;
const place = { system: 'frame', console: 'https://hmc' };
const at = (minutes: number) => ({ time: NOON + minutes * MINUTE, uptime: undefined, listings: {} });

function reports() {
  const log = new RecordedLog();
  const recorder = new SystemRecorder(SYSTEM_ID, new ManualClock(NOON), 120_000);
  const outages = new Outages(NOON - 120 * MINUTE);
  return { gaps: new GapReports(recorder, log, outages), log, outages, counted: () => recorder.snapshot(NOON).gaps };
}

function gapOf(from: number, count: number, changes: Partial<CursorGap> = {}): CursorGap {
  const gap = { before: at(from), after: at(from + (count + 1) / 2), count, parts: [] };
  return { ...gap, cursor: 'otlp', returnedAt: undefined, isUnread: false, ...changes };
}

describe('what a reader lacks', () => {
  test('is counted by its cause and logged once, with the times of the first and the last', () => {
    const { gaps, log, outages, counted } = reports();
    outages.note(NOON - 30 * MINUTE, 'POWERVM_CONSOLE_UNREACHABLE');
    gaps.note(gapOf(-50, 4), place, NOON, 0);
    expect(counted()).toEqual([{ cursor: 'otlp', cause: 'console_down', count: 4 }]);
    expect(log.at('warn').map(({ fields, message }) => [message, fields])).toEqual([
      [
        'samples are lost: PCM does not have them any more',
        {
          ...place,
          reader: 'otlp',
          samples: 4,
          causes: { console_down: 4 },
          first: '2026-03-04T11:10:30.000Z',
          last: '2026-03-04T11:12:00.000Z',
        },
      ],
    ]);
  });

  test('was listed and did not come whole, unless PCM threw it away while it was asked for', () => {
    const { gaps, log, counted } = reports();
    gaps.note(gapOf(-10, 2, { isUnread: true }), place, NOON, 0);
    expect(counted()).toEqual([{ cursor: 'otlp', cause: 'document_failed', count: 2 }]);
    expect(log.at('warn')[0]?.message).toBe('samples are lost: their documents did not come whole');
    gaps.note(gapOf(-32, 10, { isUnread: true }), place, NOON, 0);
    expect(counted().map(({ cause, count }) => [cause, count])).toEqual([
      ['document_failed', 2 + 3],
      ['purged', 7],
    ]);
  });

  test('is judged by our clock, whatever the console says', () => {
    const { gaps, counted } = reports();
    // The console is an hour ahead: by ours they are forty minutes old.
    gaps.note(gapOf(20, 1), place, NOON, 60 * MINUTE);
    expect(counted()).toEqual([{ cursor: 'otlp', cause: 'purged', count: 1 }]);
  });

  test('of instants that it has is counted by instants, warned of once for each source, and then reported quietly', () => {
    const { gaps, log, counted } = reports();
    const parts = (source: string, ...minutes: number[]) =>
      minutes.map((minute) => ({ source, listedAt: NOON + minute * MINUTE }));
    gaps.note(gapOf(0, 0, { parts: [...parts('energy', 1, 2), ...parts('vios_1', 2)] }), place, NOON, 0);
    expect(counted()).toEqual([{ cursor: 'otlp', cause: 'partial', count: 2 }]);
    gaps.note(gapOf(0, 0, { parts: parts('energy', 3) }), place, NOON, 0);
    gaps.note(gapOf(0, 0, { parts: parts('vios_2', 3) }), place, NOON, 0);
    expect(log.at('warn').map(({ fields }) => fields.documents)).toEqual([['energy', 'vios_1'], ['vios_2']]);
    expect(log.at('info').map(({ fields }) => fields.documents)).toEqual([['energy']]);
  });

  test('reports no gap where no sample is missing', () => {
    const { gaps, log, counted } = reports();
    gaps.note(gapOf(0, 0), place, NOON, 0);
    expect([counted(), log.lines]).toEqual([[], []]);
  });
});
