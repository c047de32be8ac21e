import type { SelfStatistics } from '../metrics/index.ts';

interface Served {
  readonly id: string;
  /** Ids of the receivers that it delivers for. */
  readonly receivers: readonly string[];
}

/**
 * What an exporter gets with the metrics of one of its receivers: that receiver, and what its other receivers have not
 * reported yet. The process, an extension and an exporter are one each; reported with every receiver, sums over them
 * would be doubled.
 * @param receivers of the exporter that gets it
 */
export function statisticsToReport(
  { process, extensions, clouds, fleets, exporters, ...statistics }: SelfStatistics,
  receiverId: string,
  receivers: readonly string[],
  all: readonly Served[],
): SelfStatistics {
  const isFirst = receivers[0] === receiverId;
  const reporterOf = (name: string) => {
    const served = all.find(({ id }) => id === name)?.receivers ?? [];
    return receivers.find((id) => served.includes(id));
  };
  return {
    ...statistics,
    exporters: (exporters ?? []).map((exporter) => ({
      ...exporter,
      isReportedElsewhere: reporterOf(exporter.name) !== receiverId,
    })),
    ...(isFirst && process ? { process } : {}),
    ...(isFirst && extensions ? { extensions } : {}),
    ...(isFirst && clouds ? { clouds } : {}),
    ...(isFirst && fleets ? { fleets } : {}),
  };
}
