import { z } from 'zod';

/** Keys and values travel as base64. */
export function encode(text: string | Uint8Array): string {
  return Buffer.from(text as string).toString('base64');
}

function decode(text: string): string {
  return Buffer.from(text, 'base64').toString('utf8');
}

/** The end of the range of all keys that begin with `prefix`. Our prefixes end with ASCII. */
export function rangeEnd(prefix: string): string {
  const bytes = Buffer.from(prefix);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) + 1;
  return bytes.toString('base64');
}

/** What is zero, empty or false is left out of a response; numbers of 64 bits are texts. */
const int64 = z.union([z.string(), z.number()]).transform(String).default('0');

const keyValue = z
  .object({
    key: z.string().default(''),
    value: z.string().default(''),
    create_revision: int64,
    mod_revision: int64,
    lease: int64,
  })
  .transform(({ key, value, create_revision, mod_revision, lease }) => ({
    key: decode(key),
    value: decode(value),
    createRevision: create_revision,
    modRevision: mod_revision,
    /** `0` without one. */
    lease,
  }));

/** A key with its value, and what distinguishes this life of it from a former one. */
export type KeyValue = z.output<typeof keyValue>;

const header = z.object({ revision: int64, member_id: int64 }).prefault({});

export const rangeAnswer = z.object({ header, kvs: z.array(keyValue).default([]) });

export const txnAnswer = z.object({
  header,
  succeeded: z.boolean().default(false),
  responses: z
    .array(z.object({ response_range: z.object({ kvs: z.array(keyValue).default([]) }).optional() }))
    .default([]),
});

export const leaseAnswer = z.object({ ID: int64, TTL: int64 });
export const keepAliveAnswer = z.object({ result: leaseAnswer });
export const authenticateAnswer = z.object({ token: z.string() });

export const statusAnswer = z.object({
  header,
  version: z.string().default(''),
  dbSize: int64,
  leader: int64,
  errors: z.array(z.string()).default([]),
});

export const alarmAnswer = z.object({ alarms: z.array(z.object({ alarm: z.string().default('NONE') })).default([]) });

export const watchAnswer = z.object({
  result: z.object({
    header,
    created: z.boolean().default(false),
    canceled: z.boolean().default(false),
    cancel_reason: z.string().default(''),
    compact_revision: int64,
    events: z.array(z.object({ type: z.enum(['PUT', 'DELETE']).default('PUT'), kv: keyValue })).default([]),
  }),
});

export const errorAnswer = z.object({
  error: z
    .union([z.string(), z.object({ message: z.string().default(''), grpc_code: z.number().default(0) })])
    .optional(),
  message: z.string().optional(),
  code: z.number().optional(),
});
