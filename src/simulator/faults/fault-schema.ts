import { z } from 'zod';
import { duration, oneOf, reference, signedDuration } from '../scenario/values.ts';

const share = z.number().min(0).max(1);
export const requestKinds = ['logon', 'logoff', 'inventory', 'preferences', 'feed', 'document'] as const;

/** What a single response suffers. Times of connections are real ones, whatever clock the estate lives by. */
export const responseFaults = {
  latency: duration.optional(),
  /** No answer, or its head and half of its body, and then nothing. */
  stall: z.enum(['before', 'within']).optional(),
  /** The connection is broken instead of a response, or in the middle of it. */
  reset: z.enum(['before', 'within']).optional(),
  status: z.number().int().min(300).max(599).optional(),
  /** The share of the body that is sent, as if it were all. */
  truncate: share.optional(),
  /** The share of its characters that are others. */
  garble: share.optional(),
  content_type: z.string().optional(),
  /** Says that the body is compressed, which it is not. */
  encoding: z.enum(['gzip', 'deflate', 'br']).optional(),
  body: z.string().optional(),
  /** Announced as ISO-8859-1, and sent in that or in UTF-8, as real consoles do. */
  charset: z.enum(['latin1', 'utf8']).optional(),
  /** Characters beyond ASCII as references. */
  references: z.literal(true).optional(),
  /** An event and the response of a job among the entries of a feed. */
  foreign_entries: z.literal(true).optional(),
  /** Another ETag than the one that is compared with. */
  etag: z.string().optional(),
  /** A document is cut off when it is read for the first time, as if it were still being written. */
  unfinished: z.literal(true).optional(),
};

/** What the whole console suffers. */
const consoleFaults = {
  /** No connection for `lasts`, then 503 for `warm_up`; sessions are gone. */
  reboot: z
    .strictObject({
      warm_up: duration.default(0),
      /** Whether PCM continued sampling; lost samples are missing permanently. */
      samples: z.enum(['kept', 'lost']).default('kept'),
    })
    .optional(),
  /** The clock of the console is set forward or back. */
  clock_jump: signedDuration.optional(),
  /** The feed continues as it is, without new samples. Afterwards they are there. */
  stale_feed: z.literal(true).optional(),
  /** Every session is forgotten. */
  expire_sessions: z.literal(true).optional(),
  /** So many sessions at a time; a logon beyond is refused. */
  session_limit: z.number().int().nonnegative().optional(),
  expired_certificate: z.literal(true).optional(),
};

const actionNames = [...Object.keys(responseFaults), ...Object.keys(consoleFaults)];

export const faultSchema = z
  .strictObject({
    at: duration.default(0),
    /** Default: permanently. */
    lasts: duration.optional(),
    /** Which console of several, from 1; all of them, when it is not given. */
    console: z.number().int().positive().optional(),
    requests: z.array(z.enum(requestKinds)).min(1).optional(),
    /** Only requests whose path contains this. */
    path: z.string().optional(),
    /** Only requests whose query contains this. */
    query: z.string().optional(),
    /** Only the first path that fits, each time it is asked for: one document and no other. */
    one_path: z.literal(true).optional(),
    /** Of each request, by the seed. */
    probability: share.default(1),
    /** At most so many times. */
    count: z.number().int().positive().optional(),
    ...responseFaults,
    ...consoleFaults,
    /** Beside `status`: seconds for `Retry-After`, and the words of the error. */
    retry_after: z.number().int().nonnegative().optional(),
    message: reference.optional(),
    /** Beside `status`: the error response as the entry of Atom, as the document itself, or as a page of the web server. */
    form: z.enum(['entry', 'bare', 'page']).optional(),
  })
  .superRefine(oneOf(actionNames))
  .superRefine((fault, context) => {
    if (fault.reboot && fault.lasts === undefined) {
      context.addIssue({ code: 'custom', path: ['lasts'], message: 'a reboot needs the time that it lasts' });
    }
    if (fault.status === undefined && (fault.retry_after ?? fault.message ?? fault.form) !== undefined) {
      context.addIssue({ code: 'custom', message: 'retry_after, message and form belong to a status' });
    }
  });

/** A little of everything: each request suffers one of these with the probability. */
export const randomFaultsSchema = z.strictObject({
  at: duration.default(0),
  lasts: duration.optional(),
  console: z.number().int().positive().optional(),
  probability: share,
  of: z
    .array(z.enum(Object.keys(responseFaults) as [string, ...string[]]))
    .min(1)
    .optional(),
});

export type Fault = z.output<typeof faultSchema>;
export type RandomFaults = z.output<typeof randomFaultsSchema>;
export type RequestKind = (typeof requestKinds)[number];
