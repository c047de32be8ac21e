import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documentationPages } from '../docs/pages.ts';
import type { Change, ChangeSnapshot } from './change.ts';
import { parseConfiguration } from './configuration.ts';
import { decide } from './decision.ts';
import { commentText } from './report/comment.ts';
import { cleanLine } from './report/console-log.ts';
import { coverageLine } from './report/coverage.ts';
import { runPage } from './report/pages.ts';
import { changeOf } from './review/gerrit-events.ts';
import type { Run } from './run.ts';

const change: Change = {
  system: 'gerrit',
  project: 'demo',
  number: 1,
  patchSet: 2,
  revision: 'b',
  ref: 'refs/changes/01/1/2',
  branch: 'master',
  subject: '</title><script>alert(1)</script>',
  url: 'http://localhost/1',
};
const snapshot: ChangeSnapshot = { change, isOpen: true, uploadedAt: 2_000, comments: [] };
const run: Run = {
  id: '1-2-000001',
  change,
  reason: { kind: 'uploaded' },
  state: 'queued',
  attempt: 1,
  queuedAt: 2_000,
  notBefore: 2_000,
  startedAt: undefined,
  endedAt: undefined,
  verdict: undefined,
};
const base = { since: 1_000, recheck: /^recheck$/, runs: [] };
const wish = (text: string, fields = {}) => ({ id: text, at: 3_000, isOurs: false, isCurrent: true, text, ...fields });

describe('what a change needs', () => {
  test('a new patch set is run once, and the runs of older ones are superseded', () => {
    const older = { ...run, change: { ...change, revision: 'a', patchSet: 1 } };
    expect(decide({ ...base, snapshot, runs: [older] })).toEqual({ reason: { kind: 'uploaded' }, superseded: [older] });
    expect(decide({ ...base, snapshot, runs: [run] })).toEqual({ reason: undefined, superseded: [] });
  });

  test('changes older than the first start are ignored', () => {
    expect(decide({ ...base, snapshot: { ...snapshot, uploadedAt: 500 } }).reason).toBeUndefined();
  });

  test('closing a change ends its runs; restoring it reruns them', () => {
    expect(decide({ ...base, snapshot: { ...snapshot, isOpen: false }, runs: [run] }).superseded).toEqual([run]);
    expect(decide({ ...base, snapshot, runs: [{ ...run, state: 'superseded' }] }).reason).toEqual({ kind: 'uploaded' });
  });

  test('only a comment by another user on the newest patch set that starts with the recheck words triggers one rerun', () => {
    const comments = [
      wish('Patch Set 2: Code-Review+1\n\nrecheck'),
      wish('please do not recheck'),
      wish('recheck', { isOurs: true }),
      wish('Patch Set 1:\n\nrecheck', { isCurrent: false }),
    ];
    const reported: Run = { ...run, state: 'reported' };
    const first = decide({ ...base, snapshot: { ...snapshot, comments }, runs: [reported] });
    expect(first.reason).toEqual({ kind: 'recheck', comments: ['Patch Set 2: Code-Review+1\n\nrecheck'] });
    const again: Run = { ...reported, id: '1-2-000002', reason: first.reason ?? run.reason };
    expect(decide({ ...base, snapshot: { ...snapshot, comments }, runs: [reported, again] }).reason).toBeUndefined();
  });
});

test('a comment has one line per job with name, log, result and duration', () => {
  const suites = [{ name: 'unit', outcome: 'failure' as const, duration: 312.4, detail: 'took longer than 300 s' }];
  const text = commentText(
    run,
    { outcome: 'failure', suites, remarks: [], isRetried: false },
    {
      name: 'PowerVM CI',
      contact: 'https://example.com',
      logUrl: 'https://logs.example.com/logs/1-2-000001/',
      attempts: 3,
    },
  );
  expect(text.split('\n')).toEqual([
    'Build failed. (PowerVM CI, non-gating)',
    '',
    '- unit https://logs.example.com/logs/1-2-000001/ : FAILURE in 5m 12s (took longer than 300 s) (non-voting)',
    '',
    'Leave a comment "recheck" to run it again.',
    'Contact: https://example.com',
  ]);
});

test('log lines contain no control characters and no secrets, whatever was printed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (before, after) => {
      const line = cleanLine(`${before}\u001b[2Jthe-secret-itself${after}`, ['the-secret-itself']);
      expect(line).not.toMatch(/[^\P{Cc}\t]/u);
      expect(line).not.toContain('the-secret-itself');
    }),
  );
  expect(cleanLine('Authorization: Bearer abcdefgh12345', [])).toBe('Authorization: Bearer [redacted]');
});

test('a page escapes text written by others', () => {
  expect(runPage(run, ['console.txt'], [])).not.toContain('<script');
});

test('the coverage that a suite has written is one line of numbers, and anything else is ignored', () => {
  const share = { total: 200, covered: 186, skipped: 0, pct: 93 };
  const summary = { total: { lines: share, statements: share, functions: share, branches: { ...share, pct: 80.5 } } };
  expect(coverageLine(JSON.stringify(summary))).toBe(
    '93 % of 200 lines, 93 % of 200 functions, 80.5 % of 200 branches',
  );
  const hostile = { ...summary, total: { ...summary.total, lines: { ...share, pct: '<script>' } } };
  for (const text of ['', 'null', '{"total":{}}', JSON.stringify(hostile)]) expect(coverageLine(text)).toBeUndefined();
  expect(runPage(run, [], ['unit-coverage-summary.json: 93 % of 200 lines'])).toContain(
    '<p>unit-coverage-summary.json',
  );
});

test('a line that is not a change event is ignored', () => {
  fc.assert(fc.property(fc.string(), (line) => changeOf(line) === undefined));
  expect(changeOf('{"type":"comment-added","change":{"project":"a/b","number":12}}')).toBe('a/b~12');
});

test('a configuration error names its line', () => {
  const text = readFileSync(path.join(import.meta.dirname, '../../docs/automation-server.md'), 'utf8');
  expect(text).toContain('# automation.yaml');
  expect(() => parseConfiguration('state: /tmp\npublic_url: http://x\ngerit: {}\n', 'a.yaml', {})).toThrow(/gerit/);
  expect(() => parseConfiguration('state: /tmp\npublic_url: http://x\n', 'a.yaml', {})).toThrow('names neither');
});

const blocks = documentationPages()
  .flatMap((page) => page.blocks)
  .filter(({ text }) => text.startsWith('# automation.yaml'));

test.each(blocks)('the configuration at $place is valid', ({ place, text }) => {
  expect(parseConfiguration(text, place, {}, () => 'a-secret-in-a-file').suites.length).toBeGreaterThan(0);
});
