import type { EthernetCounters } from '../pcm/model.ts';
import type { NetworkRates } from './activity.ts';
import { type CounterPairs, difference, ratio } from './counters.ts';

/** The counters that every Ethernet adapter has, beside those of the sample before. */
export function ethernetPairs(current: EthernetCounters, previous: EthernetCounters): CounterPairs {
  return [
    [current.receivedBytes, previous.receivedBytes],
    [current.sentBytes, previous.sentBytes],
    [current.receivedPackets, previous.receivedPackets],
    [current.sentPackets, previous.sentPackets],
  ];
}

/** Bytes per second between two samples. */
export function ethernetRates(current: EthernetCounters, previous: EthernetCounters, seconds: number): NetworkRates {
  return {
    receivedBytes: ratio(difference(current.receivedBytes, previous.receivedBytes), seconds),
    sentBytes: ratio(difference(current.sentBytes, previous.sentBytes), seconds),
  };
}
