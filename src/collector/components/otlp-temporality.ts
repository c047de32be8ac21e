import { AggregationTemporalityPreference } from '@opentelemetry/exporter-metrics-otlp-http';
import { z } from 'zod';
import { describeError } from '../../base/errors/errors.ts';
import type { DeltaOptions } from '../../otlp/deltas/delta-export.ts';
import { storedDeltaState } from '../delivery/stored-delta-state.ts';
import type { ExporterContext } from './exporter-component.ts';

/** `temporality` of the OTLP exporters. */
export const temporality = z.enum(['cumulative', 'delta']).default('cumulative');

export function temporalityPreference(name: z.output<typeof temporality>): AggregationTemporalityPreference {
  return name === 'delta' ? AggregationTemporalityPreference.DELTA : AggregationTemporalityPreference.CUMULATIVE;
}

/** What delta needs: a place for what was delivered, and someone to tell what cannot be known. */
export function deltaOptions({ id, logger, storage }: ExporterContext): DeltaOptions {
  return {
    ...(storage ? { deltaState: storedDeltaState(storage, id) } : {}),
    onUnknownIncreases: ({ first, restarted }) =>
      logger.info(
        { exporter: id, first, restarted },
        'delta: nobody knows how much the first point of a series, or of a counter that began again, has grown',
      ),
    onDeltaStateError: (error) =>
      logger.warn(
        { exporter: id, reason: describeError(error) },
        'delta: what was delivered could not be written or read; after a crash increases may be missing or come twice',
      ),
  };
}
