import { z } from 'zod';
import { PrometheusPage } from '../../../prometheus/index.ts';
import { flag, milliseconds, positiveDuration } from '../../config/schema/values.ts';
import { BoundedServer } from '../../server/bounded-server.ts';
import { sendLandingPage } from '../../server/landing-page.ts';
import { serverKeys, serverOptions } from '../../server/server-schema.ts';
import type { ServedPage } from '../extensions/extension-component.ts';
import { checkFormat, formatKeys, inFormat } from './ceilometer/ceilometer-format.ts';
import { type BatchExporter, exporterComponent } from './exporter-component.ts';

const keys = z.strictObject({
  endpoint: z.string().default('127.0.0.1:9464'),
  /** Default: as long as the newest sample of the receivers counts, which is four of their intervals. */
  metric_expiration: positiveDuration.optional(),
  /** Aetos, which shows every tenant its own series, selects by this label. */
  project_label: flag.optional(),
  ...formatKeys,
  ...serverKeys,
});

const schema = keys.superRefine((config, refinement) => {
  checkFormat(config, refinement);
  if (config.format !== 'ceilometer' || config.project_label === undefined) return;
  refinement.addIssue({
    code: 'custom',
    path: ['project_label'],
    message: 'format: ceilometer has the label always',
  });
});

/** The newest points, for Prometheus to fetch at `/metrics`. */
export const prometheus = exporterComponent(schema, (config, context) => {
  const { clock, logger, staleAfter } = context;
  const { metric_expiration } = config;
  const expiration = metric_expiration === undefined ? staleAfter : milliseconds(metric_expiration);
  const page = new PrometheusPage({
    ...(expiration === undefined ? {} : { expiration }),
    ...(config.project_label === undefined ? {} : { projectLabel: config.project_label }),
    clock,
  });
  let pages: () => readonly ServedPage[] = () => [];
  const server = new BoundedServer(serverOptions(config), (request, response, url) => {
    if (url.pathname === '/metrics') return page.handle(request, response);
    if (url.pathname === '/') {
      return sendLandingPage(request, response, { pages: pages(), about: 'Prometheus fetches from this port.' });
    }
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end('the metrics are at /metrics\n');
  });
  const exporter: BatchExporter = {
    start: async (collector) => {
      await server.start();
      pages = () => collector?.pages ?? [];
      logger.info({ url: `${server.url}/metrics` }, 'Prometheus can fetch');
    },
    exportBatch: async (batch) => page.add(batch),
    shutdown: () => server.stop(),
    get page() {
      return server.isListening ? { title: 'Metrics', url: `${server.url}/metrics` } : undefined;
    },
  };
  return inFormat(config, context, exporter);
});
