/**
 * JSON as the independent check reads it: a number is a `bigint` when it is written as an integer that a double does not
 * hold, and nothing is ever rounded. Own code, since the product's way of keeping long integers is part of what is checked.
 */

export interface RawObject {
  readonly [name: string]: RawValue;
}
export type RawValue = string | number | bigint | boolean | null | RawObject | readonly RawValue[] | undefined;

const STRING_OR_NUMBER = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const LONG_INTEGER = /^-?\d{16,}$/;

export function parseRaw(text: string): RawObject {
  const quoted = text.replaceAll(STRING_OR_NUMBER, (token) =>
    LONG_INTEGER.test(token) ? `"integer:${token}"` : token,
  );
  return JSON.parse(quoted, (_, value: unknown) =>
    typeof value === 'string' && value.startsWith('integer:') ? BigInt(value.slice(8)) : value,
  );
}

export function objectAt(parent: RawObject, ...names: readonly string[]): RawObject {
  let value: RawValue = parent;
  for (const name of names) value = (value as RawObject)[name] ?? {};
  return value as RawObject;
}

export function listAt(parent: RawObject, name: string): readonly RawObject[] {
  return (parent[name] as readonly RawObject[] | undefined) ?? [];
}

/** A counter, exactly; numbers in E-notation are whole. */
export function counterAt(parent: RawObject, name: string): bigint | undefined {
  const value = parent[name];
  return typeof value === 'number' ? BigInt(value) : typeof value === 'bigint' ? value : undefined;
}

export function numberAt(parent: RawObject, name: string): number | undefined {
  const value = parent[name];
  return value === undefined || value === null ? undefined : Number(value);
}

export function textAt(parent: RawObject, name: string): string | undefined {
  const value = parent[name];
  return value === undefined || value === null ? undefined : String(value);
}

/** A UUID in the spelling of telemetry. */
export function uuidAt(parent: RawObject, name: string): string | undefined {
  const digits = textAt(parent, name)?.toLowerCase().replaceAll('-', '');
  return digits?.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

/** Milliseconds since 1970 of `2026-03-04T12:00:00+0000` and of `20260304T120000+0000`. */
export function timeAt(parent: RawObject, name: string): number {
  const digits = textAt(parent, name) ?? '';
  const [, date = '', time = '', offset = ''] = /^([\d-]+)T([\d:.]+)(.*)$/.exec(digits) ?? [];
  const day = date.includes('-') ? date : date.replace(/^(.{4})(..)(..)$/, '$1-$2-$3');
  const clock = time.includes(':') ? time : time.replace(/^(..)(..)(..)$/, '$1:$2:$3');
  return Date.parse(`${day}T${clock}${offset.replace(/^([+-]\d\d)(\d\d)$/, '$1:$2')}`);
}
