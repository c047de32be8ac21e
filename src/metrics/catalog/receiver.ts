// Longer than 300 lines: a table, one entry a metric, read by searching for its name.

import type { ReceiverStatistics } from '../../receiver/statistics/statistics.ts';
import { present } from '../attributes/adapter-attributes.ts';
import type { MetricDefinition, PointTime } from '../definition.ts';
import type { ExporterStatistics, SelfStatistics } from '../self-statistics.ts';

/** The receiver about itself, in the collector's names where it has some. */
export const receiverMetrics: readonly MetricDefinition<SelfStatistics>[] = [
  {
    name: 'powervm.receiver.up',
    kind: 'updowncounter',
    unit: '1',
    description: '1 when the console answered its last request, 0 when not',
    attributes: ['server.address', 'server.port'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver }, observe) => {
      for (const { address, port, up } of receiver.consoles) {
        if (up !== undefined) observe(now(receiver), up ? 1 : 0, server(address, port));
      }
    },
  },
  {
    name: 'powervm.receiver.requests',
    kind: 'counter',
    unit: '{request}',
    description: 'Requests to consoles',
    attributes: ['server.address', 'server.port', 'powervm.request.kind', 'http.response.status_code'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver }, observe) => {
      for (const { address, port, requests } of receiver.consoles) {
        for (const { kind, statusCode, count } of requests) {
          observe(
            now(receiver),
            count,
            present({
              ...server(address, port),
              'powervm.request.kind': kind,
              'http.response.status_code': statusCode,
            }),
          );
        }
      }
    },
  },
  {
    name: 'powervm.receiver.request.limit',
    kind: 'gauge',
    unit: '{request}',
    description: 'Requests that a console may get in a minute',
    attributes: ['server.address', 'server.port'],
    entity: 'receiver',
    default: true,
    source: '`max_requests_per_minute`',
    valueType: 'int',
    select: ({ receiver }, observe) => {
      for (const { address, port, health } of receiver.consoles) {
        if (health) observe(now(receiver), health.requestLimit, server(address, port));
      }
    },
  },
  {
    name: 'powervm.receiver.request.delay',
    kind: 'counter',
    unit: 's',
    description: 'Time that requests waited because the limit of a minute was reached',
    attributes: ['server.address', 'server.port'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'double',
    select: ({ receiver }, observe) => {
      for (const { address, port, health } of receiver.consoles) {
        if (health) observe(now(receiver), health.requestDelay / 1000, server(address, port));
      }
    },
  },
  {
    name: 'powervm.receiver.console.paused',
    kind: 'updowncounter',
    unit: '1',
    description: '1 while a console is left alone because it failed again and again, 0 while not',
    attributes: ['server.address', 'server.port'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver }, observe) => {
      for (const { address, port, health } of receiver.consoles) {
        if (health) observe(now(receiver), health.circuit === 'closed' ? 0 : 1, server(address, port));
      }
    },
  },
  {
    name: 'http.client.request.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long requests to consoles took',
    attributes: ['server.address', 'server.port', 'http.request.method', 'http.response.status_code', 'error.type'],
    entity: 'receiver',
    default: true,
    source: 'measured',
    valueType: 'double',
    select: ({ receiver }, observe) => {
      for (const { address, port, requestDurations } of receiver.consoles) {
        for (const { method, statusCode, errorType, histogram } of requestDurations) {
          observe(
            now(receiver),
            histogram,
            present({
              ...server(address, port),
              'http.request.method': method,
              'http.response.status_code': statusCode,
              'error.type': errorType,
            }),
          );
        }
      }
    },
  },
  {
    name: 'powervm.receiver.scrape.duration',
    kind: 'histogram',
    unit: 's',
    description: 'How long one reading of a managed system took',
    attributes: ['powervm.system.id'],
    entity: 'receiver',
    default: true,
    source: 'measured',
    valueType: 'double',
    select: ({ receiver }, observe) => {
      for (const system of receiver.systems) {
        observe(now(receiver), system.scrapeDurations, { 'powervm.system.id': system.systemId });
      }
    },
  },
  {
    name: 'powervm.receiver.sample.age',
    kind: 'gauge',
    unit: 's',
    description: 'Age of the newest sample of a managed system',
    attributes: ['powervm.system.id'],
    entity: 'receiver',
    default: true,
    source: 'now − time of the newest sample',
    valueType: 'double',
    select: ({ receiver }, observe) => {
      for (const system of receiver.systems) {
        observe(now(receiver), system.sampleAge, { 'powervm.system.id': system.systemId });
      }
    },
  },
  {
    name: 'powervm.receiver.sample.age_limit',
    kind: 'gauge',
    unit: 's',
    description: 'Age from which on the newest sample of a managed system says nothing of the present',
    attributes: ['powervm.system.id'],
    entity: 'receiver',
    default: true,
    source: 'four collection intervals',
    valueType: 'double',
    select: ({ receiver }, observe) => {
      for (const system of receiver.systems) {
        observe(now(receiver), system.staleAfter, { 'powervm.system.id': system.systemId });
      }
    },
  },
  {
    name: 'powervm.receiver.samples',
    kind: 'counter',
    unit: '{sample}',
    description: 'Samples by what became of them',
    attributes: ['powervm.system.id', 'powervm.sample.outcome'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver }, observe) => {
      for (const system of receiver.systems) {
        for (const [outcome, count] of Object.entries(system.samples)) {
          observe(now(receiver), count, { 'powervm.system.id': system.systemId, 'powervm.sample.outcome': outcome });
        }
      }
    },
  },
  {
    name: 'powervm.receiver.gaps',
    kind: 'counter',
    unit: '{sample}',
    description: 'Samples that an exporter misses for good, in whole or, with the cause `partial`, in part',
    attributes: ['powervm.system.id', 'powervm.exporter', 'powervm.gap.cause'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver }, observe) => {
      for (const system of receiver.systems) {
        for (const { cursor, cause, count } of system.gaps) {
          observe(now(receiver), count, {
            'powervm.system.id': system.systemId,
            'powervm.exporter': cursor,
            'powervm.gap.cause': cause,
          });
        }
      }
    },
  },
  {
    name: 'powervm.receiver.document.errors',
    kind: 'counter',
    unit: '{document}',
    description: 'Documents of PCM that could not be read, or that PCM itself could not collect in full',
    attributes: ['powervm.system.id', 'powervm.document', 'error.type'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver }, observe) => {
      for (const system of receiver.systems) {
        for (const { document, errorType, count } of system.documentErrors) {
          observe(now(receiver), count, {
            'powervm.system.id': system.systemId,
            'powervm.document': document,
            'error.type': errorType,
          });
        }
      }
    },
  },
  {
    name: 'powervm.receiver.clock.skew',
    kind: 'gauge',
    unit: 's',
    description: 'How far the clock of a console is ahead of ours',
    attributes: ['server.address', 'server.port'],
    entity: 'receiver',
    default: true,
    source: 'HTTP Date of the console − own clock',
    valueType: 'double',
    select: ({ receiver }, observe) => {
      for (const { address, port, clockSkew } of receiver.consoles) {
        observe(now(receiver), clockSkew, server(address, port));
      }
    },
  },
  {
    name: 'otelcol_receiver_accepted_metric_points',
    kind: 'counter',
    unit: '{datapoint}',
    description: 'Points that the receiver handed to the pipelines',
    attributes: [],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, points }, observe) => observe(now(receiver), points?.acceptedPoints),
  },
  {
    name: 'otelcol_scraper_scraped_metric_points',
    kind: 'counter',
    unit: '{datapoint}',
    description: 'Points made from samples',
    attributes: [],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, points }, observe) => observe(now(receiver), points?.scrapedPoints),
  },
  {
    name: 'otelcol_scraper_errored_metric_points',
    kind: 'counter',
    unit: '{datapoint}',
    description: 'Points that were not made, for example those that max_series leaves out',
    attributes: [],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, points }, observe) => observe(now(receiver), points?.erroredPoints),
  },
  {
    name: 'otelcol_exporter_sent_metric_points',
    kind: 'counter',
    unit: '{datapoint}',
    description: 'Points that an exporter delivered',
    attributes: ['exporter'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, exporters }, observe) => {
      for (const exporter of exporters ?? []) observe(now(receiver), exporter.sentPoints, { exporter: exporter.name });
    },
  },
  {
    name: 'otelcol_exporter_send_failed_metric_points',
    kind: 'counter',
    unit: '{datapoint}',
    description: 'Points that an exporter gave up',
    attributes: ['exporter'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, exporters }, observe) => {
      for (const exporter of exporters ?? [])
        observe(now(receiver), exporter.failedPoints, { exporter: exporter.name });
    },
  },
  {
    name: 'otelcol_exporter_enqueue_failed_metric_points',
    kind: 'counter',
    unit: '{datapoint}',
    description: 'Points that found no place in the queue of an exporter',
    attributes: ['exporter'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, exporters }, observe) => {
      for (const exporter of exporters ?? [])
        observe(now(receiver), exporter.enqueueFailedPoints, { exporter: exporter.name });
    },
  },
  {
    name: 'otelcol_exporter_queue_size',
    kind: 'gauge',
    unit: '{batch}',
    description: 'Batches that wait in the queue of an exporter',
    attributes: ['exporter'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, exporters }, observe) => {
      for (const { name, queueSize } of exportersReportedHere(exporters))
        observe(now(receiver), queueSize, { exporter: name });
    },
  },
  {
    name: 'otelcol_exporter_queue_capacity',
    kind: 'gauge',
    unit: '{batch}',
    description: 'Batches that the queue of an exporter holds',
    attributes: ['exporter'],
    entity: 'receiver',
    default: true,
    source: 'counted',
    valueType: 'int',
    select: ({ receiver, exporters }, observe) => {
      for (const { name, queueCapacity } of exportersReportedHere(exporters)) {
        observe(now(receiver), queueCapacity, { exporter: name });
      }
    },
  },
  {
    name: 'otelcol_process_memory_rss',
    kind: 'gauge',
    unit: 'By',
    description: 'Memory of this process',
    attributes: [],
    entity: 'receiver',
    default: true,
    source: 'of the process',
    valueType: 'int',
    select: ({ receiver, process }, observe) => observe(now(receiver), process?.residentMemory),
  },
  {
    name: 'otelcol_process_cpu_seconds',
    kind: 'counter',
    unit: 's',
    description: 'Processor time of this process',
    attributes: [],
    entity: 'receiver',
    default: true,
    source: 'of the process',
    valueType: 'double',
    select: ({ receiver, process }, observe) => observe(now(receiver), process?.cpuSeconds),
  },
  {
    name: 'otelcol_process_uptime',
    kind: 'counter',
    unit: 's',
    description: 'Age of this process',
    attributes: [],
    entity: 'receiver',
    default: true,
    source: 'of the process',
    valueType: 'double',
    select: ({ receiver, process }, observe) => observe(now(receiver), process?.uptime),
  },
];

/** Two consoles may share one name. */
export function server(address: string, port: number) {
  return { 'server.address': address, 'server.port': port };
}

/** Exporters for which these metrics report more than their work for the receiver. */
export function exportersReportedHere(exporters: SelfStatistics['exporters'] = []): readonly ExporterStatistics[] {
  return exporters.filter(({ isReportedElsewhere }) => isReportedElsewhere !== true);
}

/** The moment of the statistics, for what is counted and not sampled. */
export function now({ time, startTime }: ReceiverStatistics): PointTime {
  return { time, startTime, fresh: true };
}
