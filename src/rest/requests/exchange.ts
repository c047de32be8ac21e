import type { HttpRequest, HttpResponse } from '../../base/http/http-client.ts';
import type { RequestKind } from '../model.ts';

/** One HTTP request to a console. */
export interface ConsoleRequest extends HttpRequest {
  readonly kind: RequestKind;
  /** Path and query, used as they are: file names of PCM hold `*` and `+`. */
  readonly path: string;
  /** The logoff of a client that ends: sent even while requests are paused. */
  readonly isLogoff?: boolean;
  /** A side query about one file or optional data: its outcome says nothing about the console. */
  readonly isSideQuery?: boolean;
  /** Secrets in its body that must not appear in an error that quotes the response. */
  readonly secrets?: readonly string[];
}

/** What came back, whatever its status. */
export type ConsoleResponse = HttpResponse;

/** Path without query, for messages. */
export function pathOnly(path: string): string {
  return path.replace(/\?.*$/s, '');
}
