import type { EthernetCounters } from '../../pcm/model.ts';
import type { NetworkRates } from '../activity.ts';
import type { Comparison } from '../counters/baselines.ts';
import { difference, ratio } from '../counters/counters.ts';

/** Bytes per second, each since it could be read last. */
export function ethernetRates(comparison: Comparison, current: EthernetCounters): NetworkRates | undefined {
  if (!comparison.isPossible) return undefined;
  const [received, sent] = [comparison.with('receivedBytes'), comparison.with('sentBytes')];
  return {
    receivedBytes: ratio(
      difference(current.receivedBytes, received?.counters.receivedBytes),
      comparison.secondsSince(received),
    ),
    sentBytes: ratio(difference(current.sentBytes, sent?.counters.sentBytes), comparison.secondsSince(sent)),
  };
}
