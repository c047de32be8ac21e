import type { z } from 'zod';
import { nearest } from '../../../base/text/nearest-word.ts';
import type { ConfigPath } from './problem.ts';

/** A mistake in words, where it is. */
export interface Explanation {
  readonly path: ConfigPath;
  readonly message: string;
}

type Issue = z.core.$ZodIssue;

/** What a schema has against a value, in words that say what is allowed. Values are not repeated: they may be secrets. */
export function explain(
  schema: z.ZodType,
  issues: readonly Issue[],
  value: unknown,
  prefix: ConfigPath = [],
): Explanation[] {
  return issues.flatMap((issue) => explainIssue(schema, issue, value, prefix));
}

function explainIssue(schema: z.ZodType, issue: Issue, value: unknown, prefix: ConfigPath): Explanation[] {
  const inner = issue.path.filter((part): part is string | number => typeof part !== 'symbol');
  const path = [...prefix, ...inner];
  const found = inner.reduce<unknown>((object, part) => (object as Record<string, unknown> | undefined)?.[part], value);
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({ path: [...path, key], message: unknownKey(key, allowedKeys(schema, inner)) }));
    case 'invalid_type': {
      const state = found === undefined || found === null ? 'is missing' : `is ${kindOf(found)}`;
      // A schema that has words of its own for what it wants knows them better.
      const wanted = issue.message.startsWith('must be') ? issue.message : `must be ${typeWords(issue.expected)}`;
      return [{ path, message: `${state}, ${wanted}` }];
    }
    case 'invalid_key':
      return [{ path, message: issue.issues[0]?.message ?? issue.message }];
    case 'invalid_value':
      return [{ path, message: `must be one of ${issue.values.map(String).join(', ')}` }];
    case 'too_big':
    case 'too_small':
      return [{ path, message: sizeWords(issue) }];
    case 'invalid_union':
      return explainUnion(schema, issue.errors, found, path, value, prefix);
    default:
      return [{ path, message: issue.message }];
  }
}

/** A schema that has words of its own for what is wrong keeps them. */
function sizeWords(issue: Extract<Issue, { code: 'too_big' | 'too_small' }>): string {
  if (!/^Too (big|small)/.test(issue.message)) return issue.message;
  const limit = issue.code === 'too_big' ? `at most ${issue.maximum}` : `at least ${issue.minimum}`;
  if (issue.origin === 'number' || issue.origin === 'int') return `must be ${limit}`;
  if (issue.code === 'too_small' && issue.minimum === 1) return 'must not be empty';
  return `must have ${limit} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
}

/** Of the ways a value may look, the one it looks most like is explained. */
function explainUnion(
  schema: z.ZodType,
  branches: readonly (readonly Issue[])[],
  found: unknown,
  path: ConfigPath,
  value: unknown,
  prefix: ConfigPath,
): Explanation[] {
  const promising = branches.find(
    (issues) => !issues.some((issue) => issue.code === 'invalid_type' && issue.path.length === 0),
  );
  if (promising) {
    const inner = path.slice(prefix.length);
    const placed = promising.map((issue) => ({ ...issue, path: [...inner, ...issue.path] }) as Issue);
    return explain(schema, placed, value, prefix);
  }
  const expected = branches.flatMap((issues) =>
    issues.flatMap((issue) => (issue.code === 'invalid_type' ? [typeWords(issue.expected)] : [])),
  );
  return [{ path, message: `is ${kindOf(found)}, must be ${expected.join(' or ')}` }];
}

function unknownKey(key: string, allowed: readonly string[]): string {
  const meant = nearest(key, allowed);
  const suggestion = meant === undefined ? '' : `; did you mean ${meant}?`;
  return `unknown key${suggestion}${allowed.length === 0 ? '' : ` (allowed: ${allowed.join(', ')})`}`;
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value === null || value === undefined) return 'empty';
  return typeof value === 'object' ? 'a map' : `a ${typeof value}`;
}

function typeWords(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    array: 'a list',
    object: 'a map',
    record: 'a map',
    int: 'a whole number',
    boolean: 'true or false',
  };
  return words[expected] ?? `a ${expected}`;
}

/** The keys that the schema knows at `path`. */
function allowedKeys(schema: z.ZodType, path: ConfigPath): readonly string[] {
  const at = path.reduce<z.core.$ZodType | undefined>((current, part) => childOf(current, part), schema);
  return shapesOf(at).flatMap((shape) => Object.keys(shape));
}

function childOf(schema: z.core.$ZodType | undefined, part: string | number): z.core.$ZodType | undefined {
  for (const shape of shapesOf(schema)) if (part in shape) return shape[part];
  const definition = unwrapped(schema)?._zod.def;
  if (definition?.type === 'array') return (definition as z.core.$ZodArrayDef).element;
  if (definition?.type === 'record') return (definition as z.core.$ZodRecordDef).valueType;
  return undefined;
}

function shapesOf(schema: z.core.$ZodType | undefined): readonly Readonly<Record<string, z.core.$ZodType>>[] {
  const definition = unwrapped(schema)?._zod.def;
  if (definition?.type === 'object') return [(definition as z.core.$ZodObjectDef).shape];
  if (definition?.type === 'union') return (definition as z.core.$ZodUnionDef).options.flatMap(shapesOf);
  return [];
}

/** Without the layers that make a schema optional or give it a default. */
function unwrapped(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  const definition = schema?._zod.def;
  if (!definition) return undefined;
  if ('innerType' in definition) return unwrapped(definition.innerType as z.core.$ZodType);
  if (definition.type === 'pipe') return unwrapped((definition as z.core.$ZodPipeDef).out);
  return schema;
}
