import type { Attributes } from '@opentelemetry/api';
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { z } from 'zod';
import { printable } from '../../../base/text/printable.ts';
import { exactValueOf } from '../../../metrics/index.ts';
import { type BatchExporter, exporterComponent } from './exporter-component.ts';

const schema = z.strictObject({ verbosity: z.enum(['basic', 'normal', 'detailed']).default('normal') });

/** Prints what would be sent: a line a batch, a line a Resource, or a line a Resource with its attributes and a line a point. */
export const debug = exporterComponent(schema, ({ verbosity }, { print }): BatchExporter => {
  const describe = { basic: describeBatch, normal: describeResources, detailed: describePoints }[verbosity];
  return {
    exportBatch: async (resources) => print(describe(resources)),
    shutdown: async () => undefined,
  };
});

function metricsOf({ scopeMetrics }: ResourceMetrics): readonly MetricData[] {
  return scopeMetrics.flatMap(({ metrics }) => metrics);
}

function countPoints(metrics: readonly MetricData[]): number {
  return metrics.reduce((sum, { dataPoints }) => sum + dataPoints.length, 0);
}

function describeBatch(resources: readonly ResourceMetrics[]): string {
  return `${resources.length} resources, ${countPoints(resources.flatMap(metricsOf))} points`;
}

function describeResources(resources: readonly ResourceMetrics[]): string {
  return resources
    .map((resource) => {
      const metrics = metricsOf(resource);
      return `${nameOf(resource.resource.attributes)}: ${metrics.length} metrics, ${countPoints(metrics)} points`;
    })
    .join('\n');
}

function describePoints(resources: readonly ResourceMetrics[]): string {
  return resources
    .flatMap((resource) => [
      `${nameOf(resource.resource.attributes)}${attributesText(resource.resource.attributes)}`,
      ...metricsOf(resource).flatMap(({ descriptor, dataPoints }) =>
        dataPoints.map((point) => {
          const { attributes, endTime } = point;
          const value = exactValueOf(point) ?? point.value;
          const time = new Date(endTime[0] * 1000).toISOString();
          const text = typeof value === 'object' ? `count ${value.count}, sum ${value.sum}` : value;
          return `${time} ${nameOf(resource.resource.attributes)} ${descriptor.name}${attributesText(attributes)} ${text} ${descriptor.unit}`;
        }),
      ),
    ])
    .join('\n');
}

function attributesText(attributes: Attributes): string {
  const pairs = Object.entries(attributes).map(([name, value]) => printable(`${name}=${value}`));
  return pairs.length === 0 ? '' : `{${pairs.join(', ')}}`;
}

function nameOf(attributes: Attributes): string {
  const system = attributes['powervm.system.name'] ?? attributes['powervm.system.id'];
  const partition = attributes['powervm.lpar.name'] ?? attributes['powervm.lpar.id'];
  if (partition !== undefined) return printable(`${system}/${partition}`);
  return printable(String(system ?? attributes['powervm.ssp.id'] ?? attributes['service.name']));
}
