import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { EncodedResource, RequestEncoding } from './request-encoding.ts';
import { splitResource } from './resource-splitting.ts';

export const DEFAULT_MAX_REQUEST_BYTES = 4 * 1024 * 1024;
/** Keeps one Resource well below the smallest sensible request size: a JSON point has about half a kilobyte. */
const MAX_POINTS_PER_RESOURCE = 2_000;

/** Encodes Resources and fills requests with them in order, up to the size limit; one that is larger by itself goes alone. */
export function packRequests(
  resources: readonly ResourceMetrics[],
  encoding: RequestEncoding,
  maxBytes: number,
): EncodedResource[][] {
  const requests: EncodedResource[][] = [];
  let request: EncodedResource[] = [];
  let bytes = 0;
  for (const part of resources.flatMap((resource) => splitResource(resource, MAX_POINTS_PER_RESOURCE))) {
    const encoded = encoding.encode(part);
    if (encoded.points === 0) continue;
    if (request.length > 0 && bytes + encoded.bytes.length > maxBytes) {
      requests.push(request);
      request = [];
      bytes = 0;
    }
    request.push(encoded);
    bytes += encoded.bytes.length;
  }
  if (request.length > 0) requests.push(request);
  return requests;
}

export function countPoints(resources: readonly EncodedResource[]): number {
  return resources.reduce((total, { points }) => total + points, 0);
}
