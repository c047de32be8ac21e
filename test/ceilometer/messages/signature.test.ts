import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../src/base/secrets/secret.ts';
import { MeterMessageWriter, meterMessage } from '../../../src/ceilometer/messages/meter-message.ts';
import { MessageSigner, signatureData } from '../../../src/ceilometer/messages/signature.ts';
import type { CeilometerSample, JsonObject, JsonValue } from '../../../src/ceilometer/samples/sample.ts';

const SECRET = 'change this for valid signing';

/**
 * The rules of docs/reference/openstack-formats.md#signature once more, step by step and without a thought of speed.
 */
function dataByTheRules(message: JsonObject): string {
  const pairs: string[] = [];
  visit(message, '', pairs);
  return pairs.join('');
}

function visit(object: JsonObject, prefix: string, pairs: string[]): void {
  for (const key of pythonSorted(Object.keys(object))) {
    const name = prefix + key;
    const value = object[key] as JsonValue;
    if (name === 'message_signature') continue;
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      visit(value as JsonObject, `${name}:`, pairs);
    else pairs.push(name + (typeof value === 'string' ? value : valueText(value)));
  }
}

function valueText(value: JsonValue): string {
  if (value === null) return 'None';
  if (value === true) return 'True';
  if (value === false) return 'False';
  if (typeof value === 'number') return numberText(JSON.stringify(value));
  if (typeof value === 'string') return bytesText(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  const object = value as JsonObject;
  const pairs = pythonSorted(Object.keys(object)).map(
    (key) => `${bytesText(key)}: ${valueText(object[key] as JsonValue)}`,
  );
  return `{${pairs.join(', ')}}`;
}

/** Python's reading of a JSON number, written by its `str`. */
function numberText(json: string): string {
  if (/^-?\d+$/.test(json)) return json;
  const value = Number(json);
  const size = Math.abs(value);
  if (size >= 1e-4 && size < 1e16) return Number.isInteger(value) ? `${value}.0` : String(value);
  return value.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function bytesText(text: string): string {
  const hasQuote = text.includes("'");
  const quote = hasQuote && !text.includes('"') ? '"' : "'";
  const inner = [...Buffer.from(text)].map((byte) => {
    const character = String.fromCharCode(byte);
    const named = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', [quote]: `\\${quote}` }[character];
    return named ?? (byte < 0x20 || byte > 0x7e ? `\\x${byte.toString(16).padStart(2, '0')}` : character);
  });
  return `b${quote}${inner.join('')}${quote}`;
}

function pythonSorted(keys: readonly string[]): readonly string[] {
  const points = (text: string) => [...text].map((character) => character.codePointAt(0) ?? 0);
  return [...keys].sort((left, right) => {
    const [a, b] = [points(left), points(right)];
    const at = a.findIndex((point, index) => point !== b[index]);
    return at === -1 ? a.length - b.length : (a[at] ?? 0) - (b[at] ?? Number.NEGATIVE_INFINITY);
  });
}

const text = fc.string({ unit: 'binary' });
const number = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.double({ noNaN: true, noDefaultInfinity: true }));
const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    text,
    number,
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value')),
    fc.dictionary(text, tie('value')),
  ),
})).value;

const sample: CeilometerSample = {
  id: '070cab06-e6bb-11f1-ad45-02fc00000001',
  name: 'memory.usage',
  type: 'gauge',
  unit: 'MB',
  volume: 1023.4375,
  user_id: null,
  project_id: '9c8b7a6d5e4f40312233445566778899',
  resource_id: 'aaaaaaaa-0000-4000-8000-000000000001',
  timestamp: '2026-11-22T21:23:57.673749',
  resource_metadata: { display_name: 'é', flavor: { id: '2', vcpus: 2 }, empty: {}, image: null },
  source: 'openstack',
  monotonic_time: null,
};

describe('the signature of a message', () => {
  test('is over names and values, as in the example of docs/reference/openstack-formats.md', () => {
    const message = { b: { y: 1.5, x: null }, a: ['é', 2], message_signature: '...' };
    expect(signatureData(message)).toBe(String.raw`a[b'\xc3\xa9', 2]b:xNoneb:y1.5`);
  });

  test('writes small numbers, quotes and keys above U+FFFF as Python does', () => {
    expect(signatureData({ n: [1e-5, 1.5e-7, 0.0001, 1e21, -0] })).toBe('n[1e-05, 1.5e-07, 0.0001, 1e+21, 0]');
    expect(signatureData({ q: [`it's`, `"it's"`, '\\\t\u007f'] })).toBe(
      String.raw`q[b"it's", b'"it\'s"', b'\\\t\x7f']`,
    );
    expect(signatureData({ '\u{10000}': 1, '\uffff': 2 })).toBe('\uffff2\u{10000}1');
    expect(signatureData({ x: { message_signature: 'counts' } })).toBe('x:message_signaturecounts');
  });

  test('follows the rules for arbitrary messages', () => {
    fc.assert(
      fc.property(fc.dictionary(text, json), (message) => {
        expect(signatureData(message)).toBe(dataByTheRules(message));
      }),
      { numRuns: 2_000 },
    );
  });

  test('is HMAC-SHA256 of that data, the same for the object and for the JSON that is sent', () => {
    const signer = new MessageSigner(new Secret(SECRET));
    const writer = new MeterMessageWriter(signer);
    fc.assert(
      fc.property(fc.dictionary(text, json), number, text, (metadata, volume, name) => {
        const one = { ...sample, volume, name, resource_metadata: metadata };
        const message = meterMessage(one, signer);
        expect(message.message_signature).toBe(
          createHmac('sha256', SECRET).update(dataByTheRules(message), 'utf8').digest('hex'),
        );
        const written = writer.write(one);
        expect(written).toBe(JSON.stringify(message));
        // Once more, when the metadata are known.
        expect(writer.write(one)).toBe(written);
      }),
      { numRuns: 500 },
    );
  });

  test('covers fields added by a publisher', () => {
    const message = meterMessage(sample, new MessageSigner(new Secret(SECRET)), { publisher_id: 'host-1' });
    expect(Object.keys(message).slice(-2)).toEqual(['publisher_id', 'message_signature']);
    expect(message.message_signature).toBe(createHmac('sha256', SECRET).update(dataByTheRules(message)).digest('hex'));
  });

  test('is empty without a secret', () => {
    expect(meterMessage(sample, new MessageSigner(new Secret(''))).message_signature).toBe('');
  });
});
