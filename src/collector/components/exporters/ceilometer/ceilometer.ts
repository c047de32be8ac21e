import { statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { systemClock } from '../../../../base/clock/clock.ts';
import { ConfigurationError } from '../../../../base/errors/errors.ts';
import { silentLogger } from '../../../../base/logger.ts';
import { Secret } from '../../../../base/secrets/secret.ts';
import { CeilometerExporter, type MessagingOptions } from '../../../../ceilometer/index.ts';
import { createPublisher } from '../../../../ceilometer/publishers/create-publisher.ts';
import { parseTransportUrl } from '../../../../ceilometer/publishers/messaging/transport-url.ts';
import { OpenStackCloud } from '../../../../openstack/index.ts';
import { duration, flag, milliseconds, wholeNumber } from '../../../config/schema/values.ts';
import { openStackExtension } from '../../extensions/openstack.ts';
import { exporterComponent } from '../exporter-component.ts';

/** The section of the same name in the configuration of OpenStack's services. */
const rabbit = z.strictObject({
  amqp_durable_queues: flag.default(false),
  rabbit_quorum_queue: flag.default(false),
  heartbeat_timeout_threshold: wholeNumber.default(60),
  ssl: flag.default(false),
  ssl_ca_file: z.string().optional(),
  ssl_cert_file: z.string().optional(),
  ssl_key_file: z.string().optional(),
});

const keys = z.strictObject({
  publishers: z.array(z.string()).min(1, { error: 'must name at least one publisher' }),
  meters: z.enum(['now', 'classic']).default('now'),
  hosts: flag.default(false),
  report_stopped_instance_metrics: flag.default(true),
  memory_unit: z.enum(['MB', 'MiB']).default('MB'),
  source: z.string().default('openstack'),
  interval: duration.default('5m'),
  telemetry_secret: z.string().default('change this for valid signing'),
  reserved_metadata_keys: z.array(z.string()).default([]),
  openstack: z.string().optional(),
  transport_url: z.string().optional(),
  control_exchange: z.string().default('ceilometer'),
  batch_size: wholeNumber.default(50),
  oslo_messaging_rabbit: rabbit.prefault({}),
});

type Config = z.output<typeof keys>;

/** A placeholder while URLs are validated; nothing is connected. */
const anyCloud = new OpenStackCloud({
  auth: { auth_url: 'http://localhost', user_id: 'nobody', password: new Secret('none'), project_id: 'none' },
});

/** Publishers are tried out, so that what is wrong with a URL shows where it stands. */
const schema = keys.superRefine((config, { addIssue }) => {
  const transportProblem = config.transport_url === undefined ? undefined : problemOf(() => messagingOptions(config));
  if (transportProblem) {
    addIssue({ code: 'custom', path: ['transport_url'], message: transportProblem });
    return;
  }
  const context = {
    telemetrySecret: new Secret(''),
    messaging: messagingOptions(config),
    cloud: anyCloud,
    clock: systemClock,
    logger: silentLogger,
  };
  config.publishers.forEach((url, index) => {
    const problem = problemOf(() => createPublisher(url, context));
    if (problem) addIssue({ code: 'custom', path: ['publishers', index], message: problem });
  });
});

/** Samples for Ceilometer. */
export const ceilometer = exporterComponent(schema, (config, { logger, extensions }) => {
  const openstack = openStackExtension(extensions, config.openstack);
  const exporter = new CeilometerExporter({
    publishers: config.publishers,
    meterSet: config.meters,
    hosts: config.hosts,
    reportStoppedInstances: config.report_stopped_instance_metrics,
    memoryUnit: config.memory_unit,
    source: config.source,
    interval: milliseconds(config.interval),
    telemetrySecret: new Secret(config.telemetry_secret),
    reservedMetadataKeys: config.reserved_metadata_keys,
    messaging: messagingOptions(config),
    ...(openstack ? { cloud: openstack.cloud } : {}),
    ...(openstack?.instances ? { instances: openstack.instances } : {}),
    logger,
  });
  return Object.assign(exporter, {
    check: async () => {
      for (const publisher of config.publishers) checkDirectory(publisher);
    },
  });
});

/**
 * Of a publisher that writes a file: it does not make the directory, and would fail with the first samples only.
 * @throws {ConfigurationError}
 */
function checkDirectory(publisher: string): void {
  if (!URL.canParse(publisher)) return;
  const { protocol, pathname } = new URL(publisher);
  if (protocol !== 'file:') return;
  const directory = path.dirname(fileURLToPath(`file://${pathname}`));
  if (statSync(directory, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new ConfigurationError('POWERVM_CONFIG_UNREADABLE', `the directory ${directory} of a publisher is not there`, {
    context: { directory, publisher },
  });
}

/** @throws {ConfigurationError} for a transport URL that is none */
function messagingOptions({
  transport_url,
  control_exchange,
  batch_size,
  oslo_messaging_rabbit,
}: Config): MessagingOptions {
  if (transport_url !== undefined) parseTransportUrl(transport_url);
  const { amqp_durable_queues, rabbit_quorum_queue, heartbeat_timeout_threshold, ssl, ...files } =
    oslo_messaging_rabbit;
  const tls = {
    ...(files.ssl_ca_file === undefined ? {} : { caFile: files.ssl_ca_file }),
    ...(files.ssl_cert_file === undefined ? {} : { certFile: files.ssl_cert_file }),
    ...(files.ssl_key_file === undefined ? {} : { keyFile: files.ssl_key_file }),
  };
  return {
    ...(transport_url === undefined ? {} : { transportUrl: new Secret(transport_url) }),
    controlExchange: control_exchange,
    batchSize: batch_size,
    durableQueues: amqp_durable_queues,
    quorumQueue: rabbit_quorum_queue,
    heartbeat: heartbeat_timeout_threshold,
    ...(ssl ? { tls } : {}),
  };
}

function problemOf(make: () => unknown): string | undefined {
  try {
    make();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}
