import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import { DataPointType, type ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Clock, systemClock } from '../base/clock/clock.ts';
import { checkOptions, clockRule, flag, milliseconds, type OptionRules } from '../base/options/option-rules.ts';
import { printableExposition } from '../base/text/printable.ts';
import { LatestPoints } from './latest-points.ts';
import { withoutCount } from './metric-name.ts';
import { OPEN_METRICS_TYPE, openMetricsOf, prefersOpenMetrics, takesGzip } from './open-metrics.ts';

export interface PrometheusPageOptions {
  /** Milliseconds after which a series that brings nothing is not shown any more. Default 120,000: four samples. */
  readonly expiration?: number;
  /** Whether series of partitions that are instances of OpenStack have the label `project`. Default false. */
  readonly projectLabel?: boolean;
  readonly clock?: Clock;
}

const pageRules: OptionRules<PrometheusPageOptions> = {
  expiration: milliseconds(),
  projectLabel: flag,
  clock: clockRule,
};

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What is smaller is not worth it. */
const SMALLEST_PACKED = 1_024;

const pack = promisify(gzip);

/** Four samples of PCM. */
const DEFAULT_EXPIRATION = 120_000;

/**
 * The newest point of every series as a page for Prometheus, written by the serializer of OpenTelemetry's own exporter.
 * Points carry no time: Prometheus takes that of the scrape, and notices by itself when a series is gone. What happened
 * between two scrapes is not reported.
 */
export class PrometheusPage {
  readonly #latest: LatestPoints;
  /** Without prefix and times, without lines about the program and the scope. */
  readonly #serializer = new PrometheusSerializer('', false, undefined, true, true);

  /** @throws {ConfigurationError} for an option that cannot be meant */
  constructor(options: PrometheusPageOptions = {}) {
    checkOptions('PrometheusPage', options, pageRules);
    const { expiration = DEFAULT_EXPIRATION, projectLabel, clock = systemClock } = options;
    this.#latest = new LatestPoints(clock, expiration, projectLabel);
  }

  add(batch: readonly ResourceMetrics[]): void {
    this.#latest.add(batch);
  }

  /** Answers a scrape: OpenMetrics to whoever asks for it, packed for whoever can unpack it. */
  handle({ method, headers }: IncomingMessage, response: ServerResponse): void {
    const text = printableExposition(this.#serializer.serialize(withPlainNames(this.#latest.collect())));
    const isOpenMetrics = prefersOpenMetrics(headers.accept);
    const body = Buffer.from(isOpenMetrics ? openMetricsOf(text) : text);
    const send = (content: Buffer, encoding?: string) => {
      response.writeHead(200, {
        'Content-Type': isOpenMetrics ? OPEN_METRICS_TYPE : CONTENT_TYPE,
        'Content-Length': content.length,
        Vary: 'Accept, Accept-Encoding',
        ...(encoding === undefined ? {} : { 'Content-Encoding': encoding }),
      });
      response.end(method === 'HEAD' ? undefined : content);
    };
    if (body.length < SMALLEST_PACKED || !takesGzip(String(headers['accept-encoding'] ?? ''))) send(body);
    // In another thread: a large page takes longer to pack than to write.
    else void pack(body).then((packed) => send(packed, 'gzip'));
  }
}

function withPlainNames({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  return {
    resource,
    scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({
      scope,
      metrics: metrics.map((data) =>
        data.dataPointType === DataPointType.SUM && data.isMonotonic
          ? data
          : { ...data, descriptor: { ...data.descriptor, name: withoutCount(data.descriptor.name) } },
      ),
    })),
  };
}
