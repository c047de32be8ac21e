import { z } from 'zod';
import { PrometheusPage } from '../../prometheus/index.ts';
import { duration, milliseconds } from '../config/values.ts';
import { BoundedServer } from '../server/bounded-server.ts';
import { serverKeys, serverOptions } from '../server/server-schema.ts';
import { exporterComponent } from './exporter-component.ts';

const schema = z.strictObject({
  endpoint: z.string().default('127.0.0.1:9464'),
  metric_expiration: duration.default('2m'),
  ...serverKeys,
});

/** The newest points, for Prometheus to fetch at `/metrics`. */
export const prometheus = exporterComponent(schema, (config, { clock, logger }) => {
  const page = new PrometheusPage({ expiration: milliseconds(config.metric_expiration), clock });
  const server = new BoundedServer(serverOptions(config), (request, response, url) => {
    if (url.pathname === '/metrics') return page.answer(request, response);
    response.writeHead(404, { 'Content-Type': 'text/plain; charset=utf-8' });
    response.end('the metrics are at /metrics\n');
  });
  return {
    start: async () => {
      await server.start();
      logger.info({ url: `${server.url}/metrics` }, 'Prometheus can fetch');
    },
    exportBatch: async (batch) => page.add(batch),
    shutdown: async () => {
      await server.stop();
      await page.close();
    },
  };
});
