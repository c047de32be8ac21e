import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { z } from 'zod';
import { CeilometerExporter } from '../../../../ceilometer/index.ts';
import { systemTimes } from '../../../../ceilometer/intervals/partition-points.ts';
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

/** Where series of Ceilometer's meters go. */
interface SeriesDestination extends BatchExporter {
  /** @param systems by UUID of the instance, the managed system whose time its series follow: their labels do not say it */
  exportBatch(series: readonly ResourceMetrics[], systems?: ReadonlyMap<string, string>): Promise<unknown>;
  /** Of one that ends series: up to when all samples were exported, milliseconds since 1970 by managed system. */
  advanceWatermarks?(times: ReadonlyMap<string, number>): Promise<void>;
}

/** An exporter as it stands, in the format that its configuration says. */
export function inFormat(config: FormatConfig, context: ExporterContext, exporter: SeriesDestination): BatchExporter {
  return config.format === 'ceilometer' ? ceilometerFormat(config, context, exporter) : exporter;
}

/**
 * Every sample as soon as it is there, with its own time, as a series of `ceilometer_<meter>`: at which interval they are
 * wanted is the destination's own business.
 */
function ceilometerFormat(
  { meters = 'now', memory_unit = 'MB', openstack }: FormatConfig,
  { id, clock, logger, extensions }: ExporterContext,
  destination: SeriesDestination,
): BatchExporter {
  const instances = openStackExtension(extensions, openstack)?.instances;
  const partialSuccesses: NonNullable<ExportReceipt['partialSuccesses']>[number][] = [];
  const publish = async (series: readonly ResourceMetrics[], systems?: ReadonlyMap<string, string>) => {
    const receipt = (await destination.exportBatch(series, systems)) as ExportReceipt | undefined;
    partialSuccesses.push(...(receipt?.partialSuccesses ?? []));
  };
  const samples = new CeilometerExporter({
    publishers: [
      {
        name: id,
        publish: (published, systems) => publish(prometheusGauges(published), systems),
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
      if (!pending) await destination.advanceWatermarks?.(watermarksOf(batch, samples));
      return { pending, partialSuccesses: partialSuccesses.splice(0) };
    },
    unpublishedSince: (systemId) => samples.unpublishedSince(systemId),
    get unsent() {
      return samples.unsent;
    },
    shutdown: () => samples.shutdown(),
  };
}

/** What is not published yet, such as the sums over devices of the last minutes, is no sign that a series has ended. */
function watermarksOf(
  batch: readonly ResourceMetrics[],
  samples: Pick<CeilometerExporter, 'unpublishedSince'>,
): ReadonlyMap<string, number> {
  return new Map(
    [...systemTimes(batch)].map(([id, time]) => [id, Math.min(time, samples.unpublishedSince(id) ?? time)]),
  );
}
