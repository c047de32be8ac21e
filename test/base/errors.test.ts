import { expect, test } from 'vitest';
import { errorCatalog } from '../../src/base/error-catalog.ts';
import { ConsoleError, describeError, ExportError, PowerVmError } from '../../src/base/errors.ts';

test('an error carries its code, its place and the remedy', () => {
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

test('only a delivery that may work later is not permanent', () => {
  expect(new ExportError('POWERVM_EXPORT_FAILED', 'down').permanent).toBe(false);
  expect(new ExportError('POWERVM_EXPORT_REFUSED', '400').permanent).toBe(true);
});

test.each([
  [new Error('first\n  second'), 'first second'],
  [new TypeError(), 'TypeError'],
  ['text', 'text'],
  [undefined, 'undefined'],
])('%j is described on one line', (thrown, text) => {
  expect(describeError(thrown)).toBe(text);
});
