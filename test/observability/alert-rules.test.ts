import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { parse } from 'yaml';

const root = path.join(import.meta.dirname, '../..');
const hasPromtool = spawnSync('promtool', ['--version']).status === 0;

function promtool(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: root, encoding: 'utf8' });
  return { status, text: stdout + stderr };
}

test.skipIf(!hasPromtool)('the alert rules are rules of Prometheus (skipped without promtool)', () => {
  for (const file of ['alerts.yaml', 'alerts-otlp.yaml']) {
    expect(promtool('check', 'rules', `examples/prometheus/${file}`)).toMatchObject({ status: 0 });
  }
});

test.skipIf(!hasPromtool)('every alert fires when it should, and only then (skipped without promtool)', () => {
  expect(promtool('test', 'rules', 'test/observability/alert-rules.yaml')).toEqual({
    status: 0,
    text: expect.stringContaining('SUCCESS'),
  });
});

test('every alert has its section in the docs, with steps', () => {
  const docs = readFileSync(path.join(root, 'docs/alerts.md'), 'utf8');
  for (const file of ['alerts.yaml', 'alerts-otlp.yaml']) {
    const { groups } = parse(readFileSync(path.join(root, 'examples/prometheus', file), 'utf8')) as {
      groups: readonly { rules: readonly { alert: string; annotations: { runbook_url: string } }[] }[];
    };
    const rules = groups.flatMap(({ rules: all }) => all);
    expect(rules.length).toBeGreaterThan(10);
    for (const { alert, annotations } of rules) {
      expect(annotations.runbook_url).toBe(`docs/alerts.md#${alert.toLowerCase()}`);
      expect(docs).toMatch(new RegExp(`^## ${alert}\\n\\n.+\\n\\n1\\. `, 'm'));
    }
  }
});
