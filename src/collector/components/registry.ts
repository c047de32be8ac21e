import { ceilometer } from './ceilometer/ceilometer.ts';
import { debug } from './debug.ts';
import { etcd } from './etcd.ts';
import type { ExporterComponent } from './exporter-component.ts';
import type { ExtensionComponent } from './extension-component.ts';
import { file } from './file.ts';
import { fileStorage } from './file-storage.ts';
import { healthCheck } from './health-check.ts';
import { openstack } from './openstack.ts';
import { otlpGrpc } from './otlp-grpc.ts';
import { otlpHttp } from './otlp-http.ts';
import { prometheus } from './prometheus.ts';
import { prometheusRemoteWrite } from './prometheus-remote-write.ts';
import { statusPage } from './status-page.ts';

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
