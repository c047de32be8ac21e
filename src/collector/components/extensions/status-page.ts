import { z } from 'zod';
import { flag } from '../../config/schema/values.ts';
import { serverKeys, serverOptions } from '../../server/server-schema.ts';
import { StatusPage } from '../../status/status-page.ts';
import { extensionComponent } from './extension-component.ts';

/** All that PCM still has, but for the instants that it is about to throw away. */
const HISTORY_INSTANTS = 58;

const schema = z.strictObject({
  endpoint: z.string().default('127.0.0.1:8650'),
  history: flag.default(false),
  ...serverKeys,
});

/** Frames, pools, VIOSes and partitions, and how the collector is doing, in a browser. */
export const statusPage = extensionComponent(
  schema,
  (config, { clock, logger }) =>
    new StatusPage(
      { server: serverOptions(config), lookBack: config.history ? HISTORY_INSTANTS : 0 },
      { clock, logger },
    ),
);
