/**
 * The name of a metric as OpenTelemetry's Prometheus exporter writes it: `_total` behind counters, no unit. A gauge that
 * counts things is named after them: `_count` belongs to histograms and summaries there (`promtool check metrics`).
 */
export function prometheusName(name: string, isCounter: boolean): string {
  const plain = (isCounter ? name : withoutCount(name)).replaceAll(/[^a-z0-9_]/gi, '_').replaceAll(/_{2,}/g, '_');
  return isCounter && !plain.endsWith('_total') ? `${plain}_total` : plain;
}

/** `powervm.system.lpars` of `powervm.system.lpar.count`. */
export function withoutCount(gauge: string): string {
  return gauge.replace(/[._]count$/, 's');
}
