import type { Counter, EthernetCounters } from '../pcm/model.ts';
import type { NetworkRates } from './activity.ts';
import type { Comparison } from './baselines.ts';
import { difference, hasFallen, ratio } from './counters.ts';
import type { Counters } from './timed.ts';

/** Counters that some kinds of Ethernet adapters have beside those of all. */
export interface FaultCounters {
  readonly droppedPackets?: Counter | undefined;
  readonly droppedReceivedPackets?: Counter | undefined;
  readonly droppedSentPackets?: Counter | undefined;
  readonly receiveErrors?: Counter | undefined;
  readonly sendErrors?: Counter | undefined;
  readonly externalReceivedBytes?: Counter | undefined;
  readonly externalSentBytes?: Counter | undefined;
}

/** Whether the counters of an Ethernet adapter began again since the sample before: any of them, since they have one start. */
export function hasEthernetRestarted(
  current: EthernetCounters & FaultCounters,
  previous: (EthernetCounters & FaultCounters) | undefined,
): boolean {
  return (
    previous !== undefined &&
    (hasFallen(current.receivedBytes, previous.receivedBytes) ||
      hasFallen(current.sentBytes, previous.sentBytes) ||
      hasFallen(current.receivedPackets, previous.receivedPackets) ||
      hasFallen(current.sentPackets, previous.sentPackets) ||
      hasFallen(current.droppedPackets, previous.droppedPackets) ||
      hasFallen(current.droppedReceivedPackets, previous.droppedReceivedPackets) ||
      hasFallen(current.droppedSentPackets, previous.droppedSentPackets) ||
      hasFallen(current.receiveErrors, previous.receiveErrors) ||
      hasFallen(current.sendErrors, previous.sendErrors) ||
      hasFallen(current.externalReceivedBytes, previous.externalReceivedBytes) ||
      hasFallen(current.externalSentBytes, previous.externalSentBytes))
  );
}

/** Those that make {@link hasEthernetRestarted}, in one order. */
export function ethernetCounters(adapter: EthernetCounters & FaultCounters): Counters {
  return [
    adapter.receivedBytes,
    adapter.sentBytes,
    adapter.receivedPackets,
    adapter.sentPackets,
    adapter.droppedPackets,
    adapter.droppedReceivedPackets,
    adapter.droppedSentPackets,
    adapter.receiveErrors,
    adapter.sendErrors,
    adapter.externalReceivedBytes,
    adapter.externalSentBytes,
  ];
}

/**
 * Bytes per second, each since it could be read last.
 * @param comparison of counters in the order of {@link ethernetCounters}
 */
export function ethernetRates(comparison: Comparison, current: EthernetCounters): NetworkRates | undefined {
  const rate = (place: number, counter: Counter | undefined) => {
    const baseline = comparison.with(place);
    return ratio(difference(counter, baseline?.counters[place]), comparison.elapsedSince(baseline)?.seconds);
  };
  if (!comparison.isPossible) return undefined;
  return { receivedBytes: rate(0, current.receivedBytes), sentBytes: rate(1, current.sentBytes) };
}
