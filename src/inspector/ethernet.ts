import type { EthernetCounters } from '../pcm/model.ts';
import type { NetworkRates } from './activity.ts';
import { difference, hasFallen, ratio } from './counters.ts';

/** Whether the counters of an Ethernet adapter began again since the sample before. */
export function hasEthernetRestarted(current: EthernetCounters, previous: EthernetCounters | undefined): boolean {
  return (
    previous !== undefined &&
    (hasFallen(current.receivedBytes, previous.receivedBytes) ||
      hasFallen(current.sentBytes, previous.sentBytes) ||
      hasFallen(current.receivedPackets, previous.receivedPackets) ||
      hasFallen(current.sentPackets, previous.sentPackets))
  );
}

/** Bytes per second between two samples. */
export function ethernetRates(current: EthernetCounters, previous: EthernetCounters, seconds: number): NetworkRates {
  return {
    receivedBytes: ratio(difference(current.receivedBytes, previous.receivedBytes), seconds),
    sentBytes: ratio(difference(current.sentBytes, previous.sentBytes), seconds),
  };
}
