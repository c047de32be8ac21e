import { z } from 'zod';
import { serverKeys, serverOptions } from '../server/server-schema.ts';
import { StatusPage } from '../status/status-page.ts';
import { extensionComponent } from './extension-component.ts';

const schema = z.strictObject({ endpoint: z.string().default('127.0.0.1:8650'), ...serverKeys });

/** Frames, pools, VIOSes and partitions, and how the collector is doing, in a browser. */
export const statusPage = extensionComponent(
  schema,
  (config, { clock, logger }) => new StatusPage(serverOptions(config), { clock, logger }),
);
