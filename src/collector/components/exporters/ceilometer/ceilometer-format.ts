import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { z } from 'zod';
import { CeilometerExporter } from '../../../../ceilometer/index.ts';
import { prometheusGauges } from '../../../../ceilometer/meters/prometheus-gauges.ts';
import { openStackExtension } from '../../extensions/openstack.ts';
import type { BatchExporter, ExporterContext, ExportReceipt } from '../exporter-component.ts';

/** Keys of the exporters that can write Ceilometer's meters in place of the metrics of this product. */
export const formatKeys = {
  format: z.enum(['opentelemetry', 'ceilometer']).default('opentelemetry'),
  meters: z.enum(['now', 'classic']).optional(),
  memory_unit: z.enum(['MB', 'MiB']).optional(),
  openstack: z.string().optional(),
};

type FormatConfig = z.output<z.ZodObject<typeof formatKeys>>;

/** Keys that only Ceilometer's meters have. */
const OF_CEILOMETER = ['meters', 'memory_unit', 'openstack'] as const;

/** For `superRefine` of their schema. */
export function checkFormat(config: FormatConfig, { addIssue }: Pick<z.RefinementCtx, 'addIssue'>): void {
  if (config.format === 'ceilometer') return;
  for (const key of OF_CEILOMETER) {
    if (config[key] !== undefined) addIssue({ code: 'custom', path: [key], message: 'needs format: ceilometer' });
  }
}

/** An exporter as it stands, in the format that its configuration says. */
export function inFormat(config: FormatConfig, context: ExporterContext, exporter: BatchExporter): BatchExporter {
  return config.format === 'ceilometer' ? ceilometerFormat(config, context, exporter) : exporter;
}

/**
 * Every sample as soon as it is there, with its own time, as a series of `ceilometer_<meter>`: at which interval they are
 * wanted is the destination's own business.
 */
function ceilometerFormat(
  { meters = 'now', memory_unit = 'MB', openstack }: FormatConfig,
  { id, clock, logger, extensions }: ExporterContext,
  destination: BatchExporter,
): BatchExporter {
  const instances = openStackExtension(extensions, openstack)?.instances;
  const partialSuccesses: NonNullable<ExportReceipt['partialSuccesses']>[number][] = [];
  const publish = async (series: readonly ResourceMetrics[]) => {
    const receipt = (await destination.exportBatch(series)) as ExportReceipt | undefined;
    partialSuccesses.push(...(receipt?.partialSuccesses ?? []));
  };
  const samples = new CeilometerExporter({
    publishers: [
      {
        name: id,
        publish: (published) => publish(prometheusGauges(published)),
        close: () => destination.shutdown(),
      },
    ],
    meterSet: meters,
    memoryUnit: memory_unit,
    interval: 0,
    ...(instances ? { instances } : {}),
    clock,
    logger,
  });
  return {
    start: async (collector) => destination.start?.(collector),
    destination,
    get page() {
      return destination.page;
    },
    exportBatch: async (batch): Promise<ExportReceipt> => {
      const { pending } = await samples.exportBatch(batch);
      return { pending, partialSuccesses: partialSuccesses.splice(0) };
    },
    unpublishedSince: (systemId) => samples.unpublishedSince(systemId),
    get unsent() {
      return samples.unsent;
    },
    shutdown: () => samples.shutdown(),
  };
}
