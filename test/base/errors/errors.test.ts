import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { errorCatalog } from '../../../src/base/errors/error-catalog.ts';
import { ConsoleError, describeError, ExportError, PowerVmError } from '../../../src/base/errors/errors.ts';

test('an error carries its code, context and remedy', () => {
  const cause = new Error('ECONNREFUSED');
  const error = new ConsoleError('POWERVM_CONSOLE_UNREACHABLE', 'hmc1: connection refused', {
    context: { console: 'hmc1' },
    cause,
  });
  expect(error).toBeInstanceOf(PowerVmError);
  expect(error).toMatchObject({
    name: 'ConsoleError',
    code: 'POWERVM_CONSOLE_UNREACHABLE',
    context: { console: 'hmc1' },
    cause,
  });
  expect(error.remedy).toBe(errorCatalog.POWERVM_CONSOLE_UNREACHABLE.remedy);
});

test.each([
  ['POWERVM_EXPORT_FAILED', false, false],
  ['POWERVM_EXPORT_REFUSED', true, false],
  ['POWERVM_SAMPLE_INVALID', true, false],
  ['POWERVM_EXPORT_DENIED', false, true],
  ['POWERVM_EXPORT_ANSWER', false, true],
  ['POWERVM_SHUT_DOWN', false, false],
] as const)('%s: permanent: %s; needs correction: %s', (code, permanent, needsCorrection) => {
  expect(new ExportError(code, 'down')).toMatchObject({ permanent, needsCorrection });
});

test.each([
  [new Error('first\n  second'), 'first second'],
  [new TypeError(), 'TypeError'],
  ['text', 'text'],
  [undefined, 'undefined'],
])('%j is described on one line', (thrown, text) => {
  expect(describeError(thrown)).toBe(text);
});

test('every error code is documented, and every documented code is used', () => {
  const root = path.join(import.meta.dirname, '../../..');
  const page = readFileSync(path.join(root, 'docs/errors.md'), 'utf8');
  const source = readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('error-catalog.ts'))
    .map((file) => readFileSync(path.join(root, 'src', file), 'utf8'))
    .join();
  for (const [code, { meaning, remedy }] of Object.entries(errorCatalog)) {
    expect(page).toContain(`| \`${code}\` |`);
    expect(source, `nobody gives ${code}`).toContain(code);
    expect(meaning).toMatch(/\.$/);
    expect(remedy).toMatch(/\.$/);
  }
  expect([...page.matchAll(/^\| `(POWERVM_\w+)` \|/gm)].map(([, code]) => code).sort()).toEqual(
    Object.keys(errorCatalog).sort(),
  );
});
