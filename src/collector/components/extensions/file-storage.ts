import { z } from 'zod';
import { flag } from '../../config/schema/values.ts';
import { FileStorage } from '../../storage/file-storage.ts';
import { extensionComponent } from './extension-component.ts';

const schema = z.strictObject({
  directory: z.string().min(1).default('/var/lib/otel-powervm'),
  create_directory: flag.default(true),
});

/** Remembers over restarts how far every exporter has got. */
export const fileStorage = extensionComponent(
  schema,
  ({ directory, create_directory }, { clock, logger }) =>
    new FileStorage({ directory, createDirectory: create_directory, clock, logger }),
);
