import type { SimulatedRequest } from '../options.ts';
import type { RequestKind } from './fault-schema.ts';

/** What a request is about. */
export function requestKind({ method, path }: SimulatedRequest): RequestKind {
  if (path.endsWith('/web/Logon')) return method === 'DELETE' ? 'logoff' : 'logon';
  if (path.endsWith('.json')) return 'document';
  if (path.endsWith('/preferences')) return 'preferences';
  return /Metrics(?:\/\w+)?$/.test(path) ? 'feed' : 'inventory';
}
