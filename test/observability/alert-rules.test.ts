import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { expect, test } from 'vitest';

const root = path.join(import.meta.dirname, '../..');
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

function promtool(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: root, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

test.skipIf(!hasPromtool)('the alert rules are rules of Prometheus (skipped without promtool)', () => {
  expect(promtool('check', 'rules', 'examples/prometheus/alerts.yaml')).toMatchObject({ status: 0 });
});

test.skipIf(!hasPromtool)('every alert fires when it should, and only then (skipped without promtool)', () => {
  expect(promtool('test', 'rules', 'test/observability/alert-rules.yaml')).toEqual({
    status: 0,
    text: expect.stringContaining('SUCCESS'),
  });
});
