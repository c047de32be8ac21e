import { PcmDocumentError } from '../../base/errors/errors.ts';
import type { Counter, DocumentProblem, SampleError } from '../model.ts';
import { isMarked, readInteger, withoutMark } from './lossless-json.ts';

/** A JSON object of a document; nothing is trusted until a reader below has checked it. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** More would add nothing, and a hostile document could have millions. */
const MAX_PROBLEMS = 20;

/**
 * Collects what had to be left out of a document. The place is kept as parts and put together only for a problem:
 * documents have tens of thousands of fields and, as a rule, no problem.
 */
export class Problems {
  readonly found: DocumentProblem[] = [];
  #section = '';
  #index: number | undefined;

  /** Says where the following fields stand: a section, or one element of a list. */
  enter(section: string, index?: number): void {
    this.#section = section;
    this.#index = index;
  }

  note(field: string, reason: string): void {
    if (this.found.length >= MAX_PROBLEMS) return;
    const place = this.#index === undefined ? this.#section : `${this.#section}[${this.#index}]`;
    this.found.push({ path: [place, field].filter((part) => part !== '').join('.'), reason });
  }
}

const EMPTY: JsonObject = Object.freeze({});

/** The root of a document. */
export function rootObject(value: unknown, what: string): JsonObject {
  if (isObject(value)) return value;
  throw new PcmDocumentError('POWERVM_DOCUMENT_INVALID', `not ${what}: the root is not a JSON object`);
}

/** A section that may be absent, `null` or `{}`, which all mean the same. */
export function section(parent: JsonObject, name: string, problems: Problems): JsonObject {
  const value = parent[name];
  if (value === undefined || value === null) return EMPTY;
  if (isObject(value)) return value;
  problems.note(name, 'is not an object');
  return EMPTY;
}

/** Whether a section is there at all, even empty. */
export function hasSection(parent: JsonObject, name: string): boolean {
  return isObject(parent[name]);
}

/** The objects of a list that may be absent or `null`; elements of another kind are left out. */
export function objects(parent: JsonObject, name: string, problems: Problems): readonly JsonObject[] {
  const value = parent[name];
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    problems.note(name, 'is not a list');
    return [];
  }
  if (value.every(isObject)) return value;
  problems.note(name, 'has elements that are not objects');
  return value.filter(isObject);
}

/** Nothing that PCM measures comes near it, and what is computed from numbers up to here stays finite. */
const MAX_NUMBER = Number.MAX_SAFE_INTEGER;
/** Counters are unsigned 64-bit integers at most. */
const COUNTER_END = 2 ** 64;

/** A number from 0 to 2^53; digits in quotes are one too, in counters, gauges and identifiers alike. */
export function numberField(parent: JsonObject, name: string, problems: Problems): number | undefined {
  const value = parent[name];
  if (typeof value === 'number' && value >= 0 && value <= MAX_NUMBER) return value;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') {
    const text = withoutMark(value).trim();
    const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : undefined;
    if (number !== undefined && number <= MAX_NUMBER) return number;
  }
  problems.note(name, 'is not a number from 0 to 2^53');
  return undefined;
}

/** A whole {@link numberField}, for identifiers. */
export function integerField(parent: JsonObject, name: string, problems: Problems): number | undefined {
  const value = numberField(parent, name, problems);
  if (value === undefined || Number.isSafeInteger(value)) return value;
  problems.note(name, 'is not a whole number');
  return undefined;
}

/** A cumulative counter: 0 to 2^64, exact above 2^53; digits in quotes are one too. */
export function counterField(parent: JsonObject, name: string, problems: Problems): Counter | undefined {
  const value = parent[name];
  if (typeof value === 'number' && value >= 0 && value < COUNTER_END) return value;
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'string') {
    const integer = readInteger(value);
    if (integer !== undefined && integer >= 0 && integer < COUNTER_END) return integer;
  }
  problems.note(name, 'is not a counter from 0 to 2^64');
  return undefined;
}

/**
 * The first of two spellings of a counter that is there: releases differ
 * (docs/reference/pcm-documents.md#spellings-and-types).
 */
export function counterFieldOf(
  parent: JsonObject,
  name: string,
  otherName: string,
  problems: Problems,
): Counter | undefined {
  return counterField(parent, parent[name] === undefined ? otherName : name, problems);
}

/** Text without surrounding blanks; a number is taken as its digits. Empty text is absent. */
export function textField(parent: JsonObject, name: string, problems: Problems): string | undefined {
  const value = parent[name];
  if (typeof value === 'string') {
    // Nothing to take off, which is nearly always so: blanks are below `!`.
    if (value > '!' && !isMarked(value) && value.charCodeAt(value.length - 1) > 0x20) return value;
    const text = withoutMark(value).trim();
    return text === '' ? undefined : text;
  }
  if (typeof value === 'number') return String(value);
  if (value !== undefined && value !== null) problems.note(name, 'is not text');
  return undefined;
}

/** The texts of a list. */
export function textList(parent: JsonObject, name: string): readonly string[] {
  const value = parent[name];
  return Array.isArray(value) ? value.filter((element) => typeof element === 'string') : [];
}

/** `errorInfo`, which is a list with `errId` and `errMsg` or one object with `errorId` and `message`. */
export function sampleErrors(value: unknown): readonly SampleError[] {
  const entries = Array.isArray(value) ? value : [value];
  return entries.filter(isObject).flatMap((entry) => {
    const id = entry.errId ?? entry.errorId;
    const message = entry.errMsg ?? entry.message;
    if (typeof id !== 'string' && typeof id !== 'number') return [];
    return [{ id: withoutMark(String(id)), message: typeof message === 'string' ? message : '' }];
  });
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * What a document lists twice under one identity is one thing: two points of one series would leave at once. The first
 * counts, since adapters are shown in the order in which they were made; real documents repeat them whole.
 */
export function listedOnce<Item>(
  items: readonly Item[],
  identityOf: (item: Item) => string,
  list: string,
  problems: Problems,
): readonly Item[] {
  if (items.length < 2) return items;
  const known = new Set<string>();
  const once = items.filter((item) => {
    const identity = identityOf(item);
    if (known.has(identity)) problems.note(list, 'lists something twice; the first one counts');
    return !known.has(identity) && known.add(identity);
  });
  return once.length === items.length ? items : once;
}
