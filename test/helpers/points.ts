import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';

/** Every point of some Resources, with the attributes of its Resource and the name of its metric. */
export function pointsOf(resources: readonly ResourceMetrics[]) {
  return resources.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map((point) => ({ resource: resource.attributes, name: descriptor.name, ...point })),
      ),
    ),
  );
}
