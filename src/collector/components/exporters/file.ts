import { z } from 'zod';
import { describeError } from '../../../base/errors/errors.ts';
import { OtlpFileExporter } from '../../../otlp/file/otlp-file-exporter.ts';
import { wholeNumber } from '../../config/schema/values.ts';
import { exporterComponent } from './exporter-component.ts';

const MEGABYTE = 1024 * 1024;
const DAY = 24 * 3_600_000;

/** The keys and defaults of the Collector's `file` exporter, as far as they have a meaning here. */
const schema = z.strictObject({
  path: z.string().min(1),
  format: z.literal('json', { error: 'only json is written' }).default('json'),
  rotation: z
    .strictObject({
      max_megabytes: wholeNumber.default(100),
      max_days: wholeNumber.default(0),
      max_backups: wholeNumber.default(100),
    })
    .optional(),
  compression: z
    .enum(['gzip', 'none'], { error: 'must be gzip, for files that rotation has put aside, or none' })
    .default('none'),
});

/** OTLP JSON lines, for a site whose samples leave it in a file: `otel-powervm replay` sends them. */
export const file = exporterComponent(
  schema.refine(({ compression, rotation }) => compression === 'none' || rotation !== undefined, {
    path: ['compression'],
    error: 'compresses files that rotation has put aside: set rotation as well',
  }),
  ({ path, rotation, compression }, { id, clock, logger }) =>
    new OtlpFileExporter({
      path,
      clock,
      ...(rotation
        ? {
            rotation: {
              maxBytes: rotation.max_megabytes * MEGABYTE,
              maxBackups: rotation.max_backups,
              maxAge: rotation.max_days * DAY,
              compress: compression === 'gzip',
            },
          }
        : {}),
      onRotationError: (error) =>
        logger.warn(
          { exporter: id, reason: describeError(error) },
          'a file that was put aside could not be compressed or removed; its lines are safe',
        ),
    }),
);
