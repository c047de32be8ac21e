import { z } from 'zod';
import { CeilometerExporter } from '../../ceilometer/index.ts';
import { prometheusGauges } from '../../ceilometer/meters/prometheus-gauges.ts';
import { PrometheusPage } from '../../prometheus/index.ts';
import { flag, milliseconds, positiveDuration } from '../config/values.ts';
import { BoundedServer } from '../server/bounded-server.ts';
import { sendLandingPage } from '../server/landing-page.ts';
import { serverKeys, serverOptions } from '../server/server-schema.ts';
import { type BatchExporter, type ExporterContext, exporterComponent } from './exporter-component.ts';
import type { CollectorView, ServedPage } from './extension-component.ts';
import { openStackExtension } from './openstack.ts';

const keys = z.strictObject({
  endpoint: z.string().default('127.0.0.1:9464'),
  /** Default: as long as the newest sample of the receivers counts, which is four of their intervals. */
  metric_expiration: positiveDuration.optional(),
  /** Aetos, which shows every tenant its own series, goes by this label. */
  project_label: flag.optional(),
  format: z.enum(['opentelemetry', 'ceilometer']).default('opentelemetry'),
  meters: z.enum(['now', 'classic']).optional(),
  memory_unit: z.enum(['MB', 'MiB']).optional(),
  openstack: z.string().optional(),
  ...serverKeys,
});

type Config = z.output<typeof keys>;

/** Keys that only Ceilometer's meters have. */
const OF_CEILOMETER = ['meters', 'memory_unit', 'openstack'] as const;

const schema = keys.superRefine((config, { addIssue }) => {
  if (config.format === 'ceilometer') {
    if (config.project_label === undefined) return;
    addIssue({ code: 'custom', path: ['project_label'], message: 'format: ceilometer has the label always' });
    return;
  }
  for (const key of OF_CEILOMETER) {
    if (config[key] !== undefined) addIssue({ code: 'custom', path: [key], message: 'needs format: ceilometer' });
  }
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
  const start = async (collector?: Pick<CollectorView, 'pages'>) => {
    await server.start();
    pages = () => collector?.pages ?? [];
    logger.info({ url: `${server.url}/metrics` }, 'Prometheus can fetch');
  };
  const served: Served = {
    start,
    shutdown: () => server.stop(),
    get page() {
      return server.isListening ? { title: 'Metrics', url: `${server.url}/metrics` } : undefined;
    },
  };
  if (config.format === 'ceilometer') return ceilometerMeters(page, config, context, served);
  return {
    start,
    exportBatch: async (batch) => page.add(batch),
    shutdown: served.shutdown,
    get page() {
      return served.page;
    },
  };
});

/** What both formats have of the server that they share. */
type Served = Required<Pick<BatchExporter, 'start' | 'shutdown' | 'page'>>;

/** Every sample as soon as it is there: what Prometheus wants of it is its own business. */
function ceilometerMeters(
  page: PrometheusPage,
  { meters = 'now', memory_unit = 'MB', openstack }: Config,
  { clock, logger, extensions }: ExporterContext,
  served: Served,
): BatchExporter {
  const instances = openStackExtension(extensions, openstack)?.instances;
  const exporter = new CeilometerExporter({
    publishers: [
      { name: 'prometheus', publish: async (samples) => page.add([prometheusGauges(samples)]), close: served.shutdown },
    ],
    meterSet: meters,
    memoryUnit: memory_unit,
    interval: 0,
    ...(instances ? { instances } : {}),
    clock,
    logger,
  });
  return {
    start: served.start,
    get page() {
      return served.page;
    },
    exportBatch: (batch) => exporter.exportBatch(batch),
    unpublishedSince: (systemId) => exporter.unpublishedSince(systemId),
    get unsent() {
      return exporter.unsent;
    },
    shutdown: () => exporter.shutdown(),
  };
}
