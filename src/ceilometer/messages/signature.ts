import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import type { Secret } from '../../base/secrets/secret.ts';
import type { JsonObject, JsonValue } from '../samples/sample.ts';

/**
 * Signs messages as Ceilometer's `compute_signature` does (docs/reference/openstack-formats.md#signature): HMAC-SHA256
 * in lower-case hex over {@link signatureData}. Without a secret the signature is empty, as there.
 */
export class MessageSigner {
  readonly #key: KeyObject | undefined;
  /** Metadata is one object for all samples of a resource, and the longest part of what is signed. */
  readonly #metadata = new WeakMap<JsonObject, string>();

  constructor(secret: Secret) {
    const text = secret.reveal();
    this.#key = text === '' ? undefined : createSecretKey(text, 'utf8');
  }

  /** @param message without `message_signature` */
  sign(message: JsonObject): string {
    if (!this.#key) return '';
    return createHmac('sha256', this.#key).update(this.#dataOf(message)).digest('hex');
  }

  #dataOf(message: JsonObject): string {
    let data = '';
    for (const name of Object.keys(message).sort()) {
      const value = message[name];
      if (name === 'resource_metadata' && isObject(value)) data += this.#metadataPairs(value);
      else data += pair(name, value ?? null);
    }
    return data;
  }

  #metadataPairs(metadata: JsonObject): string {
    let pairs = this.#metadata.get(metadata);
    if (pairs === undefined) {
      pairs = pair('resource_metadata', metadata);
      this.#metadata.set(metadata, pairs);
    }
    return pairs;
  }
}

/**
 * What a message is signed over: name and value text of every pair, without anything in between. Values are written
 * as Python's `str()` writes what it reads from the JSON.
 */
export function signatureData(message: JsonObject): string {
  return sortedKeys(message)
    .filter((name) => name !== 'message_signature')
    .map((name) => pair(name, message[name] ?? null))
    .join('');
}

/** Objects are entered, level by level, and their names joined by colons. */
function pair(name: string, value: JsonValue): string {
  if (!isObject(value)) return name + pythonText(value);
  return sortedKeys(value)
    .map((inner) => pair(`${name}:${inner}`, value[inner] ?? null))
    .join('');
}

function pythonText(value: Exclude<JsonValue, JsonObject>): string {
  return typeof value === 'string' ? value : listElement(value);
}

/** Inside of lists, texts and the keys of objects are literals of Python's bytes. */
function listElement(value: JsonValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return pythonNumber(value);
  if (typeof value === 'string') return bytesLiteral(value);
  if (isObject(value)) {
    return `{${sortedKeys(value)
      .map((key) => `${bytesLiteral(key)}: ${listElement(value[key] ?? null)}`)
      .join(', ')}}`;
  }
  return `[${value.map(listElement).join(', ')}]`;
}

/** JSON and Python agree on all numbers but small ones: `0.00001` here is `1e-05` there. */
function pythonNumber(value: number): string {
  if (value === 0 || Math.abs(value) >= 1e-4) return String(value);
  const [digits, exponent = ''] = value.toExponential().split('e-');
  return `${digits}e-${exponent.padStart(2, '0')}`;
}

function bytesLiteral(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  let literal = '';
  for (const byte of Buffer.from(text, 'utf8')) literal += byteText(byte, quote);
  return `b${quote}${literal}${quote}`;
}

function byteText(byte: number, quote: string): string {
  const character = String.fromCharCode(byte);
  if (character === '\\' || character === quote) return `\\${character}`;
  if (character === '\t') return '\\t';
  if (character === '\n') return '\\n';
  if (character === '\r') return '\\r';
  return byte < 0x20 || byte >= 0x7f ? `\\x${byte.toString(16).padStart(2, '0')}` : character;
}

/** By code points, as Python sorts; that is the order of the bytes in UTF-8. */
function sortedKeys(object: JsonObject): readonly string[] {
  return Object.keys(object).sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
