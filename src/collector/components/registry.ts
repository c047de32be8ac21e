import { ceilometer } from './exporters/ceilometer/ceilometer.ts';
import { debug } from './exporters/debug.ts';
import type { ExporterComponent } from './exporters/exporter-component.ts';
import { file } from './exporters/file.ts';
import { otlpGrpc } from './exporters/otlp-grpc.ts';
import { otlpHttp } from './exporters/otlp-http.ts';
import { prometheus } from './exporters/prometheus.ts';
import { prometheusRemoteWrite } from './exporters/prometheus-remote-write.ts';
import { etcd } from './extensions/etcd.ts';
import type { ExtensionComponent } from './extensions/extension-component.ts';
import { fileStorage } from './extensions/file-storage.ts';
import { healthCheck } from './extensions/health-check.ts';
import { openstack } from './extensions/openstack.ts';
import { statusPage } from './extensions/status-page.ts';

/** Every kind of exporter, by its type in the configuration file. */
export const exporterComponents: Readonly<Record<string, ExporterComponent>> = {
  otlp_http: otlpHttp,
  otlp_grpc: otlpGrpc,
  ceilometer,
  prometheus,
  prometheus_remote_write: prometheusRemoteWrite,
  file,
  debug,
};

/** Every kind of extension, likewise. */
export const extensionComponents: Readonly<Record<string, ExtensionComponent>> = {
  etcd,
  file_storage: fileStorage,
  health_check: healthCheck,
  openstack,
  status_page: statusPage,
};

/** What the Collector calls otherwise, or has called so before: both names are accepted, as there. */
const ALIASES: Readonly<Record<string, string>> = { otlphttp: 'otlp_http', otlp: 'otlp_grpc' };

/** `otlp_http` of `otlp_http/backup`, and of `otlphttp/backup`. */
export function componentType(id: string): string {
  const type = id.split('/', 1)[0] ?? id;
  return Object.hasOwn(ALIASES, type) ? (ALIASES[type] ?? type) : type;
}
