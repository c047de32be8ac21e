import type { Counter } from '../../pcm/model.ts';
import type { ViosActivity, ViosEthernetActivity, ViosStorageActivity } from '../activity.ts';
import { difference, hasDecreased } from '../counters/counters.ts';

/** What passed through a port of a VIOS, in bytes per second of the time between its two documents. */
export interface PortTraffic {
  readonly kind: 'shared Ethernet' | 'physical Ethernet' | 'Fibre Channel' | 'storage';
  /** `ent6`, `fcs0` */
  readonly id: string;
  readonly location: string | undefined;
  /** Received, or read. */
  readonly incoming: number | undefined;
  /** Sent, or written. */
  readonly outgoing: number | undefined;
}

interface Port {
  readonly kind: PortTraffic['kind'];
  readonly id: string;
  readonly time: number;
  readonly location: string | undefined;
  readonly incoming: Counter | undefined;
  readonly outgoing: Counter | undefined;
}

/** Every port by which a VIOS reaches the outside, with its rates since the document before; those of the first are unknown. */
export function portTraffic(now: ViosActivity, before: ViosActivity | undefined): readonly PortTraffic[] {
  const earlier = new Map(before === undefined ? [] : portsOf(before).map((port) => [keyOf(port), port]));
  return portsOf(now).map((port) => {
    const previous = earlier.get(keyOf(port));
    const { kind, id, location } = port;
    const span = previous === undefined || hasRestarted(port, previous) ? 0 : port.time - previous.time;
    return {
      kind,
      id,
      location,
      incoming: rate(difference(port.incoming, previous?.incoming), span),
      outgoing: rate(difference(port.outgoing, previous?.outgoing), span),
    };
  });
}

/** Where one counter of a port has fallen, the others say nothing either. */
function hasRestarted(now: Port, before: Port): boolean {
  return hasDecreased(now.incoming, before.incoming) || hasDecreased(now.outgoing, before.outgoing);
}

function rate(change: number | undefined, span: number): number | undefined {
  return change === undefined || span <= 0 ? undefined : (change * 1000) / span;
}

function portsOf(vios: ViosActivity): readonly Port[] {
  return [
    ...vios.sharedEthernetAdapters.map(ethernet('shared Ethernet')),
    ...vios.physicalEthernetAdapters.map(ethernet('physical Ethernet')),
    ...vios.fibreChannelAdapters.map(storage('Fibre Channel')),
    ...vios.physicalStorageAdapters.map(storage('storage')),
  ];
}

function ethernet(kind: PortTraffic['kind']) {
  return ({ time, id, location, receivedBytes, sentBytes }: ViosEthernetActivity): Port => ({
    ...{ kind, time, id, location },
    incoming: receivedBytes,
    outgoing: sentBytes,
  });
}

function storage(kind: PortTraffic['kind']) {
  return ({ time, id, location, readBytes, writtenBytes }: ViosStorageActivity): Port => ({
    ...{ kind, time, id, location },
    incoming: readBytes,
    outgoing: writtenBytes,
  });
}

function keyOf({ kind, id }: { readonly kind: string; readonly id: string }): string {
  return `${kind} ${id}`;
}
