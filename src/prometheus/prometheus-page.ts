import type { IncomingMessage, ServerResponse } from 'node:http';
import { PrometheusSerializer } from '@opentelemetry/exporter-prometheus';
import type { ResourceMetrics } from '@opentelemetry/sdk-metrics';
import { type Clock, systemClock } from '../base/clock.ts';
import { checkOptions, clockRule, milliseconds, type OptionRules } from '../base/option-rules.ts';
import { printableExposition } from '../base/printable.ts';
import { LatestPoints } from './latest-points.ts';

export interface PrometheusPageOptions {
  /** Milliseconds after which a series that brings nothing is not shown any more. Default 120,000: four samples. */
  readonly expiration?: number;
  readonly clock?: Clock;
}

const pageRules: OptionRules<PrometheusPageOptions> = { expiration: milliseconds(), clock: clockRule };

const CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Four samples of PCM. */
const DEFAULT_EXPIRATION = 120_000;

/**
 * The newest point of every series as a page for Prometheus, written by the serializer of OpenTelemetry's own exporter. Points carry no
 * time: Prometheus takes that of the scrape, and notices by itself when a series is gone. What happened between two
 * scrapes is not told, and cannot be told later.
 */
export class PrometheusPage {
  readonly #latest: LatestPoints;
  /** Without prefix and times, without lines about the program and the scope. */
  readonly #serializer = new PrometheusSerializer('', false, undefined, true, true);

  /** @throws {ConfigurationError} for an option that cannot be meant */
  constructor(options: PrometheusPageOptions = {}) {
    checkOptions('PrometheusPage', options, pageRules);
    const { expiration = DEFAULT_EXPIRATION, clock = systemClock } = options;
    this.#latest = new LatestPoints(clock, expiration);
  }

  add(batch: readonly ResourceMetrics[]): void {
    this.#latest.add(batch);
  }

  /** Answers a scrape. */
  answer({ method }: IncomingMessage, response: ServerResponse): void {
    const text = printableExposition(this.#serializer.serialize(this.#latest.collect()));
    response.writeHead(200, { 'Content-Type': CONTENT_TYPE });
    response.end(method === 'HEAD' ? undefined : text);
  }
}
